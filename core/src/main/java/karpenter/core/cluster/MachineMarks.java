package karpenter.core.cluster;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is known of machines beyond the API server's objects: who is about to leave, and what is promised to whom. */
final class MachineMarks {
    private final Set<String> leaving = new HashSet<>();
    private final Map<String, Instant> nominatedUntil = new HashMap<>();
    /** By what plans call a machine, its NodeClaim or Node: how many pods' room buffers keep there. */
    private Map<String, Integer> bufferPods = Map.of();

    /** Answers whether that is news for any of the machines. */
    boolean mark(Collection<String> keys, boolean leave) {
        return leave ? leaving.addAll(keys) : leaving.removeAll(keys);
    }

    boolean leaving(String key) {
        return leaving.contains(key);
    }

    void nominate(String key, Instant until) {
        nominatedUntil.merge(key, until, (a, b) -> a.isAfter(b) ? a : b);
    }

    /** Answers whether there was a nomination. */
    boolean release(String key) {
        return nominatedUntil.remove(key) != null;
    }

    @Nullable
    Instant nominatedUntil(String key) {
        return nominatedUntil.get(key);
    }

    /**
     * Replaces what was said before.
     *
     * @return the targets for which something else is said now
     */
    Set<String> holdForBuffers(Map<String, Integer> podsByTarget) {
        Set<String> targets = new HashSet<>(bufferPods.keySet());
        targets.addAll(podsByTarget.keySet());
        targets.removeIf(target -> bufferPods(target) == podsByTarget.getOrDefault(target, 0));
        bufferPods = Map.copyOf(podsByTarget);
        return targets;
    }

    int bufferPods(String target) {
        return bufferPods.getOrDefault(target, 0);
    }

    /** Forgets a machine that is gone. */
    void forget(String key) {
        leaving.remove(key);
        nominatedUntil.remove(key);
    }
}
