package karpenter.core.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which Nodes, or which NodeClaims, bear a provider id; in order, since more than one means that something is wrong. */
final class NamesByProviderId {
    private final Map<String, Set<String>> names = new HashMap<>();

    /** An empty provider id links nothing: it must never match a node to a claim. */
    void link(String providerId, String name) {
        if (!providerId.isEmpty()) {
            names.computeIfAbsent(providerId, id -> new TreeSet<>()).add(name);
        }
    }

    void unlink(String providerId, String name) {
        names.computeIfPresent(providerId, (id, linked) -> {
            linked.remove(name);
            return linked.isEmpty() ? null : linked;
        });
    }

    /** None for an empty id. */
    Set<String> of(String providerId) {
        return names.getOrDefault(providerId, Set.of());
    }
}
