package karpenter.core.scheduling;

import java.util.Arrays;

/** A node that a planning run has bought: where, for whom, and what it is charged against the limits. Immutable. */
final class Bin {
    private final int row;
    private final double price;
    private final int[] items;
    private final int[] leastValues;
    private final long[] charge;

    /**
     * @param row cheapest that holds the pods
     * @param price that counts for the node, see {@link Objective}
     * @param items of its pods, repeated for pods of one class
     */
    Bin(int row, double price, int[] items, int[] leastValues, long[] charge) {
        this.row = row;
        this.price = price;
        this.items = items.clone();
        Arrays.sort(this.items);
        this.leastValues = leastValues.clone();
        this.charge = charge.clone();
    }

    /** The price that counts for it, see {@link Objective}. */
    double price() {
        return price;
    }

    /** Items of its pods, ascending, repeated for pods of one class; not to be written to. */
    int[] items() {
        return items;
    }

    /** What is taken from the limits for it; not to be written to. */
    long[] charge() {
        return charge;
    }

    /** This bin as a node whose pods count as placed. */
    PlannedNode plan(PoolTemplate template, Demand demand) {
        PlannedNode node = new PlannedNode(template, row, leastValues, charge, demand.columns());
        for (int start = 0; start < items.length; ) {
            int end = start;
            while (end < items.length && items[end] == items[start]) {
                end++;
            }
            node.add(demand.lot(items[start]), end - start);
            start = end;
        }
        return node;
    }
}
