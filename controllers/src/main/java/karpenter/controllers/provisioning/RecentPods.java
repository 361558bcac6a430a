package karpenter.controllers.provisioning;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.runtime.TimeSource;

/**
 * Pods that have just come, and which of them kube-scheduler has neither bound nor called unschedulable yet.
 *
 * <p>Problem: a Deployment's pods appear at once, but the scheduler judges them one after the other. When it stalls for
 * longer than the batch's idle time, the batch closes over the first few: they get a small node, and the rest a second round.
 * And when it doesn't stall, the idle time that begins with the last judgement is spent waiting for pods that are all there.
 *
 * <p>Method: a batch stays open while pods that were just created wait for their judgement, and its idle time runs from when
 * the pods came, not from when they were judged.
 *
 * <p>A pod counts only for a while after its creation: one with scheduling gates, or of a scheduler that isn't there, is never
 * judged. Thread-safe.
 */
final class RecentPods {
    /** How long after its creation a pod may keep a batch open; the scheduler needs milliseconds, seconds in a storm. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private final TimeSource time;
    private final Map<String, Recent> recentByUid = new ConcurrentHashMap<>();

    private record Recent(Instant created, long heardNanos, boolean judged) {}

    RecentPods(TimeSource time) {
        this.time = time;
    }

    void heard(ClusterDelta delta) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod)
            when isUnjudged(pod) -> {
                if (isYoung(pod.creationTimestamp())) {
                    recentByUid.putIfAbsent(pod.uid(), new Recent(pod.creationTimestamp(), time.nanoTime(), false));
                }
            }
            case ClusterDelta.PodChanged(Pod pod)
            when pod.provisionable() ->
                recentByUid.computeIfPresent(
                        pod.uid(), (uid, recent) -> new Recent(recent.created, recent.heardNanos, true));
            case ClusterDelta.PodChanged(Pod pod) -> recentByUid.remove(pod.uid());
            case ClusterDelta.PodGone(PodKey key, String uid) -> recentByUid.remove(uid);
            default -> {
                // Nothing else is judged.
            }
        }
    }

    /** Whether a pod may become one that waits for capacity any moment. */
    boolean anyUnjudged() {
        boolean any = false;
        Iterator<Recent> all = recentByUid.values().iterator();
        while (all.hasNext()) {
            Recent recent = all.next();
            if (!isYoung(recent.created)) {
                all.remove();
            } else if (!recent.judged) {
                any = true;
            }
        }
        return any;
    }

    /** When the pod was first heard of, on the clock of the time source; now, when that is long ago or unknown. */
    long cameNanos(String uid) {
        Recent recent = recentByUid.get(uid);
        return recent != null && isYoung(recent.created) ? recent.heardNanos : time.nanoTime();
    }

    private static boolean isUnjudged(Pod pod) {
        return !pod.bound()
                && !pod.unschedulable()
                && pod.nominatedNodeName() == null
                && !pod.terminating()
                && !pod.phase().terminal()
                && !pod.daemon()
                && !pod.mirror();
    }

    private boolean isYoung(Instant created) {
        return time.instant().isBefore(created.plus(PATIENCE));
    }
}
