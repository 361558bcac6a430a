package karpenter.core.lifecycle;

import java.time.Duration;
import java.time.Instant;
import karpenter.core.cluster.Pod;
import org.jspecify.annotations.Nullable;

/** What pods do to the time since a node was last busy: they come, and they end. Daemons and static pods don't count. */
public final class PodEvents {
    /** Closer events than this are one event. */
    private static final Duration APART = Duration.ofSeconds(10);

    private PodEvents() {}

    /** How far a pod is, in the order in which that goes. */
    public enum Stage {
        UNBOUND,
        BOUND,
        ENDING
    }

    public static Stage stage(Pod pod) {
        if (!pod.bound() || pod.daemon() || pod.mirror()) {
            return Stage.UNBOUND;
        }
        return pod.terminating() || pod.phase().terminal() ? Stage.ENDING : Stage.BOUND;
    }

    /**
     * When a pod that was met as it is reached its stage, as far as it shows that: its start for one that was bound, the
     * request for its deletion for one that is being deleted. Null for one that has ended, which doesn't say when.
     */
    public static @Nullable Instant reached(Pod pod) {
        Instant end = pod.deletionTimestamp();
        if (end != null) {
            return end.minusSeconds(pod.shape().terminationGracePeriodSeconds());
        }
        if (pod.phase().terminal()) {
            return null;
        }
        Instant started = pod.startTime();
        return started == null ? pod.creationTimestamp() : started;
    }

    /** Whether an event at that time is worth a write. */
    public static boolean isNews(@Nullable Instant last, Instant event) {
        return last == null || !event.isBefore(last.plus(APART));
    }
}
