package karpenter.controllers.state;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * When the provisioner first saw each waiting pod, first decided about it, and first found a place for it. Only for metrics;
 * nothing decides by these times, and a restart forgets them. Threads: any.
 */
public final class PodSchedulingTimes {
    private final ConcurrentMap<PodKey, Times> byPod = new ConcurrentHashMap<>();
    private final TimeSource time;
    private final Metrics.Histogram decisionSeconds;

    /**
     * What is known of one pod.
     *
     * @param acknowledged when the provisioner first took it into a batch
     * @param decided when a pass first placed or rejected it
     * @param placed since when passes have found a place for it, null while they find none
     */
    public record Times(
            String uid,
            @Nullable Instant acknowledged,
            @Nullable Instant decided,
            @Nullable Instant placed) {}

    public PodSchedulingTimes(ClusterState state, ControllerContext context) {
        this.time = context.time();
        this.decisionSeconds = context.metrics()
                .histogram(
                        "karpenter_pods_scheduling_decision_duration_seconds",
                        "Time from when Karpenter first sees a waiting pod until it first decides whether and where the pod can run.",
                        Metrics.DURATION_BUCKETS);
        state.listen(delta -> {
            if (delta instanceof ClusterDelta.PodGone(PodKey key, String uid)) {
                forget(key, uid);
            } else if (delta instanceof ClusterDelta.PodChanged(Pod pod)
                    && pod.phase().terminal()) {
                forget(pod.key(), pod.uid());
            }
        });
    }

    /** The pod waits for capacity and will be in the next batch; only the first call for a pod counts. */
    public void acknowledged(Pod pod) {
        Instant now = time.instant();
        byPod.compute(pod.key(), (key, known) -> {
            Times times = timesOf(pod, known);
            return times.acknowledged() != null ? times : new Times(times.uid(), now, times.decided(), times.placed());
        });
    }

    /** A pass found a place for the pod, on a node that exists or is to be launched. A bound pod is passed over. */
    public void placed(Pod pod) {
        decided(pod, true);
    }

    /** A pass found no place for the pod. A bound pod is passed over. */
    public void rejected(Pod pod) {
        decided(pod, false);
    }

    /** What is known of the pod, or null. */
    public @Nullable Times of(PodKey key, String uid) {
        Times times = byPod.get(key);
        return times != null && times.uid().equals(uid) ? times : null;
    }

    /** The pod has started or is gone. */
    public void forget(PodKey key, String uid) {
        byPod.computeIfPresent(key, (k, times) -> times.uid().equals(uid) ? null : times);
    }

    private void decided(Pod pod, boolean found) {
        if (pod.bound()) {
            // Pods of leaving nodes are planned too; they were bound long before this pass.
            return;
        }
        Instant now = time.instant();
        byPod.compute(pod.key(), (key, known) -> {
            Times times = timesOf(pod, known);
            Instant first = times.decided();
            if (first == null) {
                first = now;
                observeDecision(times.acknowledged(), now);
            }
            Instant since = times.placed() == null ? now : times.placed();
            return new Times(times.uid(), times.acknowledged(), first, found ? since : null);
        });
    }

    private void observeDecision(@Nullable Instant acknowledged, Instant now) {
        if (acknowledged != null) {
            decisionSeconds.observe(Duration.between(acknowledged, now).toNanos() / 1e9);
        }
    }

    private static Times timesOf(Pod pod, @Nullable Times known) {
        return known != null && known.uid().equals(pod.uid()) ? known : new Times(pod.uid(), null, null, null);
    }
}
