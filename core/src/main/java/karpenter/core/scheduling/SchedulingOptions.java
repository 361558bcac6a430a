package karpenter.core.scheduling;

import java.util.List;
import java.util.Set;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;

/**
 * What governs a pass beyond the cluster itself.
 *
 * @param wellKnownLabels keys that pods may ask for although a pool doesn't mention them, the provider's included
 * @param respectPreferences whether preferred terms count until they stand in the way (PREFERENCE_POLICY)
 * @param relaxMinValues whether minValues that can't be met are lowered (MIN_VALUES_POLICY BestEffort) or forbid (Strict)
 * @param ignoreResourceClaims whether pods with dynamic resource claims are refused (IGNORE_DRA_REQUESTS)
 * @param mostInstanceTypes how many types a plan lists at most
 * @param unsupportedVolumes what storage the provider's nodes can't have
 * @param defaultConstraints for pods without spread constraints of their own (SCHEDULER_CONFIG), without selectors
 * @param reservationLabels keys that only machines from a capacity reservation have, its id above all
 * @param packing how pods are packed onto new nodes
 * @param objective what is made small
 */
public record SchedulingOptions(
        Set<String> wellKnownLabels,
        boolean respectPreferences,
        boolean relaxMinValues,
        boolean ignoreResourceClaims,
        int mostInstanceTypes,
        UnsupportedVolumes unsupportedVolumes,
        List<TopologySpreadConstraint> defaultConstraints,
        Set<String> reservationLabels,
        Packing packing,
        Objective objective) {
    /** Types on one claim at most; the clouds' launch APIs take no more. */
    public static final int MOST_INSTANCE_TYPES = 600;

    public SchedulingOptions {
        wellKnownLabels = Set.copyOf(wellKnownLabels);
        defaultConstraints = List.copyOf(defaultConstraints);
        reservationLabels = Set.copyOf(reservationLabels);
    }

    /** With no storage that can't be had, no default constraints, packed at the least price. */
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
                UnsupportedVolumes.NONE,
                List.of(),
                Set.of(),
                Packing.COST,
                Objective.PRICE);
    }

    /** These options with another way of packing. */
    public SchedulingOptions withPacking(Packing other) {
        return with(other, objective);
    }

    /** These options with another objective. */
    public SchedulingOptions withObjective(Objective other) {
        return with(packing, other);
    }

    private SchedulingOptions with(Packing newPacking, Objective newObjective) {
        return new SchedulingOptions(
                wellKnownLabels,
                respectPreferences,
                relaxMinValues,
                ignoreResourceClaims,
                mostInstanceTypes,
                unsupportedVolumes,
                defaultConstraints,
                reservationLabels,
                newPacking,
                newObjective);
    }
}
