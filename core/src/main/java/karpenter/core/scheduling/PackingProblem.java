package karpenter.core.scheduling;

/**
 * Pods that one pool is to buy nodes for, as the searches for a cheap plan share it. Market and offers are of this demand. Each
 * search uses up demand and limits as it goes, and leaves them as they were.
 *
 * @param cutoff when the time for all of them is up
 */
record PackingProblem(PoolTemplate template, Demand demand, Market market, NodeOffers offers, Cutoff cutoff) {
    static PackingProblem of(
            PoolTemplate template, Demand demand, ResourceColumns columns, Objective objective, Cutoff cutoff) {
        Market market = new Market(template, demand, columns, objective);
        return new PackingProblem(
                template, demand, market, new NodeOffers(template, demand, market, objective), cutoff);
    }
}
