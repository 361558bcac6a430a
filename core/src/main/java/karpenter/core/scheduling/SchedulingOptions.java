package karpenter.core.scheduling;

import java.util.Set;

/**
 * What governs a pass beyond the cluster itself.
 *
 * @param wellKnownLabels keys that pods may ask for although a pool doesn't mention them, the provider's included
 * @param respectPreferences whether preferred terms count until they stand in the way (PREFERENCE_POLICY)
 * @param relaxMinValues whether minValues that can't be met are lowered (MIN_VALUES_POLICY BestEffort) or forbid (Strict)
 * @param ignoreResourceClaims whether pods with dynamic resource claims are refused (IGNORE_DRA_REQUESTS)
 * @param mostInstanceTypes how many types a plan lists at most
 * @param unsupportedVolumes what storage the provider's nodes can't have
 */
public record SchedulingOptions(
        Set<String> wellKnownLabels,
        boolean respectPreferences,
        boolean relaxMinValues,
        boolean ignoreResourceClaims,
        int mostInstanceTypes,
        UnsupportedVolumes unsupportedVolumes) {
    /** Types on one claim at most; the clouds' launch APIs take no more. */
    public static final int MOST_INSTANCE_TYPES = 600;

    public SchedulingOptions {
        wellKnownLabels = Set.copyOf(wellKnownLabels);
    }

    /** With no storage that can't be had. */
    public SchedulingOptions(
            Set<String> wellKnownLabels,
            boolean respectPreferences,
            boolean relaxMinValues,
            boolean ignoreResourceClaims,
            int mostInstanceTypes) {
        this(
                wellKnownLabels,
                respectPreferences,
                relaxMinValues,
                ignoreResourceClaims,
                mostInstanceTypes,
                UnsupportedVolumes.NONE);
    }

    /** Upstream's defaults. */
    public static SchedulingOptions defaults(Set<String> wellKnownLabels) {
        return new SchedulingOptions(wellKnownLabels, true, false, true, MOST_INSTANCE_TYPES);
    }
}
