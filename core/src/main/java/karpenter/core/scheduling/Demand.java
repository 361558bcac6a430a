package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karpenter.core.topology.Mates;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyGroup;
import org.jspecify.annotations.Nullable;

/**
 * The pods that one pool is to take, laid out for the inner loops: an item per pod class, with the number of its pods that are
 * left, and its amounts in a row-major table, a row per item, a column per resource.
 *
 * <p>Items of one kind, which ask the same of a node whoever else is there, and of similar size share a {@link Cell}, so that
 * choosing the next pod for a node looks at a bounded number of cells rather than at each item, even when no two pods are alike. Of
 * one size those come first that need most nodes, as they keep each other off, and last those that go anywhere.
 */
final class Demand {
    private static final int MOST_CELLS = 128;
    private static final double FINEST_CELL = Math.log(2) / 8;

    private static final Comparator<Map.Entry<List<Long>, List<Integer>>> BY_KEY =
            Comparator.comparing(entry -> entry.getKey().toArray(Long[]::new), Arrays::compare);
    private static final Comparator<Map.Entry<List<Long>, List<Integer>>> BY_FIRST_ITEM = Comparator.comparingLong(
                    (Map.Entry<List<Long>, List<Integer>> entry) ->
                            entry.getKey().getFirst())
            .thenComparing(entry -> entry.getValue().getFirst());

    private final List<Lot> lots;
    private final int columns;
    private final long[] amounts;
    private final int[] left;
    private final List<NodeAsk> asks;
    private final int[] askOf;
    /** An ask of each kind. */
    private final List<NodeAsk> kinds;

    private final int[] kindOfAsk;
    private final List<Cell> cells;
    /** Groups of pods that keep each other off their nodes. */
    private final List<TopologyGroup> apart;
    /** The asks of each such group. */
    private final List<BitSet> asksApart;
    /** Items that may have pods left, ascending. */
    private final int[] present;

    private int presentItems;
    /** Numbers of the cells that have such items, ascending. */
    private final int[] presentCells;

    private int presentCellCount;
    private int count;

    /** Pods of one class, under the alternative of their asks that is now being tried. */
    record Lot(PodClass podClass, NodeAsk ask) {}

    /** Items alike. */
    static final class Cell {
        private final int kind;
        /** Largest first. */
        private final int[] items;
        /** The least amount of any item, a column each. */
        private final long[] least;
        /** The items that are still of interest, in order. */
        private final int[] present;

        private int size;

        private Cell(int kind, int[] items, long[] least) {
            this.kind = kind;
            this.items = items;
            this.least = least;
            this.present = items.clone();
            this.size = items.length;
        }

        /** Index into {@link #kinds}. */
        int kind() {
            return kind;
        }

        int size() {
            return size;
        }

        int item(int position) {
            return present[position];
        }

        private void refill() {
            System.arraycopy(items, 0, present, 0, items.length);
            size = items.length;
        }

        private void compact(int[] left) {
            size = Demand.compact(present, size, left);
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
            count += left[item];
            askOf[item] = numbers.computeIfAbsent(lot.ask(), fresh -> numbers.size());
        }
        this.asks = List.copyOf(numbers.keySet());
        this.kindOfAsk = new int[asks.size()];
        Map<NodeAsk.Terms, Integer> alone = new HashMap<>();
        List<NodeAsk> firsts = new ArrayList<>();
        for (int ask = 0; ask < kindOfAsk.length; ask++) {
            Integer known = alone.putIfAbsent(asks.get(ask).terms().alone(), firsts.size());
            kindOfAsk[ask] = known == null ? firsts.size() : known;
            if (known == null) {
                firsts.add(asks.get(ask));
            }
        }
        this.kinds = List.copyOf(firsts);
        Map<TopologyGroup, BitSet> keptApart = new LinkedHashMap<>();
        for (int ask = 0; ask < asks.size(); ask++) {
            for (Membership.Part part : asks.get(ask).groups().parts()) {
                if (keepsApart(part)) {
                    keptApart
                            .computeIfAbsent(part.group(), fresh -> new BitSet())
                            .set(ask);
                }
            }
        }
        this.apart = List.copyOf(keptApart.keySet());
        this.asksApart = List.copyOf(keptApart.values());
        this.present = new int[left.length];
        refill();
        this.cells = cells();
        this.presentCells = new int[cells.size()];
        refillCells();
    }

