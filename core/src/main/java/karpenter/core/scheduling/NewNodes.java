package karpenter.core.scheduling;

import java.util.List;

/**
 * Plans the new nodes of one pool.
 *
 * <p><b>Method.</b> The greedy under several rules ({@link GreedyRuns}), then {@link NodeRepair}. Where the plan stays dearer than
 * resources explain, the greedy tries again with prices of each kind's own ({@link PricesByKind}), {@link FleetSearch} where nodes are few,
 * and {@link PatternProgram} where nodes hold few pods each. Each of these makes the plan cheaper or leaves it as it is, and ends within a
 * budget of {@link NodeOffers#work}, of which a unit takes about 10 ns.
 */
final class NewNodes {
    /** For rules after the first, where pods are many. */
    private static final long STEPS_FOR_RULES = 5_000_000;

    private static final long STEPS_FOR_REPAIR = 2_000_000;

    /** A plan dearer than resources alone explain by more than this is worth another look. */
    static final double DEAR = 0.003;

    /** Prices of each kind's own are tried for at most so many pods; more would take too long. */
    static final int MOST_PODS_BY_KIND = 6_000;

    /** With more pods than this, only the rules most often best are tried with them. */
    static final int FEW_PODS_BY_KIND = 1_500;

    /** Whole sets of machines are looked at for plans of at most so many nodes. */
    static final int MOST_NODES_IN_FLEET = 48;

    private static final long STEPS_FOR_FLEETS = 20_000_000;

    /** Patterns are planned with for at most so many different kinds of pods, and so many pods to a node. */
    static final int MOST_ITEMS = 300;

    static final int MOST_PODS_PER_NODE = 64;
    private static final long STEPS_FOR_PATTERNS = 20_000_000;

    private final PackingProblem problem;
    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final Cutoff cutoff;

    NewNodes(PackingProblem problem) {
        this.problem = problem;
        this.template = problem.template();
        this.demand = problem.demand();
        this.market = problem.market();
        this.cutoff = problem.cutoff();
    }

    /**
     * Nodes planned.
     *
     * @param bound what they must cost at least by whole pods, as far as that was looked into
     */
    record Plan(List<PlannedNode> nodes, CostBound bound) {}

    /** Nodes bought for all pods of the demand, and what they must cost at least. */
    record Bounded(Draft draft, CostBound bound) {}

    /**
     * Plans nodes for as many of these pods as the pool's limits allow, counts them as placed, and takes what the nodes are
     * charged from the limits.
     *
     * @param lots each of which the pool can take by itself
     */
    static Plan plan(
            PoolTemplate template, List<Demand.Lot> lots, ResourceColumns columns, Objective objective, Cutoff cutoff) {
        Demand demand = new Demand(lots, columns.count());
        Bounded cheapest = new NewNodes(PackingProblem.of(template, demand, columns, objective, cutoff)).cheapest();
        List<Bin> bins = cheapest.draft.bins();
        bins.forEach(bin -> template.limits().take(bin.charge()));
        return new Plan(bins.stream().map(bin -> bin.plan(template, demand)).toList(), cheapest.bound);
    }

    private Bounded cheapest() {
        GreedyRuns.Outcome first = GreedyRuns.cheapest(problem, STEPS_FOR_RULES);
        return byPatterns(byFleets(byKinds(improved(first.draft()))), first.rule());
    }

    /** A plan where each kind of machine has prices of its own, where it is cheaper; else the plan given. */
    Draft byKinds(Draft draft) {
        // Which pods go well with which kind says little where choice decides.
        if (!template.minValues().isEmpty() || demand.count() > MOST_PODS_BY_KIND || !leavesToSave(draft)) {
            return draft;
        }
        List<GreedyRule> rules =
                demand.count() > FEW_PODS_BY_KIND ? GreedyRule.BY_KIND.subList(0, 2) : GreedyRule.BY_KIND;
        Draft cheapest = draft;
        market.priceByKind(true);
        for (GreedyRule rule : rules) {
            Draft other = PriceAwareGreedy.run(problem, rule);
            cheapest = other.isBetterThan(cheapest) ? other : cheapest;
        }
        market.priceByKind(false);
        return cheapest.isBetterThan(draft) ? improved(cheapest) : draft;
    }

    /** A plan that begins with all machines, where there are few and it is cheaper; else the plan given. */
    Draft byFleets(Draft draft) {
        return draft.bins().size() > MOST_NODES_IN_FLEET || !leavesToSave(draft)
                ? draft
                : FleetSearch.improve(problem, draft, STEPS_FOR_FLEETS);
    }

    /**
     * The plan by patterns, where pods are few enough to a node that these may help, and cheaper; else the plan given.
     *
     * @param rule for pods that whole patterns leave over
     */
    Bounded byPatterns(Draft draft, GreedyRule rule) {
        if (demand.items() > MOST_ITEMS
                || demand.count() > (long) MOST_PODS_PER_NODE * draft.bins().size()
                || !leavesToSave(draft)) {
            return new Bounded(draft, CostBound.NONE);
        }
        PatternProgram patterns = new PatternProgram(problem, draft, STEPS_FOR_PATTERNS);
        patterns.solve();
        Draft dived = improved(patterns.dive(rule));
        return new Bounded(
                dived.isBetterThan(draft) ? dived : draft, new CostBound(patterns.bound(), CostBound.Kind.PATTERNS));
    }

    /** Whether a plan for all pods is dearer than resources alone explain, and no pods are about that watch each other. */
    private boolean leavesToSave(Draft draft) {
        if (draft.podsLeft() > 0 || demand.mates() != null || cutoff.passed()) {
            return false;
        }
        market.reprice(1);
        return draft.price() > market.worthLeft() * (1 + DEAR);
    }

    private Draft improved(Draft draft) {
        return NodeRepair.improve(problem, draft, STEPS_FOR_REPAIR);
    }
}
