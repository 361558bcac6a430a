package karpenter.core.topology;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.topology.TopologyGroup.Kind;

/** Decides whether a group counts a node, and in which of the group's domains the node may come to be. */
final class NodeInclusion {
    /** Of labels that are open, beyond which they aren't looked at one by one. */
    private static final int MOST_OUTCOMES = 256;

    private NodeInclusion() {}

    /** Whether a spread counts the node, its labels being the likeliest; other groups count each. */
    static boolean counts(TopologyGroup group, Place place) {
        NodeFilter filter = group.terms().filter();
        if (group.kind() != Kind.SPREAD || filter.equals(NodeFilter.ANY)) {
            return true;
        }
        return filter.counts(labels(filter, place), place.taints());
    }

    /** Whether the group may come to count the node in other domains, or not at all. */
    static boolean isOpen(TopologyGroup group, Place place) {
        if (group.kind() == Kind.SPREAD && !group.terms().filter().toleratesAll(place.taints())) {
            return false;
        }
        return place.possible(group.key()).size() > 1 || mayOrMayNotCount(group, place);
    }

    /** Whether it depends on labels that are still open whether the group counts the node. */
    static boolean mayOrMayNotCount(TopologyGroup group, Place place) {
        NodeFilter filter = group.terms().filter();
        if (filter.alternatives().isEmpty()) {
            return false;
        }
        List<String> open = filter.alternativeKeys().stream()
                .filter(key -> place.possible(key).size() > 1)
                .toList();
        if (open.isEmpty()) {
            return false;
        }
        List<Map<String, String>> outcomes = List.of(labels(filter, place));
        for (String key : open) {
            outcomes = outcomes.stream()
                    .flatMap(labels -> place.possible(key).stream().map(value -> with(labels, key, value)))
                    .toList();
            if (outcomes.size() > MOST_OUTCOMES) {
                return true;
            }
        }
        return outcomes.stream()
                        .map(labels -> filter.counts(labels, place.taints()))
                        .distinct()
                        .count()
                > 1;
    }

    /** The domains that the node may come to be in; one when its label is settled, none when it has no label. */
    static Set<String> domains(TopologyGroup group, Place place) {
        String value = place.label(group.key());
        Set<String> possible = place.possible(group.key());
        return possible.isEmpty() && value != null ? Set.of(value) : possible;
    }

    /** The likeliest, as far as the filter asks for them. */
    private static Map<String, String> labels(NodeFilter filter, Place place) {
        Set<String> keys = filter.alternativeKeys();
        keys.addAll(filter.keys());
        Map<String, String> labels = new HashMap<>();
        for (String key : keys) {
            String value = place.label(key);
            if (value != null) {
                labels.put(key, value);
            }
        }
        return labels;
    }

    private static Map<String, String> with(Map<String, String> labels, String key, String value) {
        Map<String, String> more = new HashMap<>(labels);
        more.put(key, value);
        return more;
    }
}
