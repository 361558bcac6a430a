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
 * Pods that kube-scheduler has neither bound nor called unschedulable yet.
 *
 * <p>Problem: a Deployment's pods appear at once, but the scheduler judges them one after the other, and when it stalls for
 * longer than the batch's idle time, the batch closes over the first few: they get a small node, and the rest a second round.
 * So a batch stays open while pods that were just created wait for their judgement.
 *
 * <p>A pod counts only for a while after its creation: one with scheduling gates, or of a scheduler that isn't there, is never
 * judged. Thread-safe.
 */
final class UnjudgedPods {
    /** How long after its creation a pod may keep a batch open; the scheduler needs milliseconds, seconds in a storm. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private final TimeSource time;
    private final Map<String, Instant> createdByUid = new ConcurrentHashMap<>();

    UnjudgedPods(TimeSource time) {
        this.time = time;
    }

    void heard(ClusterDelta delta) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod)
            when isUnjudged(pod) && isYoung(pod.creationTimestamp()) ->
                createdByUid.put(pod.uid(), pod.creationTimestamp());
            case ClusterDelta.PodChanged(Pod pod) -> createdByUid.remove(pod.uid());
            case ClusterDelta.PodGone(PodKey key, String uid) -> createdByUid.remove(uid);
            default -> {
                // Nothing else is judged.
            }
        }
    }

    /** Whether a pod may become one that waits for capacity any moment. */
    boolean any() {
        Iterator<Instant> all = createdByUid.values().iterator();
        while (all.hasNext()) {
            if (isYoung(all.next())) {
                return true;
            }
            all.remove();
        }
        return false;
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
