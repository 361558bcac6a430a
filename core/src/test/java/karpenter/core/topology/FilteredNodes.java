package karpenter.core.topology;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Taint;
import karpenter.core.topology.TopologyGroup.Kind;
import org.jspecify.annotations.Nullable;

/** Nodes with pods on them, and what kube-scheduler's filters say there. */
abstract class FilteredNodes {
    final TopologyFilters filters = new TopologyFilters();

    /** A node with these labels; of those that are open, the first value is the likeliest. */
    static final class Node extends Place {
        private final Map<String, List<String>> labels;
        private final List<Taint> taints;
        private final boolean stays;

        Node(Map<String, List<String>> labels, List<Taint> taints, boolean stays) {
            this.labels = labels;
            this.taints = taints;
            this.stays = stays;
        }

        static Node of(String... keysAndValues) {
            Map<String, List<String>> labels = new HashMap<>();
            for (int i = 0; i < keysAndValues.length; i += 2) {
                labels.put(keysAndValues[i], List.of(keysAndValues[i + 1].split("\\|")));
            }
            return new Node(labels, List.of(), true);
        }

        @Override
        protected @Nullable String label(String key) {
            List<String> values = labels.get(key);
            return values == null ? null : values.getFirst();
        }

        @Override
        protected Set<String> possible(String key) {
            List<String> values = labels.getOrDefault(key, List.of());
            return values.size() < 2 ? Set.of() : Set.copyOf(values);
        }

        @Override
        protected List<Taint> taints() {
            return taints;
        }

        @Override
        protected boolean stays() {
            return stays;
        }
    }

    static TopologyGroup group(
            int id, Kind kind, String key, int maxSkew, int minDomains, NodeFilter filter, boolean wish) {
        Selection nobody = new Selection(List.of());
        return new TopologyGroup(id, new TopologyGroup.Terms(kind, key, nobody, maxSkew, minDomains, filter, wish));
    }

    static Membership owner(TopologyGroup... groups) {
        return Membership.of(List.of(groups), List.of());
    }

    static Membership selected(TopologyGroup... groups) {
        return Membership.of(List.of(), List.of(groups));
    }

    static Membership both(TopologyGroup... groups) {
        return Membership.of(List.of(groups), List.of(groups));
    }

    Node node(String... keysAndValues) {
        return enter(Node.of(keysAndValues));
    }

    Node enter(Node node) {
        filters.enter(node);
        return node;
    }

    void put(Membership membership, int count, Node... nodes) {
        Arrays.stream(nodes).forEach(node -> filters.add(node, membership, count));
    }
}
