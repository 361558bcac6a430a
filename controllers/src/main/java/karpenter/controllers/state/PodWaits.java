package karpenter.controllers.state;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Pod;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * When each waiting pod was first seen to wait for capacity, and when it was first decided on.
 *
 * <p>A pod is forgotten once it is bound or gone. Memory only: after a restart every pod counts as undecided, which is how
 * the disruption loop knows that it must not yet take a node away from under a pod that waits for it. Thread-safe.
 */
public final class PodWaits {
    private final Map<String, Wait> byPodUid = new HashMap<>();
    private final TimeSource time;

    PodWaits(TimeSource time) {
        this.time = time;
    }

    /** @param decidedAt null while no pass has placed or refused the pod */
    public record Wait(Instant since, @Nullable Instant decidedAt) {}

    /** Notes that the pod waits, unless that is known. */
    public synchronized void acknowledge(String podUid) {
        byPodUid.computeIfAbsent(podUid, uid -> new Wait(time.instant(), null));
    }

    /**
     * Notes that a pass has placed or refused the pod.
     *
     * @return how long that took from when it was first seen to wait; null when it had been decided on before
     */
    public synchronized @Nullable Duration decide(String podUid) {
        Instant now = time.instant();
        Wait wait = byPodUid.getOrDefault(podUid, new Wait(now, null));
        if (wait.decidedAt() != null) {
            return null;
        }
        byPodUid.put(podUid, new Wait(wait.since(), now));
        return Duration.between(wait.since(), now);
    }

    /** What is known of the pod, or null when it was never seen to wait. */
    public synchronized @Nullable Wait of(String podUid) {
        return byPodUid.get(podUid);
    }

    public boolean decided(String podUid) {
        Wait wait = of(podUid);
        return wait != null && wait.decidedAt() != null;
    }

    void follow(ClusterDelta delta) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod) when pod.bound() -> forget(pod.uid());
            case ClusterDelta.PodGone(var key, String uid) -> forget(uid);
            default -> {
                // Nothing else ends a wait.
            }
        }
    }

    private synchronized void forget(String podUid) {
        byPodUid.remove(podUid);
    }
}
