package karpenter.core.scheduling;

/**
 * What the new nodes of an answer must cost at least: no way to put the same pods onto new nodes of the same pools, under the
 * same alternative of their preferences, is cheaper. Of pods that all keep each other off their nodes each counts as taking a node;
 * else who may not share a node or a domain with whom doesn't count.
 *
 * @param pricePerHourUsd 0 when nothing is bought
 */
public record CostBound(double pricePerHourUsd, Kind kind) {
    /** What the bound takes into account, each more than the one before. */
    public enum Kind {
        /** Nothing is bought. */
        NONE,
        /** Resources: machines may be bought in fractions and pods be cut up. */
        RESOURCES,
        /** Resources on whole machines; pods may be cut up. */
        WHOLE_NODES,
        /** Whole pods on each machine; machines may be bought in fractions. */
        PATTERNS
    }

    static final CostBound NONE = new CostBound(0, Kind.NONE);

    CostBound max(CostBound other) {
        return other.pricePerHourUsd > pricePerHourUsd ? other : this;
    }
}
