package karpenter.core.scheduling;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Pods on nodes that some of them are too much for, exchanged between these nodes until each holds its own.
 *
 * <p><b>Problem.</b> Put one after the other onto a set of machines that is only just large enough, the last pods find cpu left on one
 * machine and memory on another.
 *
 * <p><b>Method.</b> Local search. A node's excess is the sum, over resources, of the square of what it lacks as a share of what it has;
 * so two small lacks are better than a large one. Each pod in turn of a node that lacks something goes where it takes most excess away,
 * alone or for a pod of the other node, until nothing helps. A pod goes only where it leaves the node open to all that it was open to.
 *
 * <p><b>Complexity.</b> Kinds of pods for each pod tried, within a budget of steps.
 */
final class PodExchange {
    /** Of excess, below which nothing is gained. */
    private static final double LEAST_GAIN = 1e-9;

    private static final int NONE = -1;

    private final Demand demand;
    private final List<Node> nodes;
    private final long[] amounts;
    private final int columns;
    private long steps;

    /** A machine and the pods on it. */
    static final class Node {
        private final double[] capacity;
        private final double[] free;
        /** Asks that may be put here. */
        private final BitSet openTo;
        /** Kinds of pods here, and how many of each; the first {@link #kinds} count. */
        private int[] items;

        private int[] counts;
        private int kinds;
        private double excess;

        /**
         * A node without pods.
         *
         * @param capacity a column each
         * @param openTo numbers of the asks that may be put here
         */
        Node(long[] capacity, BitSet openTo) {
            this.capacity = Arrays.stream(capacity)
                    .mapToDouble(Math::abs)
                    .map(amount -> Math.max(1, amount))
                    .toArray();
            this.free = Arrays.stream(capacity).asDoubleStream().toArray();
            this.openTo = openTo;
            this.items = new int[8];
            this.counts = new int[8];
        }

        /** Whose pods these are, an item for each pod. */
        int[] pods() {
            int[] pods = new int[Arrays.stream(counts, 0, kinds).sum()];
            int size = 0;
            for (int kind = 0; kind < kinds; kind++) {
                Arrays.fill(pods, size, size + counts[kind], items[kind]);
                size += counts[kind];
            }
            return pods;
        }

        private void change(int item, int by) {
            int kind = 0;
            while (kind < kinds && items[kind] != item) {
                kind++;
            }
            if (kind == items.length) {
                items = Arrays.copyOf(items, 2 * kind);
                counts = Arrays.copyOf(counts, 2 * kind);
            }
            if (kind == kinds) {
                items[kind] = item;
                counts[kind] = 0;
                kinds++;
            }
            counts[kind] += by;
            if (counts[kind] == 0) {
                kinds--;
                items[kind] = items[kinds];
                counts[kind] = counts[kinds];
            }
        }
    }

    PodExchange(Demand demand, List<Node> nodes) {
        this.demand = demand;
        this.nodes = nodes;
        this.amounts = demand.amounts();
        this.columns = demand.columns();
    }

    /** Puts a pod on a node, whatever it lacks then. */
    void put(int item, Node node) {
        change(node, NONE, item);
    }

    /** Puts a pod on the node that then lacks least more; false when none is open to it. */
    boolean put(int item) {
        Node best = null;
        double least = Double.POSITIVE_INFINITY;
        for (Node node : nodes) {
            double more = excess(node, NONE, item) - node.excess;
            if (more < least && node.openTo.get(demand.askOf(item))) {
                best = node;
                least = more;
            }
        }
        steps += nodes.size();
        if (best != null) {
            change(best, NONE, item);
        }
        return best != null;
    }

    /** What all nodes lack; 0 when each holds its pods. */
    double excess() {
        return nodes.stream().mapToDouble(node -> node.excess).sum();
    }

    /** Pairs of pods looked at so far. */
    long steps() {
        return steps;
    }

    /** Exchanges pods until no node lacks anything, nothing helps or so many steps are taken; whether no node does. */
    boolean settle(long budget) {
        long lastStep = steps + budget;
        boolean helped = true;
        while (helped) {
            helped = false;
            for (Node node : nodes) {
                for (int item : Arrays.copyOf(node.items, node.kinds)) {
                    while (node.excess > 0 && steps < lastStep && relieve(node, item)) {
                        helped = true;
                    }
                }
            }
        }
        return excess() == 0;
    }

    /** Puts one of the item's pods elsewhere, where that takes most excess away; whether it did. */
    private boolean relieve(Node node, int item) {
        if (Arrays.stream(node.items, 0, node.kinds).noneMatch(each -> each == item)) {
            return false;
        }
        Node to = null;
        int back = NONE;
        double most = LEAST_GAIN * node.excess;
        for (Node other : nodes) {
            if (other == node || !other.openTo.get(demand.askOf(item))) {
                continue;
            }
            for (int kind = -1; kind < other.kinds; kind++) {
                int each = kind < 0 ? NONE : other.items[kind];
                double gain = node.excess + other.excess - excess(node, item, each);
                // What the other would lack is only looked at where the rest is promising.
                if (gain > most && (each == NONE || node.openTo.get(demand.askOf(each)))) {
                    gain -= excess(other, each, item);
                    if (gain > most) {
                        most = gain;
                        to = other;
                        back = each;
                    }
                }
            }
            steps += other.kinds + 1;
        }
        if (to == null) {
            return false;
        }
        change(node, item, back);
        change(to, back, item);
        return true;
    }

    /** What a node would lack without one pod and with another. */
    private double excess(Node node, int without, int with) {
        double excess = 0;
        for (int column = 0; column < columns; column++) {
            double free = node.free[column];
            free += without == NONE ? 0 : amounts[without * columns + column];
            free -= with == NONE ? 0 : amounts[with * columns + column];
            if (free < 0) {
                double share = free / node.capacity[column];
                excess += share * share;
            }
        }
        return excess;
    }

    private void change(Node node, int without, int with) {
        node.excess = excess(node, without, with);
        if (without != NONE) {
            node.change(without, -1);
        }
        if (with != NONE) {
            node.change(with, 1);
        }
        for (int column = 0; column < columns; column++) {
            node.free[column] += without == NONE ? 0 : amounts[without * columns + column];
            node.free[column] -= with == NONE ? 0 : amounts[with * columns + column];
        }
    }
}
