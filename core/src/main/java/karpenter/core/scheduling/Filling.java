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
 * resource weighted by what it is worth on this machine and by how tight it is (norm-based greedy of Panigrahy, Talwar, Uyeda,
 * Wieder: "Heuristics for vector bin packing", 2011). That takes large pods first and pairs those heavy in one resource with those
 * heavy in another. Pods that could also use cheaper machines count less here, in the ratio of what they are worth.
 *
 * <p><b>Complexity.</b> Cells × pods placed; within a cell the search for a pod that fits goes on where the last one ended.
 */
final class Filling {
    private final Demand demand;
    private final Market market;
    private final Demand.Cell[] cells;
    private final int columns;
    private final long[] amounts;

    private final long[] free;
    private final double[] weights;
    private final double[] inverse;
    private double[] prices = {};
    private final int[] at;
    private int[] picks = new int[64];
    private int count;
    private Narrowing narrowing;
    /** What the node would be narrowed to by each ask; null when such a pod can't join. */
    private final @Nullable Narrowing[] after;

    Filling(Demand demand, Market market, Narrowing untouched) {
        this.demand = demand;
        this.market = market;
        this.cells = demand.allCells().toArray(Demand.Cell[]::new);
        this.columns = demand.columns();
        this.amounts = demand.amounts();
        this.free = new long[columns];
        this.weights = new double[columns];
        this.inverse = new double[columns];
        this.at = new int[cells.length];
        this.narrowing = untouched;
        this.after = new Narrowing[demand.asks().size()];
    }

    /**
     * Fills an empty node as far as it goes. The pods picked are taken off the demand; {@link #undo} gives them back.
     *
     * @return how many pods were picked
     */
    int fill(Market.Candidate candidate, Narrowing untouched, GreedyRule rule) {
        count = 0;
        Arrays.fill(at, 0);
        weigh(candidate, rule);
        enter(untouched, candidate.row());
        int next = best();
        while (next >= 0) {
            pick(next, candidate.row());
            next = best();
        }
        return count;
    }

    private void weigh(Market.Candidate candidate, GreedyRule rule) {
        prices = candidate.prices();
        long[] total = candidate.variant().free();
        System.arraycopy(total, 0, free, 0, columns);
        double tightest = 0;
        for (int column = 0; column < columns; column++) {
            inverse[column] = total[column] > 0 ? 1.0 / total[column] : 0;
            tightest = Math.max(tightest, market.totals()[column] * inverse[column]);
        }
        for (int column = 0; column < columns; column++) {
            double tight = tightest > 0 ? market.totals()[column] * inverse[column] / tightest : 0;
            weights[column] = prices[column] * Math.max(0, total[column]) / candidate.price()
                    + rule.tightness() * Math.pow(tight, rule.power());
        }
    }

    private void enter(Narrowing next, int row) {
        narrowing = next;
        for (int ask = 0; ask < after.length; ask++) {
            Narrowing with = next.with(demand.asks().get(ask));
            after[ask] = with != null && with.rows().get(row) ? with : null;
        }
    }

    /** The item to take next, or −1 when none fits. */
    private int best() {
        int best = -1;
        double bestScore = -1;
        for (int cell = 0; cell < cells.length; cell++) {
            if (after[cells[cell].ask()] != null) {
                at[cell] = demand.nextFitting(cells[cell], at[cell], free);
                if (at[cell] < cells[cell].size()) {
                    int item = cells[cell].item(at[cell]);
                    double score = score(item);
                    if (score > bestScore) {
                        bestScore = score;
                        best = item;
                    }
                }
            }
        }
        return best;
    }

    private double score(int item) {
        int offset = item * columns;
        double gain = 0;
        double worthHere = 0;
        for (int column = 0; column < columns; column++) {
            double amount = amounts[offset + column];
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
            free[column] -= amounts[item * columns + column];
        }
        Narrowing next = after[demand.askOf(item)];
        if (next != null && next != narrowing) {
            enter(next, row);
        }
    }

    /** Items of the pods picked, in the order of picking; a copy. */
    int[] picks() {
        return Arrays.copyOf(picks, count);
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
