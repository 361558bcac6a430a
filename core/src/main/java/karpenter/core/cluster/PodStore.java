package karpenter.core.cluster;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Pods by their names, and by those of the Nodes that they are bound to or awaited on, whether these exist or not. */
final class PodStore {
    private final Map<PodKey, Pod> pods = new HashMap<>();
    private final Map<String, Set<PodKey>> bound = new HashMap<>();
    private final Map<String, Set<PodKey>> awaited = new HashMap<>();

    @Nullable
    Pod find(PodKey key) {
        return pods.get(key);
    }

    void put(Pod pod) {
        remove(pod.key());
        pods.put(pod.key(), pod);
        link(bound, pod.nodeName(), pod.key());
        link(awaited, pod.awaitedOn(), pod.key());
    }

    void remove(PodKey key) {
        Pod pod = pods.remove(key);
        if (pod != null) {
            unlink(bound, pod.nodeName(), key);
            unlink(awaited, pod.awaitedOn(), key);
        }
    }

    private static void link(Map<String, Set<PodKey>> byNode, @Nullable String nodeName, PodKey key) {
        if (nodeName != null) {
            byNode.computeIfAbsent(nodeName, name -> new HashSet<>()).add(key);
        }
    }

    private static void unlink(Map<String, Set<PodKey>> byNode, @Nullable String nodeName, PodKey key) {
        if (nodeName != null) {
            byNode.computeIfPresent(nodeName, (name, keys) -> {
                keys.remove(key);
                return keys.isEmpty() ? null : keys;
            });
        }
    }

    /** All pods bound to that node by key, those that have ended included. */
    List<Pod> boundTo(String nodeName) {
        return of(bound, nodeName);
    }

    /** The pods for which the scheduler keeps room on that node, by key. */
    List<Pod> awaitedOn(String nodeName) {
        return of(awaited, nodeName);
    }

    private List<Pod> of(Map<String, Set<PodKey>> byNode, String nodeName) {
        return byNode.getOrDefault(nodeName, Set.of()).stream()
                .map(pods::get)
                .sorted(Comparator.comparing(Pod::key))
                .toList();
    }

    Map<PodKey, Pod> snapshot() {
        return Map.copyOf(pods);
    }
}
