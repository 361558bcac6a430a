package karpenter.core.cluster;

import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import org.jspecify.annotations.Nullable;

/**
 * What the core needs to know of any provider's NodeClass.
 *
 * @param ready its Ready condition, null when missing
 */
public record NodeClass(
        String group,
        String kind,
        ObjectMeta metadata,
        @Nullable Condition ready) implements KubernetesObject {}
