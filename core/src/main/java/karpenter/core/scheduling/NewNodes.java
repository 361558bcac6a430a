package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Plans the new nodes of one pool.
 *
 * <p><b>Method.</b> {@link PriceAwareGreedy} under several rules, of which the cheapest outcome is kept; with many pods the rules are ranked on a sample first and
 * only the best are tried on all. Then the nodes that waste
 * most are taken apart, a few at a time, and {@link BranchAndBound} looks for a cheaper way to put their pods, within a budget of
 * steps. Where the plan stays dearer than resources explain, the greedy tries again with prices of each kind's own ({@link PricesByKind}),
 * {@link FleetSearch} where nodes are few, and {@link PatternProgram} where nodes hold few pods each.
 */
final class NewNodes {
    /** Up to so many pods every rule is tried on all of them. */
    private static final int FEW_PODS = 1500;

    /** With more pods, the rules are first ranked on a sample of this size. */
    private static final int SAMPLED_PODS = 1000;

    /** With more pods, further rules are tried on all of them until so many steps are taken. */
    private static final long STEPS_FOR_RULES = 5_000_000;

    /** Nodes taken apart at once, and their pods, at most. */
    private static final int NODES_APART = 5;

    private static final int PODS_APART = 400;

    /** Steps per search and altogether; about 10 ns each. */
    private static final long STEPS_PER_SEARCH = 200_000;

    private static final long STEPS = 2_000_000;

    /** A plan dearer than resources alone explain by more than this is worth another look. */
    private static final double DEAR = 0.003;

    /** Patterns are planned with for at most so many different kinds of pods, and so many pods to a node. */
    private static final int MOST_ITEMS = 300;

    private static final int MOST_PODS_PER_NODE = 64;
    private static final long STEPS_FOR_PATTERNS = 20_000_000;

    /** Prices of each kind's own are tried for at most so many pods; more would take too long. */
    private static final int MOST_PODS_BY_KIND = 6_000;

    /** Whole sets of machines are looked at for plans of at most so many nodes. */
    private static final int MOST_NODES_IN_FLEET = 48;

    private static final long STEPS_FOR_FLEETS = 20_000_000;

    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final NodeOffers offers;
    private final Cutoff cutoff;
    private GreedyRule best = GreedyRule.ALL.getFirst();
    private CostBound bound = CostBound.NONE;

    private NewNodes(
            PoolTemplate template, List<Demand.Lot> lots, ResourceColumns columns, Objective objective, Cutoff cutoff) {
        this.template = template;
        this.demand = new Demand(lots, columns.count());
        this.market = new Market(template, demand, columns, objective);
        this.offers = new NodeOffers(template, demand, market, objective);
        this.cutoff = cutoff;
    }

    /**
     * Nodes planned.
     *
     * @param bound what they must cost at least by whole pods, as far as that was looked into
     */
    record Plan(List<PlannedNode> nodes, CostBound bound) {}

    /**
     * Plans nodes for as many of these pods as the pool's limits allow, counts them as placed, and takes what the nodes are
     * charged from the limits.
     *
     * @param lots each of which the pool can take by itself
     */
    static Plan plan(
            PoolTemplate template, List<Demand.Lot> lots, ResourceColumns columns, Objective objective, Cutoff cutoff) {
        NewNodes nodes = new NewNodes(template, lots, columns, objective, cutoff);
        Draft draft = nodes.byPatterns(nodes.byFleets(nodes.byKinds(nodes.improved(nodes.cheapestRun()))));
        draft.bins().forEach(bin -> template.limits().take(bin.charge()));
        return new Plan(
                draft.bins().stream()
                        .map(bin -> bin.plan(template, nodes.demand))
                        .toList(),
                nodes.bound);
    }

    private Draft cheapestRun() {
        List<GreedyRule> rules = GreedyRule.ALL;
        if (demand.count() > FEW_PODS) {
            int[] all = demand.left();
            demand.reset(sample(all));
            rules = ranked(rules);
            demand.reset(all);
        }
        long lastStep = offers.work() + STEPS_FOR_RULES;
        best = rules.getFirst();
        Draft cheapest = run(best);
        for (GreedyRule rule : rules.subList(1, rules.size())) {
            if (!cutoff.passed() && (offers.work() < lastStep || demand.count() <= FEW_PODS)) {
                Draft draft = run(rule);
                if (draft.isBetterThan(cheapest)) {
                    cheapest = draft;
                    best = rule;
                }
            }
        }
        return cheapest;
    }

    /** A plan where each kind of machine has prices of its own, where it is cheaper; else the plan given. */
    private Draft byKinds(Draft draft) {
        // Which pods go well with which kind says little where pods that watch each other, or choice, decide.
        if (draft.podsLeft() > 0
                || demand.mates() != null
                || !template.minValues().isEmpty()
                || cutoff.passed()
                || demand.count() > MOST_PODS_BY_KIND
                || !isDear(draft)) {
            return draft;
        }
        Draft cheapest = draft;
        market.priceByKind(true);
        for (GreedyRule rule : demand.count() > FEW_PODS ? GreedyRule.BY_KIND.subList(0, 2) : GreedyRule.BY_KIND) {
            Draft other = run(rule);
            cheapest = other.isBetterThan(cheapest) ? other : cheapest;
        }
        market.priceByKind(false);
        return cheapest.isBetterThan(draft) ? improved(cheapest) : draft;
    }

    /** A plan that begins with all machines, where there are few and it is cheaper; else the plan given. */
    private Draft byFleets(Draft draft) {
        // Fleets know nothing of groups of pods that watch each other.
        if (draft.podsLeft() > 0
                || demand.mates() != null
                || cutoff.passed()
                || draft.bins().size() > MOST_NODES_IN_FLEET
                || !isDear(draft)) {
            return draft;
        }
        return FleetSearch.improve(template, demand, market, offers, cutoff, draft, STEPS_FOR_FLEETS);
    }

