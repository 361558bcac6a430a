package karpenter.core.scheduling;

import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.cluster.NodeState;
import karpenter.core.topology.Membership;
import karpenter.core.topology.Place;
import karpenter.core.topology.Topology;
import org.jspecify.annotations.Nullable;

/** A node of a finished plan as {@link karpenter.core.topology.TopologyFilters} see it. */
abstract sealed class Site extends Place {
    @Override
    protected abstract @Nullable String label(String key);

    /** None on a node that is there. */
    @Override
    protected Set<String> possible(String key) {
        return Set.of();
    }

    /** The groups by which others see pods of a class, whichever alternative they came under. */
    static Membership groups(PodClass share) {
        return share.root().asks().getLast().groups();
    }

    final void addIfAny(Membership membership) {
        if (!membership.equals(Membership.NONE)) {
            add(membership, 1);
        }
    }

    /** A machine that stays, with the pods that run there, that DaemonSets are still to put there, and that the plan does. */
    static final class OfMachine extends Site {
        private final ExistingMachine machine;

        OfMachine(ExistingMachine machine, Topology topology, Daemons daemons) {
            this.machine = machine;
            NodeState state = machine.state();
            topology.runningOn(state).forEach(this::add);
            daemons.toComeOn(state).forEach(shape -> addIfAny(topology.ofDaemon(shape)));
            machine.shares().forEach((share, count) -> add(groups(share), count));
            machine.kept().forEach((podClass, count) -> add(groups(podClass), count));
        }

        ExistingMachine machine() {
            return machine;
        }

        @Override
        protected @Nullable String label(String key) {
            return machine.labels().get(key);
        }

        @Override
        protected List<Taint> taints() {
            return machine.state().taints();
        }
    }

    /** A machine that pods leave: those that stay for now still count. */
    static final class OfLeavingMachine extends Site {
        private final NodeState state;

        OfLeavingMachine(NodeState state, Topology topology) {
            this.state = state;
            topology.runningOn(state).forEach(this::add);
        }

        @Override
        protected @Nullable String label(String key) {
            return key.equals(Labels.HOSTNAME)
                    ? state.labels().getOrDefault(key, state.name())
                    : state.labels().get(key);
        }

        @Override
        protected List<Taint> taints() {
            return state.taints();
        }

        @Override
        protected boolean stays() {
            return false;
        }
    }

    /** The rows by the value that a node has for a key, found once for all nodes that are narrowed so. */
    static final class RowsByValue {
        private final IdentityHashMap<Narrowing, Map<String, Map<String, BitSet>>> known = new IdentityHashMap<>();

        Map<String, BitSet> of(PoolTemplate template, Narrowing narrowing, String key) {
            return known.computeIfAbsent(narrowing, fresh -> new HashMap<>())
                    .computeIfAbsent(key, fresh -> Cells.rowsByValue(template, narrowing, key));
        }
    }

    /** A node to be bought. */
    static final class OfNode extends Site {
        private final String hostname;
        private final PoolTemplate template;
        private final Narrowing narrowing;
        private final BitSet rows;
        private final int row;
        private final RowsByValue rowsByValue;
        private final Map<String, Set<String>> possible = new HashMap<>();
        private @Nullable Map<String, String> labels;

        /**
         * @param rows that it may be bought by
         * @param row of these, the likeliest
         */
        OfNode(
                String hostname,
                PoolTemplate template,
                Narrowing narrowing,
                BitSet rows,
                int row,
                RowsByValue rowsByValue) {
            this.rowsByValue = rowsByValue;
            this.hostname = hostname;
            this.template = template;
            this.narrowing = narrowing;
            this.rows = rows;
            this.row = row;
        }

        String hostname() {
            return hostname;
        }

        Narrowing narrowing() {
            return narrowing;
        }

        /** The rows that it may be bought by; not to be changed. */
        BitSet rows() {
            return rows;
        }

        /** The likeliest labels, as far as they are known beforehand; not to be changed. */
        Map<String, String> labels() {
            if (labels == null) {
                labels = Cells.labels(template, narrowing, row);
            }
            return labels;
        }

        @Override
        protected @Nullable String label(String key) {
            return key.equals(Labels.HOSTNAME) ? hostname : labels().get(key);
        }

        @Override
        protected Set<String> possible(String key) {
            return key.equals(Labels.HOSTNAME) ? Set.of() : possible.computeIfAbsent(key, this::find);
        }

        private Set<String> find(String key) {
            Set<String> values = new TreeSet<>();
            rowsByValue.of(template, narrowing, key).forEach((value, having) -> {
                if (having.intersects(rows)) {
                    values.add(value);
                }
            });
            return values;
        }

        @Override
        protected List<Taint> taints() {
            return template.taints();
        }
    }
}