    int items() {
        return left.length;
    }

    /** Items that may have pods left, ascending; the first {@link #presentItems} count; not to be written to. */
    int[] present() {
        return present;
    }

    /** How many items may have pods left: all of them, or those that had some when the demand was compacted. */
    int presentItems() {
        return presentItems;
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

    /** An ask of each kind: what others of the kind ask of a node they ask as well, whoever else is there. */
    List<NodeAsk> kinds() {
        return kinds;
    }

    /** Index into {@link #kinds}. */
    int kindOf(int item) {
        return kindOfAsk[askOf[item]];
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

    void take(int item, int pods) {
        left[item] -= pods;
        count -= pods;
    }

    void giveBack(int item, int pods) {
        left[item] += pods;
        count += pods;
    }

    /** Pods left of each item; a copy. */
    int[] left() {
        return left.clone();
    }

    /** Pods left of all items. */
    int count() {
        return count;
    }

    /** Sets how many pods are left of each item. */
    void reset(int[] counts) {
        System.arraycopy(counts, 0, left, 0, left.length);
        count = 0;
        for (int each : counts) {
            count += each;
        }
        refill();
        refillCells();
    }

    private void refill() {
        for (int item = 0; item < present.length; item++) {
            present[item] = item;
        }
        presentItems = present.length;
    }

    private void refillCells() {
        for (int cell = 0; cell < presentCells.length; cell++) {
            cells.get(cell).refill();
            presentCells[cell] = cell;
        }
        presentCellCount = presentCells.length;
    }

    /** Takes items without pods out of sight until counts are reset; until then, no pods of these may be given back. */
    void compact() {
        presentItems = compact(present, presentItems, left);
        int kept = 0;
        for (int i = 0; i < presentCellCount; i++) {
            Cell cell = cells.get(presentCells[i]);
            cell.compact(left);
            if (cell.size > 0) {
                presentCells[kept++] = presentCells[i];
            }
        }
        presentCellCount = kept;
    }

    /** Keeps those of the first {@code size} items that have pods left, and answers how many they are. */
    private static int compact(int[] items, int size, int[] left) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (left[items[i]] > 0) {
                items[kept++] = items[i];
            }
        }
        return kept;
    }

    boolean isEmpty() {
        return count == 0;
    }

    List<Cell> allCells() {
        return cells;
    }

    /** Numbers of the cells that may have pods left, ascending, into an array that is large enough; answers how many they are. */
    int copyPresentCells(int[] numbers) {
        System.arraycopy(presentCells, 0, numbers, 0, presentCellCount);
        return presentCellCount;
    }

    /**
     * The position of the first item from {@code from} on that has pods left, fits and is welcome; the cell's size when there is
     * none.
     *
     * @param welcome of each ask
     */
    int nextFitting(Cell cell, int from, long[] free, boolean[] welcome) {
        if (!fits(cell.least, 0, free)) {
            return cell.size;
        }
        int position = from;
        while (position < cell.size) {
            int item = cell.present[position];
            if (left[item] > 0 && welcome[askOf[item]] && fits(item, free)) {
                return position;
            }
            position++;
        }
        return position;
    }

