package karpenter.core.scheduling;

/** How pods are packed onto nodes to be bought. */
public enum Packing {
    /** At the least cost that is found, see {@link Objective}. */
    COST,
    /**
     * As the reference implementation does: pod by pod, each onto the planned node with the fewest pods of which some type still
     * holds all. For comparison, and as a way back.
     */
    UPSTREAM
}
