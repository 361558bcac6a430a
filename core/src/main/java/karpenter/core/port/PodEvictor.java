package karpenter.core.port;

import java.time.Duration;
import karpenter.core.cluster.PodKey;

/** Removes pods from nodes, politely or by force, always bound to the uid that was decided on. */
public interface PodEvictor {
    EvictionResult evict(PodKey pod, String uid);

    /** Deletes with this grace, at least one second. */
    EvictionResult delete(PodKey pod, String uid, Duration grace);

    /** What became of an eviction or deletion. {@code code} is the HTTP status for the metric. */
    sealed interface EvictionResult {
        int code();

        record Accepted(int code) implements EvictionResult {}

        /** The pod is gone, or another pod has its name: nothing left to do. */
        record Gone(int code) implements EvictionResult {}

        /** A disruption budget says not now; {@code multipleBudgets} when the server can't evict under several. */
        record Blocked(int code, boolean multipleBudgets, String message) implements EvictionResult {}

        record Failed(int code, String message) implements EvictionResult {}
    }
}
