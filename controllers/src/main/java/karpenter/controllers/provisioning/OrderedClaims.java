package karpenter.controllers.provisioning;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.runtime.Batcher;
import org.jspecify.annotations.Nullable;

/**
 * The claims that passes of this process ordered and that aren't launched yet. Their pods are known from the image's plans.
 *
 * <p>Once launched, a claim's machine is protected from voluntary disruption until its pods had time to arrive; a claim that
 * is gone before it was launched has its pods planned anew at once. Thread-safe.
 */
final class OrderedClaims {
    /** How long a launch may take before other pods are planned without waiting for it. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ClusterState state;
    private final Duration nominationWindow;
    private final Batcher<String> batcher;
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    /** @param batcher opens a batch for the pods of a claim that is gone */
    OrderedClaims(ClusterState state, Duration nominationWindow, Batcher<String> batcher) {
        this.state = state;
        this.nominationWindow = nominationWindow;
        this.batcher = batcher;
        state.listen(this::heard);
    }

    /** Notes a claim that was just created. */
    void add(NodeClaim claim) {
        names.add(claim.name());
        // The launch may have been quicker than this note.
        NodeClaim now = state.claim(claim.name());
        if (now == null) {
            gone(claim.name());
        } else {
            changed(now);
        }
    }

    private void heard(ClusterDelta delta) {
        switch (delta) {
            case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> changed(claim);
            case ClusterDelta.NodeClaimGone(String name, String uid) -> gone(name);
            default -> {
                // Nothing else tells of a launch.
            }
        }
    }

    private void changed(NodeClaim claim) {
        String providerId = claim.status().providerID();
        if (!providerId.isEmpty() && names.remove(claim.name())) {
            state.nominate(providerId, nominationWindow);
        }
    }

    private void gone(String name) {
        if (names.remove(name)) {
            batcher.trigger("nodeclaim/" + name);
        }
    }

    /** Those of the snapshot that are still to be launched and aren't given up. */
    Set<String> underway(ClusterSnapshot snapshot) {
        Set<String> underway = new HashSet<>();
        for (NodeClaim claim : snapshot.claims().values()) {
            if (names.contains(claim.name()) && isUnlaunched(claim)) {
                underway.add(claim.name());
            }
        }
        return Set.copyOf(underway);
    }

    /** Why no pass may run now, or null. */
    @Nullable
    String blocker(ClusterSnapshot snapshot, Instant now) {
        if (!snapshot.listed()) {
            return "the cluster is not listed yet";
        }
        for (NodeClaim claim : snapshot.claims().values()) {
            if (isUnlaunched(claim) && !(names.contains(claim.name()) && isOverdue(claim, now))) {
                return "NodeClaim " + claim.name() + " is not launched yet";
            }
        }
        return null;
    }

    private static boolean isUnlaunched(NodeClaim claim) {
        return claim.status().providerID().isEmpty() && !claim.metadata().deleting();
    }

    private static boolean isOverdue(NodeClaim claim, Instant now) {
        Instant created = claim.metadata().creationTimestamp();
        return created != null && Duration.between(created, now).compareTo(PATIENCE) > 0;
    }
}
