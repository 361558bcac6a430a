package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How many of some pods one machine can hold at most.
 *
 * <p><b>Method.</b> In each resource by itself the smallest pods first; the resource that takes fewest pods decides. Exact for pods of
 * one size, else too many.
 *
 * <p><b>Complexity.</b> Sizes are sorted once; a machine takes their logarithm.
 */
final class MostPods {
    /** Pods of so many sizes are too different for their number to matter. */
    private static final int MOST_SIZES = 1000;

    private final int columns;
    /** A row per column, a cell per size, ascending. */
    private final long[][] amounts;
    /** What all pods up to this size ask for, and how many these are. */
    private final long[][] sums;

    private final long[][] counts;

    /** Pods of one size. */
    static final class Size {
        private final long[] amounts;
        private final long count;

        /** @param amounts a column each; not copied */
        Size(long[] amounts, long count) {
            this.amounts = amounts;
            this.count = count;
        }

        /** A column each; not to be written to. */
        long[] amounts() {
            return amounts;
        }

        long count() {
            return count;
        }
    }

    MostPods(List<Size> sizes, int columns) {
        this.columns = sizes.size() > MOST_SIZES ? 0 : columns;
        this.amounts = new long[this.columns][sizes.size()];
        this.sums = new long[this.columns][sizes.size()];
        this.counts = new long[this.columns][sizes.size()];
        for (int column = 0; column < this.columns; column++) {
            int at = column;
            List<Size> ascending = new ArrayList<>(sizes);
            ascending.sort(Comparator.comparingLong(size -> size.amounts[at]));
            long sum = 0;
            long count = 0;
            for (int i = 0; i < ascending.size(); i++) {
                Size size = ascending.get(i);
                sum += size.amounts[column] * size.count;
                count += size.count;
                amounts[column][i] = size.amounts[column];
                sums[column][i] = sum;
                counts[column][i] = count;
            }
        }
    }

    /** No machine with so much free holds more; a column each. */
    long on(long[] free) {
        long most = Long.MAX_VALUE;
        for (int column = 0; column < columns; column++) {
            most = Math.min(most, on(Math.max(0, free[column]), column));
        }
        return most;
    }

    /** Writes what a machine with so much free holds of these pods, a column each from {@code at} on: no more of them than fit whole. */
    void hold(long[] free, double[] holds, int at) {
        for (int column = 0; column < free.length; column++) {
            holds[at + column] = Math.max(0, free[column]);
        }
        int pods = at + ResourceColumns.PODS_COLUMN;
        holds[pods] = Math.min(holds[pods], (double) on(free));
    }

    private long on(long free, int column) {
        int found = Arrays.binarySearch(sums[column], free);
        // Sums may repeat where sizes are 0, all of which fit.
        int whole = found < 0 ? -found - 1 : found;
        while (whole < sums[column].length && sums[column][whole] <= free) {
            whole++;
        }
        if (whole == sums[column].length) {
            return Long.MAX_VALUE;
        }
        long sum = whole == 0 ? 0 : sums[column][whole - 1];
        long count = whole == 0 ? 0 : counts[column][whole - 1];
        return count + (free - sum) / amounts[column][whole];
    }
}
