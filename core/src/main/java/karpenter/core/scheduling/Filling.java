package karpenter.core.scheduling;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Fills one planned node with pods that are left.
 *
 * <p><b>Problem.</b> Given the kind of machine and what is free on it, choose pods such that little of what costs money stays
 * unused: a knapsack with several resources.
 *
 * <p><b>Method.</b> One pod after another; the next is the one that brings the vector of free shares closest to zero, each
 * resource weighted by what it is worth on this machine (norm-based greedy of Panigrahy, Talwar, Uyeda, Wieder: "Heuristics for
 * vector bin packing", 2011). That takes large pods first and pairs those heavy in one resource with those heavy in another. Pods
 * that could also use cheaper machines count less here, in the ratio of what they are worth.
 *
 * <p><b>Complexity.</b> Cells × pods placed.
 */
final class Filling {
    /** Keeps a resource in view that is worth nothing on the whole but can still run out on one node. */
    private static final double LEAST_WEIGHT = 0.02;

    private final Demand demand;
    private final Market market;
    private final int columns;

    private final long[] free;
    private final double[] weights;
    private final double[] inverse;
    private double[] prices = {};
    private Narrowing narrowing;
    private int[] picks = new int[64];
    private int count;
    private final @Nullable Narrowing[] after;

    Filling(Demand demand, Market market, Narrowing start) {
        this.demand = demand;
        this.market = market;
        this.columns = demand.columns();
        this.free = new long[columns];
        this.weights = new double[columns];
        this.inverse = new double[columns];
        this.narrowing = start;
        this.after = new Narrowing[demand.asks().size()];
    }

    /**
     * Fills a node as far as it goes. The pods picked are taken off the demand; {@link #undo} gives them back.
     *
     * @param start what is on the node so far
     * @param left free on the node, a column each
     * @return how many pods were picked
     */
    int fill(Market.Candidate candidate, Narrowing start, long[] left) {
        count = 0;
        System.arraycopy(left, 0, free, 0, columns);
        weigh(candidate);
        enter(start, candidate.row());
        while (pickNext(candidate.row())) {}
        return count;
    }

    private void weigh(Market.Candidate candidate) {
        prices = market.pricesFor(candidate);
        long[] total = candidate.variant().free();
        for (int column = 0; column < columns; column++) {
            weights[column] = prices[column] * Math.max(0, total[column]) / candidate.price() + LEAST_WEIGHT;
            inverse[column] = total[column] > 0 ? 1.0 / total[column] : 0;
        }
    }

    private void enter(Narrowing next, int row) {
        narrowing = next;
        for (int ask = 0; ask < after.length; ask++) {
            Narrowing with = next.with(demand.asks().get(ask));
            after[ask] = with != null && with.rows().get(row) ? with : null;
        }
    }

    private boolean pickNext(int row) {
        int best = -1;
        double bestScore = -1;
        for (Demand.Cell cell : demand.allCells()) {
            if (after[cell.ask()] != null) {
                int item = demand.largestFitting(cell, free);
                if (item >= 0) {
                    double score = score(item);
                    if (score > bestScore) {
                        bestScore = score;
                        best = item;
                    }
                }
            }
        }
        if (best < 0) {
            return false;
        }
        pick(best, row);
        return true;
    }

    private double score(int item) {
        int offset = item * columns;
        double gain = 0;
        double worthHere = 0;
        for (int column = 0; column < columns; column++) {
            double amount = demand.amounts()[offset + column];
            double share = amount * inverse[column];
            gain += weights[column] * share * (2 * free[column] * inverse[column] - share);
            worthHere += prices[column] * amount;
        }
        return worthHere > 0 ? gain * market.worth(item) / worthHere : gain;
    }

    private void pick(int item, int row) {
        if (count == picks.length) {
            picks = Arrays.copyOf(picks, 2 * count);
        }
        picks[count++] = item;
        demand.take(item, 1);
        for (int column = 0; column < columns; column++) {
            free[column] -= demand.amounts()[item * columns + column];
        }
        Narrowing next = after[demand.askOf(item)];
        if (next != narrowing) {
            enter(next, row);
        }
    }

    /** Items of the pods picked, in the order of picking; a copy. */
    int[] picks() {
        return Arrays.copyOf(picks, count);
    }

    /** What the node has been narrowed to. */
    Narrowing narrowing() {
        return narrowing;
    }

    /** What the pods picked are worth together. */
    double worth() {
        double worth = 0;
        for (int i = 0; i < count; i++) {
            worth += market.worth(picks[i]);
        }
        return worth;
    }

    /** Gives the pods picked after the first {@code kept} back to the demand. */
    void undo(int kept) {
        while (count > kept) {
            demand.giveBack(picks[--count], 1);
        }
    }
}
