package karpenter.core.lifecycle;

import java.time.Duration;
import java.time.Instant;
import karpenter.api.Condition;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import org.jspecify.annotations.Nullable;

/** When a node has been left alone for long enough to be consolidated. */
public final class Consolidatability {
    private Consolidatability() {}

    /**
     * Since or from when the claim's node may be consolidated: {@code consolidateAfter} after pods last came or went, or
     * after it was initialized. Null when it may not be, whatever the time.
     */
    public static @Nullable Instant from(NodeClaim claim, NodePool pool) {
        Duration quiet = pool.spec().disruption().consolidateAfter().duration();
        Condition initialized = claim.condition(NodeClaim.INITIALIZED);
        if (quiet == null || pool.isStatic() || initialized == null || !initialized.isTrue()) {
            return null;
        }
        Instant lastPodEvent = claim.status().lastPodEventTime();
        Instant since = lastPodEvent == null ? initialized.lastTransitionTime() : lastPodEvent;
        return since == null ? null : since.plus(quiet);
    }
}
