package karpenter.core.scheduling;

import karpenter.core.cluster.PodShape;
import org.jspecify.annotations.Nullable;

/** What pods can ask that isn't planned for yet. A pod that asks for it is refused. */
final class UnsupportedTerms {
    private UnsupportedTerms() {}

    /** The hard constraint of a pod that isn't supported, or null. */
    static @Nullable String hardTerm(PodShape shape) {
        return shape.resourceClaims().isEmpty() ? null : "dynamic resource claims";
    }
}
