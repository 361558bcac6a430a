package karpenter.core.cluster;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which pods name which Node, whether that exists or not. */
final class PodsByNode {
    private final Map<String, Set<PodKey>> keys = new HashMap<>();

    /** A pod that names no node is nowhere. */
    void link(@Nullable String nodeName, PodKey pod) {
        if (nodeName != null) {
            keys.computeIfAbsent(nodeName, name -> new HashSet<>()).add(pod);
        }
    }

    void unlink(@Nullable String nodeName, PodKey pod) {
        if (nodeName != null) {
            keys.computeIfPresent(nodeName, (name, linked) -> {
                linked.remove(pod);
                return linked.isEmpty() ? null : linked;
            });
        }
    }

    Set<PodKey> of(String nodeName) {
        return keys.getOrDefault(nodeName, Set.of());
    }
}
