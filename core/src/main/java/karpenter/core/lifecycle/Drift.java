package karpenter.core.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/** Whether a claim still is what its pool would launch today. */
public final class Drift {
    public static final String NODE_POOL_DRIFTED = "NodePoolDrifted";
    public static final String REQUIREMENTS_DRIFTED = "RequirementsDrifted";
    public static final String INSTANCE_TYPE_NOT_FOUND = "InstanceTypeNotFound";

    /** A provider's list may be late in showing a type; a young claim isn't judged by it. */
    private static final Duration LEAST_AGE_FOR_TYPES = Duration.ofHours(1);

    private Drift() {}

    /** How the pool's template has left the claim behind, or null. */
    public static @Nullable String fromPool(NodeClaim claim, NodePool pool) {
        if (templateChanged(claim.metadata().annotations(), pool.metadata().annotations())) {
            return NODE_POOL_DRIFTED;
        }
        Requirements wanted = Requirements.of(pool.spec().template().spec().requirements(), Labels.NORMALIZED);
        boolean fits = held(claim).compatible(wanted, Set.of()) == null;
        return fits ? null : REQUIREMENTS_DRIFTED;
    }

    /** Hashes of different versions say nothing about each other. */
    private static boolean templateChanged(Map<String, String> ofClaim, Map<String, String> ofPool) {
        String claimHash = ofClaim.get(Labels.NODE_POOL_HASH);
        String poolHash = ofPool.get(Labels.NODE_POOL_HASH);
        String claimVersion = ofClaim.get(Labels.NODE_POOL_HASH_VERSION);
        String poolVersion = ofPool.get(Labels.NODE_POOL_HASH_VERSION);
        return claimHash != null
                && poolHash != null
                && claimVersion != null
                && claimVersion.equals(poolVersion)
                && !claimHash.equals(poolHash);
    }

    /** Whether the claim is old enough for {@link #typeGone}. */
    public static boolean isTypeJudged(NodeClaim claim, Instant now) {
        Instant created = claim.metadata().creationTimestamp();
        return created != null && now.isAfter(created.plus(LEAST_AGE_FOR_TYPES));
    }

    /**
     * Whether the claim's instance type is no longer offered where and as the claim has it, available or not. A machine
     * that was bought from a reservation may outlive it, and its provider then calls it on-demand: which reservation it was
     * does not matter, and what is sold on demand will do.
     *
     * @param wellKnown label keys that offerings may have and the claim lack
     * @param reservation label keys that only machines from a reservation have
     */
    public static boolean typeGone(
            NodeClaim claim, List<InstanceType> types, Set<String> wellKnown, Set<String> reservation) {
        Requirements held = held(claim);
        for (String key : reservation) {
            held = held.without(key);
        }
        if (Labels.CAPACITY_TYPE_RESERVED.equals(claim.metadata().labels().get(Labels.CAPACITY_TYPE))) {
            held = held.with(Requirement.in(
                    Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_RESERVED, Labels.CAPACITY_TYPE_ON_DEMAND));
        }
        Set<String> mayLack = new HashSet<>(wellKnown);
        mayLack.addAll(reservation);
        String name = claim.metadata().labels().get(Labels.INSTANCE_TYPE);
        for (InstanceType type : types) {
            if (type.name().equals(name)) {
                Requirements kept = held;
                return type.offerings().stream()
                        .noneMatch(offering -> kept.compatible(offering.requirements(), mayLack) == null);
            }
        }
        return true;
    }

    private static Requirements held(NodeClaim claim) {
        return Requirements.ofLabels(claim.metadata().labels(), Labels.NORMALIZED);
    }
}
