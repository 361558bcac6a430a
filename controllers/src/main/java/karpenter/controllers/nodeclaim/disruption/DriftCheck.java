package karpenter.controllers.nodeclaim.disruption;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.DriftResult;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.core.catalog.InstanceType;
import karpenter.core.lifecycle.Drift;

/** Asks everybody who can tell whether a claim has drifted; the first who says so is believed. */
final class DriftCheck {
    private static final Duration TYPES_CHECKED_EVERY = Duration.ofMinutes(30);

    private final CloudProvider cloud;
    private final Set<String> wellKnown;
    private final Map<String, Instant> typeCheckedByClaimUid = new ConcurrentHashMap<>();

    DriftCheck(CloudProvider cloud) {
        this.cloud = cloud;
        Set<String> known = new HashSet<>(Labels.WELL_KNOWN);
        known.addAll(cloud.labels().wellKnown());
        this.wellKnown = Set.copyOf(known);
    }

    /** What is known about a claim. */
    sealed interface Finding {
        record NotDrifted() implements Finding {}

        record Drifted(String reason) implements Finding {}

        /** The provider can't tell just now: what is known stays. */
        record Unclear(String why) implements Finding {}
    }

    Finding of(NodeClaim claim, NodePool pool, Instant now) {
        String fromPool = Drift.fromPool(claim, pool);
        if (fromPool != null) {
            return new Finding.Drifted(fromPool);
        }
        if (isTypeGone(claim, pool, now)) {
            return new Finding.Drifted(Drift.INSTANCE_TYPE_NOT_FOUND);
        }
        return switch (cloud.drift(claim)) {
            case DriftResult.NotDrifted _ -> new Finding.NotDrifted();
            case DriftResult.Gone _ -> new Finding.NotDrifted();
            case DriftResult.Drifted(String reason) -> new Finding.Drifted(reason);
            case DriftResult.Failed(String message) -> new Finding.Unclear(message);
        };
    }

    private boolean isTypeGone(NodeClaim claim, NodePool pool, Instant now) {
        String uid = claim.metadata().uid();
        Instant checked = typeCheckedByClaimUid.get(uid);
        boolean fresh = checked != null && now.isBefore(checked.plus(TYPES_CHECKED_EVERY));
        if (fresh || !Drift.isTypeJudged(claim, now)) {
            return false;
        }
        return switch (cloud.instanceTypes(pool)) {
            case InstanceTypesResult.Found(List<InstanceType> types) -> {
                boolean gone =
                        Drift.typeGone(claim, types, wellKnown, cloud.labels().reservation());
                if (!gone) {
                    typeCheckedByClaimUid.put(uid, now);
                }
                yield gone;
            }
            // Nobody knows the types now; the next look tells.
            case InstanceTypesResult.Failed _ -> false;
            case InstanceTypesResult.NotEvaluated _ -> false;
        };
    }

    void forget(String claimUid) {
        typeCheckedByClaimUid.remove(claimUid);
    }
}
