package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.core.topology.Mates;
import karpenter.core.topology.Membership;
import org.jspecify.annotations.Nullable;

/**
 * The pods that one pool is to take, laid out for the inner loops: an item per pod class, with the number of its pods that are
 * left, and its amounts in a row-major table, a row per item, a column per resource.
 *
 * <p>Items that ask the same of a node and are of similar size share a {@link Cell}, so that choosing the next pod for a node
 * looks at a bounded number of cells rather than at each item, even when no two pods are alike.
 */
final class Demand {
    private static final int MOST_CELLS = 128;
    private static final double FINEST_CELL = Math.log(2) / 8;

    private final List<Lot> lots;
    private final int columns;
    private final long[] amounts;
    private final int[] left;
    private final List<NodeAsk> asks;
    private final int[] askOf;
    private final List<Cell> cells;

    /** Pods of one class, under the alternative of their asks that is now being tried. */
    record Lot(PodClass podClass, NodeAsk ask) {}

    /** Items alike. */
    static final class Cell {
        private final int ask;
        /** Largest first. */
        private final int[] items;
        /** The least amount of any item, a column each. */
        private final long[] least;

        private Cell(int ask, int[] items, long[] least) {
            this.ask = ask;
            this.items = items;
            this.least = least;
        }

        /** Index into {@link #asks}. */
        int ask() {
            return ask;
        }

        int size() {
            return items.length;
        }

        int item(int position) {
            return items[position];
        }
    }

    /** @param lots each with at least one pod unplaced */
    Demand(List<Lot> lots, int columns) {
        this.lots = List.copyOf(lots);
        this.columns = columns;
        this.amounts = new long[lots.size() * columns];
        this.left = new int[lots.size()];
        this.askOf = new int[lots.size()];
        Map<NodeAsk, Integer> numbers = new LinkedHashMap<>();
        for (int item = 0; item < left.length; item++) {
            Lot lot = lots.get(item);
            System.arraycopy(lot.podClass().amounts(), 0, amounts, item * columns, columns);
            left[item] = lot.podClass().unplaced();
            askOf[item] = numbers.computeIfAbsent(lot.ask(), fresh -> numbers.size());
        }
        this.asks = List.copyOf(numbers.keySet());
        this.cells = cells();
    }

    int items() {
        return left.length;
    }

    int columns() {
        return columns;
    }

    /** Row-major; not to be written to. */
    long[] amounts() {
        return amounts;
    }

    Lot lot(int item) {
        return lots.get(item);
    }

    /** The different asks, in the order in which they turn up. */
    List<NodeAsk> asks() {
        return asks;
    }

    /** An empty node for the groups per node that these pods have to do with; null when there are none. */
    @Nullable
    Mates mates() {
        int groups = 0;
        for (NodeAsk ask : asks) {
            for (Membership.Part part : ask.groups().parts()) {
                groups = Math.max(groups, part.group().id() + 1);
            }
        }
        return groups == 0 ? null : new Mates(groups);
    }

    int askOf(int item) {
        return askOf[item];
    }

    int left(int item) {
        return left[item];
    }

    void take(int item, int count) {
        left[item] -= count;
    }

    void giveBack(int item, int count) {
        left[item] += count;
    }

    /** Pods left of each item; a copy. */
    int[] left() {
        return left.clone();
    }

    /** Pods left of all items. */
    int count() {
        int count = 0;
        for (int each : left) {
            count += each;
        }
        return count;
    }

    /** Sets how many pods are left of each item. */
    void reset(int[] counts) {
        System.arraycopy(counts, 0, left, 0, left.length);
    }

    boolean isEmpty() {
        for (int count : left) {
            if (count > 0) {
                return false;
            }
        }
        return true;
    }

    List<Cell> allCells() {
        return cells;
    }

    /** The position of the first item from {@code from} on that has pods left and fits; the cell's size when there is none. */
    int nextFitting(Cell cell, int from, long[] free) {
        if (!fits(cell.least, 0, free)) {
            return cell.items.length;
        }
        int position = from;
        while (position < cell.items.length
                && (left[cell.items[position]] == 0 || !fits(amounts, cell.items[position] * columns, free))) {
            position++;
        }
        return position;
    }

    private boolean fits(long[] table, int offset, long[] free) {
        for (int column = 0; column < columns; column++) {
            if (table[offset + column] > free[column]) {
                return false;
            }
        }
        return true;
    }

    private List<Cell> cells() {
        double[] sizes = sizes();
        Map<List<Integer>, List<Integer>> grouped = Map.of();
        // An item each when they are few, else the finest grid that has few enough cells.
        for (double step = left.length <= MOST_CELLS ? 0 : FINEST_CELL; ; step = step == 0 ? FINEST_CELL : 2 * step) {
            grouped = grouped(step);
            if (grouped.size() <= MOST_CELLS || step > 64) {
                break;
            }
        }
        List<Cell> result = new ArrayList<>();
        grouped.forEach((key, items) -> {
            items.sort(Comparator.comparingDouble((Integer item) -> sizes[item])
                    .reversed()
                    .thenComparing(Comparator.naturalOrder()));
            long[] least = new long[columns];
            for (int column = 0; column < columns; column++) {
                int at = column;
                least[column] = items.stream()
                        .mapToLong(item -> amounts[item * columns + at])
                        .min()
                        .orElse(0);
            }
            int[] ordered = items.stream().mapToInt(Integer::intValue).toArray();
            result.add(new Cell(key.getFirst(), ordered, least));
        });
        return List.copyOf(result);
    }

    /** Each item as a share of everything that is asked for, summed over resources. */
    private double[] sizes() {
        double[] total = totals();
        double[] sizes = new double[left.length];
        for (int item = 0; item < left.length; item++) {
            for (int column = 0; column < columns; column++) {
                sizes[item] += total[column] == 0 ? 0 : amounts[item * columns + column] / total[column];
            }
        }
        return sizes;
    }

    /** What all pods left ask for together, a column each. */
    double[] totals() {
        double[] totals = new double[columns];
        for (int item = 0; item < left.length; item++) {
            for (int column = 0; column < columns; column++) {
                totals[column] += (double) left[item] * amounts[item * columns + column];
            }
        }
        return totals;
    }

    private Map<List<Integer>, List<Integer>> grouped(double step) {
        Map<List<Integer>, List<Integer>> grouped = new TreeMap<>(Comparator.comparing(
                (List<Integer> key) -> key.toArray(Integer[]::new), (a, b) -> Arrays.compare(a, b)));
        for (int item = 0; item < left.length; item++) {
            List<Integer> key = new ArrayList<>();
            key.add(askOf[item]);
            if (step == 0) {
                key.add(item);
            } else {
                for (int column = 0; column < columns; column++) {
                    key.add((int) Math.floor(Math.log1p((double) amounts[item * columns + column]) / step));
                }
            }
            grouped.computeIfAbsent(key, fresh -> new ArrayList<>()).add(item);
        }
        return grouped;
    }
}
