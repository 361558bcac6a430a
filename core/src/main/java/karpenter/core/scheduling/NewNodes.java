package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Plans the new nodes of one pool.
 *
 * <p><b>Method.</b> {@link PriceAwareGreedy} under several rules, of which the cheapest outcome is kept. Then the nodes that waste
 * most are taken apart, a few at a time, and {@link BranchAndBound} looks for a cheaper way to put their pods, within a budget of
 * steps.
 */
final class NewNodes {
    /** From so many pods on fewer rules are tried, as each takes longer and differs less. */
    private static final int MANY_PODS = 6000;

    /** Nodes taken apart at once, and their pods, at most. */
    private static final int NODES_APART = 5;

    private static final int PODS_APART = 400;

    /** Steps per search and altogether; about 10 ns each. */
    private static final long STEPS_PER_SEARCH = 200_000;

    private static final long STEPS = 2_000_000;

    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final NodeOffers offers;

    private NewNodes(PoolTemplate template, List<Demand.Lot> lots, ResourceColumns columns) {
        this.template = template;
        this.demand = new Demand(lots, columns.count());
        this.market = new Market(template, demand, columns);
        this.offers = new NodeOffers(template, demand, market);
    }

    /**
     * Plans nodes for as many of these pods as the pool's limits allow, counts them as placed, and takes what the nodes are
     * charged from the limits.
     *
     * @param lots each of which the pool can take by itself
     */
    static List<PlannedNode> plan(PoolTemplate template, List<Demand.Lot> lots, ResourceColumns columns) {
        if (lots.isEmpty()) {
            return List.of();
        }
        NewNodes nodes = new NewNodes(template, lots, columns);
        List<Bin> bins = new ArrayList<>(nodes.cheapestRun().bins());
        bins.forEach(bin -> template.limits().take(bin.charge()));
        nodes.improve(bins);
        return bins.stream().map(bin -> bin.plan(template, nodes.demand)).toList();
    }

    private Draft cheapestRun() {
        List<GreedyRule> rules = demand.count() < MANY_PODS ? GreedyRule.ALL : GreedyRule.ALL.subList(0, 2);
        Draft best = null;
        for (GreedyRule rule : rules) {
            Draft draft = PriceAwareGreedy.run(template, demand, market, offers, rule);
            if (best == null || draft.isBetterThan(best)) {
                best = draft;
            }
        }
        return best == null ? new Draft(List.of(), 0, demand.count()) : best;
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
        while (offers.work() < lastStep) {
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
            Draft known = Draft.of(apart, 0);
            Draft better = BranchAndBound.improve(template, demand, market, offers, known, STEPS_PER_SEARCH);
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
        List<Bin> byWaste = new ArrayList<>(
                bins.stream().filter(bin -> !except.contains(bin)).toList());
        byWaste.sort(Comparator.comparingDouble((Bin bin) -> {
                    double total = 0;
                    for (int item : bin.items()) {
                        total += worth[item];
                    }
                    return bin.price() - total;
                })
                .reversed());
        List<Bin> apart = new ArrayList<>();
        int pods = 0;
        for (Bin bin : byWaste) {
            if (apart.size() < NODES_APART && pods + bin.items().length <= PODS_APART) {
                apart.add(bin);
                pods += bin.items().length;
            }
        }
        return apart;
    }
}
