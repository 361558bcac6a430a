package karpenter.core.scheduling;

import java.util.List;

/** Plans the new nodes of one pool: tries several rules and keeps the cheapest outcome. */
final class NewNodes {
    /** From so many pods on fewer rules are tried, as each takes longer and differs less. */
    private static final int MANY_PODS = 6000;

    private NewNodes() {}

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
        Demand demand = new Demand(lots, columns.count());
        PriceAwareGreedy greedy = new PriceAwareGreedy(template, demand, columns);
        List<GreedyRule> rules = demand.count() < MANY_PODS ? GreedyRule.ALL : GreedyRule.ALL.subList(0, 2);
        PriceAwareGreedy.Draft best = greedy.run(rules.getFirst());
        for (GreedyRule rule : rules.subList(1, rules.size())) {
            PriceAwareGreedy.Draft draft = greedy.run(rule);
            if (draft.isBetterThan(best)) {
                best = draft;
            }
        }
        best.bins().forEach(bin -> template.limits().take(bin.charge()));
        return best.bins().stream().map(bin -> bin.plan(template, demand)).toList();
    }
}
