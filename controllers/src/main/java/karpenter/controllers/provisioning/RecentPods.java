package karpenter.controllers.provisioning;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.runtime.TimeSource;

/**
 * Pods that have just come, and which of them kube-scheduler has neither bound nor called unschedulable yet.
 *
 * <p>Problem: a Deployment's pods appear at once, but the scheduler judges them one after the other. When it stalls for
 * longer than the batch's idle time, the batch closes over the first few: they get a small node, and the rest a second round.
 * And when it doesn't stall, the idle time that begins with the last judgement is spent waiting for pods that are all there.
 *
 * <p>Method: a batch's idle time runs from when the pods came, not from when they were judged. Pods of which a sibling was
 * judged belong to the batch unjudged, see {@link karpenter.core.cluster.ClusterSnapshot#pendingPods}; for others that were
 * just created a batch stays open until they are judged.
 *
 * <p>A pod counts only for a while after its creation: one of a scheduler that isn't there is never judged. Thread-safe.
 */
final class RecentPods {
    /** How long after its creation a pod may keep a batch open; the scheduler needs milliseconds, seconds in a storm. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private final TimeSource time;
    private final long idleNanos;
    private final Map<String, Recent> recentByUid = new ConcurrentHashMap<>();

    private record Recent(PodShape shape, Instant created, long heardNanos, boolean judged) {}

    /** @param idle how long a batch stays open after the last pod that belongs to it */
    RecentPods(TimeSource time, Duration idle) {
        this.time = time;
        this.idleNanos = idle.toNanos();
    }

    void heard(ClusterDelta delta) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod)
            when pod.unjudged() -> {
                if (isYoung(pod.creationTimestamp())) {
                    recentByUid.putIfAbsent(
                            pod.uid(), new Recent(pod.shape(), pod.creationTimestamp(), time.nanoTime(), false));
                }
            }
            case ClusterDelta.PodChanged(Pod pod)
            when pod.provisionable() ->
                recentByUid.computeIfPresent(
                        pod.uid(), (uid, recent) -> new Recent(recent.shape, recent.created, recent.heardNanos, true));
            case ClusterDelta.PodChanged(Pod pod) -> recentByUid.remove(pod.uid());
            case ClusterDelta.PodGone(PodKey key, String uid) -> recentByUid.remove(uid);
            default -> {
                // Nothing else is judged.
            }
        }
    }

    /**
     * Whether a pod may become one that waits for capacity any moment, or a sibling of one that waits has come so lately that
     * more can be expected.
     */
    boolean moreIsComing() {
        Set<PodShape> refused = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Recent> unjudged = new ArrayList<>();
        Iterator<Recent> all = recentByUid.values().iterator();
        while (all.hasNext()) {
            Recent recent = all.next();
            if (!isYoung(recent.created)) {
                all.remove();
            } else if (recent.judged) {
                refused.add(recent.shape);
            } else {
                unjudged.add(recent);
            }
        }
        long now = time.nanoTime();
        return unjudged.stream()
                .anyMatch(recent -> !refused.contains(recent.shape) || now - recent.heardNanos < idleNanos);
    }

    /** When the pod was first heard of, on the clock of the time source; now, when that is long ago or unknown. */
    long cameNanos(String uid) {
        Recent recent = recentByUid.get(uid);
        return recent != null && isYoung(recent.created) ? recent.heardNanos : time.nanoTime();
    }

    private boolean isYoung(Instant created) {
        return time.instant().isBefore(created.plus(PATIENCE));
    }
}
