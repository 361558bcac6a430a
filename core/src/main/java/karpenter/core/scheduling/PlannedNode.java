package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;

/**
 * A node to be bought, while the pass works on it: whose it is, what its pods have narrowed it to, and what they use. The row is
 * the offering it was planned for; any other row that qualifies and is large enough will do as well.
 */
final class PlannedNode {
    private final PoolTemplate template;
    private final Market.Candidate candidate;
    private final int[] leastValues;
    private final List<Part> parts = new ArrayList<>();
    private final long[] used;
    private Narrowing narrowing;

    /** Pods of one class on the node. */
    record Part(PodClass podClass, int count) {}

    /** @param leastValues the pool's minValues as they bind this node */
    PlannedNode(PoolTemplate template, Market.Candidate candidate, int[] leastValues, int columns) {
        this.template = template;
        this.candidate = candidate;
        this.leastValues = leastValues.clone();
        this.used = new long[columns];
        this.narrowing = template.untouched();
    }

    PoolTemplate template() {
        return template;
    }

    Market.Candidate candidate() {
        return candidate;
    }

    Narrowing narrowing() {
        return narrowing;
    }

    /** The pool's minValues as they bind this node. */
    int[] leastValues() {
        return leastValues.clone();
    }

    /** What its pods ask for, daemons left out, a column each; not to be written to. */
    long[] used() {
        return used;
    }

    List<Part> parts() {
        return List.copyOf(parts);
    }

    /** What is free on a machine of the row it was planned for. */
    long[] free() {
        long[] free = candidate.variant().free().clone();
        for (int column = 0; column < free.length; column++) {
            free[column] -= used[column];
        }
        return free;
    }

    /**
     * Adds pods.
     *
     * @throws IllegalStateException when they ask for what the node has been narrowed away from
     */
    void add(Demand.Lot lot, int count) {
        Narrowing next = narrowing.with(lot.ask());
        if (next == null) {
            throw new IllegalStateException("pods that ask for " + lot.ask().requirements() + " can't join a node with "
                    + narrowing.requirements());
        }
        narrowing = next;
        long[] amounts = lot.podClass().amounts();
        for (int column = 0; column < used.length; column++) {
            used[column] += amounts[column] * count;
        }
        parts.add(new Part(lot.podClass(), count));
        lot.podClass().placed(count);
    }
}