    /** The plan by patterns, where pods are few enough to a node that these may help, and cheaper; else the plan given. */
    private Draft byPatterns(Draft draft) {
        // Patterns know nothing of groups of pods that watch each other.
        if (draft.podsLeft() > 0 || demand.mates() != null || cutoff.passed() || !worthPatterns(draft)) {
            return draft;
        }
        PatternProgram patterns =
                new PatternProgram(template, demand, market, offers, cutoff, draft, STEPS_FOR_PATTERNS);
        patterns.solve();
        bound = new CostBound(patterns.bound(), CostBound.Kind.PATTERNS);
        Draft dived = improved(patterns.dive(best));
        return dived.isBetterThan(draft) ? dived : draft;
    }

    /** Whether a plan is dearer than resources alone explain. */
    private boolean isDear(Draft draft) {
        market.reprice(1);
        return draft.price() > market.worthLeft() * (1 + DEAR);
    }

    private boolean worthPatterns(Draft draft) {
        long pods = demand.count();
        long items = Arrays.stream(demand.left()).filter(count -> count > 0).count();
        return isDear(draft)
                && items <= MOST_ITEMS
                && pods <= (long) MOST_PODS_PER_NODE * draft.bins().size();
    }

    private Draft run(GreedyRule rule) {
        return PriceAwareGreedy.run(template, demand, market, offers, rule, cutoff);
    }

    /** The rule that is cheapest for the pods left first; of equally cheap ones the earlier. */
    private List<GreedyRule> ranked(List<GreedyRule> rules) {
        List<Outcome> outcomes = new ArrayList<>();
        for (GreedyRule rule : rules) {
            outcomes.add(new Outcome(rule, run(rule)));
        }
        outcomes.sort(Comparator.comparingInt((Outcome outcome) -> outcome.draft.podsLeft())
                .thenComparingDouble(outcome -> outcome.draft.price()));
        return outcomes.stream().map(Outcome::rule).toList();
    }

    private record Outcome(GreedyRule rule, Draft draft) {}

    /** About {@link #SAMPLED_PODS} of the pods, evenly over the items, which are ordered by size. */
    private static int[] sample(int[] all) {
        long total = 0;
        for (int count : all) {
            total += count;
        }
        int[] sample = new int[all.length];
        long seen = 0;
        for (int item = 0; item < all.length; item++) {
            long before = seen * SAMPLED_PODS / total;
            seen += all[item];
            sample[item] = (int) (seen * SAMPLED_PODS / total - before);
        }
        return sample;
    }

    /** The draft with nodes replaced by cheaper ones; leaves demand and limits as they were. */
    private Draft improved(Draft draft) {
        List<Bin> bins = new ArrayList<>(draft.bins());
        bins.forEach(bin -> template.limits().take(bin.charge()));
        improve(bins);
        bins.forEach(bin -> template.limits().giveBack(bin.charge()));
        return Draft.of(bins, draft.podsLeft());
    }

    /** Replaces nodes by cheaper ones; keeps the limits in step. */
    private void improve(List<Bin> bins) {
        int[] all = demand.left();
        market.reprice(1);
        double[] worth = new double[demand.items()];
        for (int item = 0; item < worth.length; item++) {
            worth[item] = market.worth(item);
        }
        Set<Bin> kept = new HashSet<>();
        long lastStep = offers.work() + STEPS;
        while (offers.work() < lastStep && !cutoff.passed()) {
            List<Bin> apart = wasteful(bins, worth, kept);
            if (apart.isEmpty()) {
                break;
            }
            demand.reset(new int[all.length]);
            for (Bin bin : apart) {
                template.limits().giveBack(bin.charge());
                for (int item : bin.items()) {
                    demand.giveBack(item, 1);
                }
            }
            demand.compact();
            Draft known = Draft.of(apart, 0);
            Draft better = BranchAndBound.improve(template, demand, market, offers, cutoff, known, STEPS_PER_SEARCH);
            better.bins().forEach(bin -> template.limits().take(bin.charge()));
            if (!better.isBetterThan(known)) {
                kept.addAll(apart.subList(0, 1));
            } else {
                apart.forEach(bin -> bins.remove(bin));
                bins.addAll(better.bins());
            }
        }
        demand.reset(all);
    }

    /** The nodes that cost most beyond what their pods are worth. */
    private static List<Bin> wasteful(List<Bin> bins, double[] worth, Set<Bin> except) {
        double[] waste = new double[bins.size()];
        List<Integer> numbers = new ArrayList<>(bins.size());
        for (int number = 0; number < waste.length; number++) {
            Bin bin = bins.get(number);
            if (!except.contains(bin)) {
                double total = 0;
                for (int item : bin.items()) {
                    total += worth[item];
                }
                waste[number] = bin.price() - total;
                numbers.add(number);
            }
        }
        PriorityQueue<Integer> byWaste =
                new PriorityQueue<>(Comparator.comparingDouble((Integer number) -> -waste[number])
                        .thenComparing(Comparator.naturalOrder()));
        byWaste.addAll(numbers);
        List<Bin> apart = new ArrayList<>();
        int pods = 0;
        for (Integer next = byWaste.poll(); next != null && apart.size() < NODES_APART; next = byWaste.poll()) {
            Bin bin = bins.get(next);
            if (pods + bin.items().length <= PODS_APART) {
                apart.add(bin);
                pods += bin.items().length;
            }
        }
        return apart;
    }
}