    /** Whether a pod of the item fits into what is free, a column each. */
    boolean fits(int item, long[] free) {
        return fits(amounts, item * columns, free);
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
        double[] nodes = nodesNeeded();
        Map<List<Long>, List<Integer>> grouped = grouped(0);
        // A cell for each size when these are few, else the finest grid that has few enough.
        for (double step = FINEST_CELL; grouped.size() > MOST_CELLS && step <= 64; step *= 2) {
            grouped = grouped(step);
        }
        List<Cell> result = new ArrayList<>();
        grouped.forEach((key, items) -> {
            items.sort(Comparator.comparingDouble((Integer item) -> sizes[item])
                    .thenComparingDouble(item -> nodes[askOf[item]])
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
            result.add(new Cell(kindOf(ordered[0]), ordered, least));
        });
        return List.copyOf(result);
    }

    /** Whether pods of this part keep each other off their nodes. */
    private static boolean keepsApart(Membership.Part part) {
        return part.owns()
                && part.selected()
                && part.group().perNode()
                && part.group().kind() != TopologyGroup.Kind.AFFINITY;
    }

    /** How many pods that keep each other off their nodes may share one. */
    private static int together(TopologyGroup group) {
        return group.kind() == TopologyGroup.Kind.SPREAD
                ? Math.max(1, group.terms().maxSkew())
                : 1;
    }

    /** How many nodes it takes to keep the pods left of each group apart. */
    private int[] nodesApart() {
        int[] pods = new int[asks.size()];
        for (int i = 0; i < presentItems; i++) {
            pods[askOf[present[i]]] += left[present[i]];
        }
        int[] nodes = new int[apart.size()];
        for (int group = 0; group < nodes.length; group++) {
            BitSet members = asksApart.get(group);
            int all = 0;
            for (int ask = members.nextSetBit(0); ask >= 0; ask = members.nextSetBit(ask + 1)) {
                all += pods[ask];
            }
            nodes[group] = Math.ceilDiv(all, together(apart.get(group)));
        }
        return nodes;
    }

    /**
     * The pods that need most nodes, as they keep each other off.
     *
     * @param nodes that they need at least; 0 when no pods do so
     * @param asks of these pods, by number; not to be changed
     */
    record Loners(int nodes, BitSet asks) {}

    /** Of the pods that are left. */
    Loners loners() {
        int[] nodes = nodesApart();
        int most = -1;
        for (int group = 0; group < nodes.length; group++) {
            if (most < 0 || nodes[group] > nodes[most]) {
                most = group;
            }
        }
        return most < 0 ? new Loners(0, new BitSet()) : new Loners(nodes[most], asksApart.get(most));
    }

    /** Of each ask: how many nodes it takes to keep pods that ask so, and others of their groups, apart. */
    private double[] nodesNeeded() {
        int[] byGroup = nodesApart();
        double[] nodes = new double[asks.size()];
        for (int group = 0; group < byGroup.length; group++) {
            int needed = byGroup[group];
            asksApart.get(group).stream().forEach(ask -> nodes[ask] = Math.max(nodes[ask], needed));
        }
        return nodes;
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

    /** Adds what the pods left of an item ask for together to a sum, a column each. */
    void addTo(double[] sum, int item) {
        for (int column = 0; column < columns; column++) {
            sum[column] += (double) left[item] * amounts[item * columns + column];
        }
    }

    /** What all pods left ask for together, a column each. */
    double[] totals() {
        double[] totals = new double[columns];
        for (int item = 0; item < left.length; item++) {
            addTo(totals, item);
        }
        return totals;
    }

    /** Items by kind and by size, the exact one or on a logarithmic grid. */
    private Map<List<Long>, List<Integer>> grouped(double step) {
        Map<List<Long>, List<Integer>> grouped = new HashMap<>();
        for (int item = 0; item < left.length; item++) {
            List<Long> key = new ArrayList<>(columns + 1);
            key.add((long) kindOf(item));
            for (int column = 0; column < columns; column++) {
                long amount = amounts[item * columns + column];
                key.add(step == 0 ? amount : (long) Math.floor(Math.log1p((double) amount) / step));
            }
            grouped.computeIfAbsent(key, fresh -> new ArrayList<>()).add(item);
        }
        Map<List<Long>, List<Integer>> ordered = new LinkedHashMap<>();
        grouped.entrySet().stream()
                .sorted(step == 0 ? BY_FIRST_ITEM : BY_KEY)
                .forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return ordered;
    }
}
