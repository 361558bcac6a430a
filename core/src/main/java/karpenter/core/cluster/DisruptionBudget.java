package karpenter.core.cluster;

import karpenter.api.ObjectMeta;
import org.jspecify.annotations.Nullable;

/**
 * A PodDisruptionBudget.
 *
 * @param selector null selects nothing
 * @param fullyBlocking maxUnavailable is 0 or 0 %, or minAvailable is 100 %: no eviction can ever pass
 * @param alwaysAllowUnhealthy unhealthyPodEvictionPolicy is AlwaysAllow
 */
public record DisruptionBudget(
        ObjectMeta metadata,
        @Nullable LabelSelector selector,
        int disruptionsAllowed,
        boolean fullyBlocking,
        boolean alwaysAllowUnhealthy) {
    public boolean selects(Pod pod) {
        return selector != null
                && metadata.namespace().equals(pod.key().namespace())
                && selector.matches(pod.shape().labels());
    }
}
