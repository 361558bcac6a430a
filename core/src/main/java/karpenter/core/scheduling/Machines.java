package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.core.cluster.NodeState;
import karpenter.core.topology.Topology;
import org.jspecify.annotations.Nullable;

/**
 * Finds existing machines for pods.
 *
 * <p><b>Problem.</b> Of the machines that admit a pod and have room, take the one that it fills best, without trying each.
 *
 * <p><b>Method.</b> For each {@link NodeAsk} the machines that admit it, initialized ones first, then the fullest first, then by
 * name, under a segment tree that holds the largest free amount of each resource in a range. The first {@value #LOOK} machines
 * with room are compared and the one with least left over wins; a booting machine is taken only when no initialized one has
 * room. Trees learn of each other's placements from a shared journal when they are next asked.
 *
 * <p><b>Complexity.</b> O(log machines) per placement as long as one resource decides; pods of a class that fit the same machine
 * are placed at once. A tree costs one check of labels and taints per machine and ask.
 *
 * <p><b>Differs from upstream.</b> Upstream takes the first machine by name; best fit leaves the emptiest free for what is large,
 * and for consolidation.
 */
final class Machines {
    private static final int LOOK = 16;

    private final List<ExistingMachine> byName;
    private final Map<String, ExistingMachine> byAnyName = new HashMap<>();
    private final Map<NodeAsk, Tree> trees = new HashMap<>();
    private final List<ExistingMachine> journal = new ArrayList<>();
    private final int columns;

    Machines(List<NodeState> states, Daemons daemons, ResourceColumns columns, PodVolumes volumes, Topology topology) {
        this.columns = columns.count();
        this.byName = states.stream()
                .sorted(Comparator.comparing(NodeState::name).thenComparing(NodeState::key))
                .map(state -> new ExistingMachine(
                        state, daemons, columns, volumes.attachedTo(state), topology.matesOn(state)))
                .toList();
        for (ExistingMachine machine : byName) {
            NodeState state = machine.state();
            byAnyName.put(state.name(), machine);
            if (state.claim() != null) {
                byAnyName.put(state.claim().name(), machine);
            }
        }
    }

    /** By name. */
    List<ExistingMachine> all() {
        return byName;
    }

    /** The machine whose Node or NodeClaim has that name, or null. */
    @Nullable
    ExistingMachine named(String name) {
        return byAnyName.get(name);
    }

    /** Places pods on a machine that was found otherwise. */
    void place(ExistingMachine machine, PodClass podClass, NodeAsk ask, int count) {
        machine.place(podClass, ask, count);
        journal.add(machine);
    }

    /** Places as many pods of the class as there is room for. */
    void place(PodClass podClass, NodeAsk ask) {
        if (byName.isEmpty() || podClass.unplaced() == 0) {
            return;
        }
        Tree tree = trees.computeIfAbsent(ask, Tree::new);
        tree.catchUp();
        while (podClass.unplaced() > 0) {
            ExistingMachine best = tree.best(podClass, ask);
            if (best == null) {
                return;
            }
            best.place(podClass, ask, best.holds(podClass, ask, podClass.unplaced()));
            journal.add(best);
            tree.catchUp();
        }
    }

    /** The machines that admit one ask, in order, with the largest free amounts of each range. */
    private final class Tree {
        private final List<ExistingMachine> order = new ArrayList<>();
        private final Map<ExistingMachine, Integer> positions = new HashMap<>();
        private final int leaves;
        private final long[] largest;
        private int known;

        Tree(NodeAsk ask) {
            byName.stream().filter(machine -> machine.admits(ask)).forEach(order::add);
            long[] nothing = new long[columns];
            Map<ExistingMachine, Double> emptiness = new HashMap<>();
            order.forEach(machine -> emptiness.put(machine, machine.leftAfter(nothing)));
            order.sort(Comparator.comparing((ExistingMachine machine) -> !machine.initialized())
                    .thenComparingDouble(machine -> emptiness.getOrDefault(machine, 0.0)));
            leaves = Math.max(1, Integer.highestOneBit(Math.max(1, order.size() - 1)) * 2);
            largest = new long[2 * leaves * columns];
            Arrays.fill(largest, -1);
            for (int position = 0; position < order.size(); position++) {
                positions.put(order.get(position), position);
                System.arraycopy(order.get(position).free(), 0, largest, (leaves + position) * columns, columns);
            }
            for (int node = leaves - 1; node > 0; node--) {
                merge(node);
            }
            known = journal.size();
        }

        private void merge(int node) {
            for (int column = 0; column < columns; column++) {
                largest[node * columns + column] =
                        Math.max(largest[2 * node * columns + column], largest[(2 * node + 1) * columns + column]);
            }
        }

        void catchUp() {
            for (; known < journal.size(); known++) {
                ExistingMachine changed = journal.get(known);
                Integer position = positions.get(changed);
                if (position != null) {
                    int node = leaves + position;
                    System.arraycopy(changed.free(), 0, largest, node * columns, columns);
                    for (node /= 2; node > 0; node /= 2) {
                        merge(node);
                    }
                }
            }
        }

        @Nullable
        ExistingMachine best(PodClass podClass, NodeAsk ask) {
            ExistingMachine best = null;
            double bestLeft = Double.POSITIVE_INFINITY;
            int looked = 0;
            for (int at = next(podClass.amounts(), 0);
                    at >= 0 && looked < LOOK;
                    at = next(podClass.amounts(), at + 1)) {
                ExistingMachine machine = order.get(at);
                if (best != null && best.initialized() && !machine.initialized()) {
                    break;
                }
                if (machine.holds(podClass, ask, 1) == 1) {
                    looked++;
                    double left = machine.leftAfter(podClass.amounts());
                    if (left < bestLeft) {
                        best = machine;
                        bestLeft = left;
                    }
                }
            }
            return best;
        }

        /** The first position from {@code from} on with room, or −1. */
        private int next(long[] amounts, int from) {
            return from >= leaves ? -1 : next(amounts, from, 1, 0, leaves);
        }

        private int next(long[] amounts, int from, int node, int start, int end) {
            if (end <= from || !ResourceColumns.fits(amounts, largest, node * columns)) {
                return -1;
            }
            if (end - start == 1) {
                return start;
            }
            int middle = (start + end) >>> 1;
            int left = next(amounts, from, 2 * node, start, middle);
            return left >= 0 ? left : next(amounts, from, 2 * node + 1, middle, end);
        }
    }
}
