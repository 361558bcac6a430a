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
 * When each waiting pod was first seen to wait for capacity, when it was first decided on, and since when it has a place.
 *
 * <p>A pod is forgotten once it is bound, has ended or is gone, after the listeners of the image have heard of it. Memory only: after a restart every pod counts as undecided, which is how
 * the disruption loop knows that it must not yet take a node away from under a pod that waits for it. Thread-safe.
 */
public final class PodWaits {
    private final Map<String, Wait> byPodUid = new HashMap<>();
    private final TimeSource time;

    PodWaits(TimeSource time) {
        this.time = time;
    }

    /**
     * @param decidedAt null while no pass has placed or refused the pod
     * @param placedAt since when every pass has found a place for it, null while the latest found none
     */
    public record Wait(
            Instant since,
            @Nullable Instant decidedAt,
            @Nullable Instant placedAt) {}

    /** Notes that the pod waits, unless that is known. */
    public synchronized void acknowledge(String podUid) {
        byPodUid.computeIfAbsent(podUid, uid -> new Wait(time.instant(), null, null));
    }

    /**
     * Notes that a pass has placed or refused the pod; every pass that looks at a waiting pod says so.
     *
     * @param placed whether it found a place, on a node that exists or is to be launched
     * @return how long that took from when it was first seen to wait; null when it had been decided on before
     */
    public synchronized @Nullable Duration decide(String podUid, boolean placed) {
        Instant now = time.instant();
        Wait wait = byPodUid.getOrDefault(podUid, new Wait(now, null, null));
        Instant placedAt = wait.placedAt() == null ? now : wait.placedAt();
        Instant decidedAt = wait.decidedAt() == null ? now : wait.decidedAt();
        byPodUid.put(podUid, new Wait(wait.since(), decidedAt, placed ? placedAt : null));
        return wait.decidedAt() == null ? Duration.between(wait.since(), now) : null;
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
            case ClusterDelta.PodChanged(Pod pod)
            when pod.bound() || pod.phase().terminal() -> forget(pod.uid());
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
