package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Mates;
import karpenter.core.topology.Membership;
import org.jspecify.annotations.Nullable;

/**
 * A node to be bought, while the pass works on it: whose it is, what its pods have narrowed it to, and what they use. The row is
 * the offering it is planned for, which holds its pods; any other row that qualifies and is large enough will do as well.
 */
final class PlannedNode {
    private final PoolTemplate template;
    private int row;
    private final int[] leastValues;
    private final long[] charge;
    private final List<Part> parts = new ArrayList<>();
    private final long[] used;
    private final Mates mates = new Mates();
    private Narrowing narrowing;

    /** Pods of one share of a class on the node, under one alternative of their asks. */
    record Part(PodClass podClass, NodeAsk ask, int count) {}

    /**
     * @param leastValues the pool's minValues as they bind this node
     * @param charge what was taken from the pool's limits for it
     */
    PlannedNode(PoolTemplate template, int row, int[] leastValues, long[] charge, int columns) {
        this.template = template;
        this.row = row;
        this.leastValues = leastValues.clone();
        this.charge = charge.clone();
        this.used = new long[columns];
        this.narrowing = template.untouched();
    }

    PoolTemplate template() {
        return template;
    }

    int row() {
        return row;
    }

    Narrowing narrowing() {
        return narrowing;
    }

    /** The pool's minValues as they bind this node. */
    int[] leastValues() {
        return leastValues.clone();
    }

    /** What was taken from the pool's limits for it. */
    long[] charge() {
        return charge.clone();
    }

    /** What its pods ask for, daemons left out, a column each; not to be written to. */
    long[] used() {
        return used;
    }

    List<Part> parts() {
        return List.copyOf(parts);
    }

    /** The rows that it may be bought by, within what it is charged. */
    BitSet buyable() {
        return template.buyable(row, narrowing, used, charge);
    }

    /** How many pods the node can take besides, at most {@code most}, without a larger machine or less choice than it owes. */
    int room(Demand.Lot lot, int most) {
        Narrowing next = narrowing.with(lot.ask());
        if (next == null || !next.rows().get(row)) {
            return 0;
        }
        long[] free = template.offerings().row(row).variant().free().clone();
        for (int column = 0; column < free.length; column++) {
            free[column] -= used[column];
        }
        long[] amounts = lot.podClass().amounts();
        int count = ResourceColumns.timesFits(amounts, free, lot.ask().ports().isEmpty() ? most : 1);
        count = mates.room(lot.ask().groups(), count);
        while (count > 0 && !keepsMinValues(next, amounts, count)) {
            count /= 2;
        }
        return count;
    }

    /** What the node would be narrowed to by labels that pods on it reckon with; null when it can't be bought so. */
    @Nullable
    Narrowing settled(Requirements labels, NodeAsk.Interner interner) {
        Part first = parts.getFirst();
        NodeAsk ask = interner.intern(new NodeAsk.Terms(
                labels,
                first.ask.terms().tolerations(),
                first.ask.terms().toleratesSoftTaints(),
                HostPorts.NONE,
                Membership.NONE));
        Narrowing next = narrowing.with(ask);
        boolean buyable = next != null && row(next) >= 0 && keepsMinValues(next, first.podClass.amounts(), 0);
        return buyable ? next : null;
    }

    /** The row to plan with once the node is narrowed so: as before if that will still do, else the cheapest that does; −1 for none. */
    int row(Narrowing next) {
        return next.rows().get(row) && template.offerings().isBuyable(row, used, charge)
                ? row
                : template.buyable(row, next, used, charge).nextSetBit(0);
    }

    /** Narrows the node so. */
    void settle(Requirements labels, NodeAsk.Interner interner) {
        Narrowing next = settled(labels, interner);
        if (next == null) {
            throw new IllegalStateException(
                    "a node with " + narrowing.requirements() + " can't be bought with labels " + labels);
        }
        row = row(next);
        narrowing = next;
    }

    private boolean keepsMinValues(Narrowing next, long[] amounts, int count) {
        MinValues minValues = template.minValues();
        if (minValues.isEmpty()) {
            return true;
        }
        long[] more = used.clone();
        for (int column = 0; column < more.length; column++) {
            more[column] += amounts[column] * count;
        }
        return minValues.needed(
                        next, template.buyable(row, next, more, charge), leastValues, template.mostInstanceTypes())
                != null;
    }

    /**
     * Adds pods; where they are too many for its row, the node is planned for a larger one, if there is one.
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
        int large = row(narrowing);
        row = large < 0 ? row : large;
        Part last = parts.isEmpty() ? null : parts.getLast();
        if (last != null
                && last.podClass == lot.podClass()
                && last.ask.id() == lot.ask().id()) {
            parts.set(parts.size() - 1, new Part(last.podClass, last.ask, last.count + count));
        } else {
            parts.add(new Part(lot.podClass(), lot.ask(), count));
        }
        mates.add(lot.ask().groups(), count);
        lot.podClass().placed(count);
    }

    /** Pods as groups per node see them; not to be changed. */
    Mates mates() {
        return mates;
    }

    /** Takes pods of a share away again; the node stays as narrow as it was. */
    void remove(PodClass share, int count) {
        int left = count;
        for (int i = parts.size() - 1; i >= 0 && left > 0; i--) {
            Part part = parts.get(i);
            if (part.podClass == share) {
                int gone = Math.min(left, part.count);
                left -= gone;
                if (gone == part.count) {
                    parts.remove(i);
                } else {
                    parts.set(i, new Part(share, part.ask, part.count - gone));
                }
            }
        }
        for (int column = 0; column < used.length; column++) {
            used[column] -= share.amounts()[column] * count;
        }
        mates.add(share.asks().getFirst().groups(), -count);
        share.placed(-count);
    }
}
