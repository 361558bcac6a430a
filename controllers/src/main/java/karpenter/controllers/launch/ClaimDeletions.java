package karpenter.controllers.launch;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import karpenter.api.GoDuration;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Pod;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Metrics;

/** Asks for the deletion of NodeClaims that Karpenter itself wants gone, and counts each of them once as disrupted. */
public final class ClaimDeletions {
    /** Deletions remembered, so that a request that is repeated before the watch tells of the first isn't counted again. */
    private static final int REMEMBERED = 10_000;

    private final ObjectWriter<NodeClaim> claims;
    private final ClusterState state;
    private final Metrics.Counter disrupted;
    private final Metrics.Counter podsInitiated;
    private final Set<String> counted = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    });

    public ClaimDeletions(ObjectWriter<NodeClaim> claims, ClusterState state, Metrics metrics) {
        this.claims = claims;
        this.state = state;
        String[] labels = {"reason", "nodepool", "capacity_type", "consolidation_policy", "termination_mode"};
        this.disrupted = metrics.counter(
                "karpenter_nodeclaims_disrupted_total",
                "Number of nodeclaims disrupted in total by Karpenter. Labeled by reason the nodeclaim was disrupted, the owning nodepool, its capacity type, consolidation policy and termination mode.",
                labels);
        this.podsInitiated = metrics.counter(
                "karpenter_pods_disruption_initiated_total",
                "Number of pods on nodes whose disruption Karpenter has begun. Labeled as karpenter_nodeclaims_disrupted_total.",
                labels);
    }

    /**
     * Asks for deletion of exactly this claim (by uid).
     *
     * @param reason as metrics write it: {@code empty}, {@code expired}, {@code launch_timeout} and so on
     */
    public WriteResult<NodeClaim> delete(NodeClaim claim, String reason) {
        WriteResult<NodeClaim> result = claims.delete(claim);
        if (result instanceof WriteResult.Written<NodeClaim>
                && !claim.metadata().deleting()
                && first(claim)) {
            count(claim, reason);
        }
        return result;
    }

    private boolean first(NodeClaim claim) {
        synchronized (counted) {
            return counted.add(claim.metadata().uid());
        }
    }

    private void count(NodeClaim claim, String reason) {
        String poolName = claim.metadata().labels().getOrDefault(Labels.NODE_POOL, "");
        NodePool pool = state.nodePool(poolName);
        String[] labels = {
            reason,
            poolName,
            claim.metadata().labels().getOrDefault(Labels.CAPACITY_TYPE, ""),
            pool == null ? "" : pool.spec().disruption().consolidationPolicy(),
            terminationMode(claim)
        };
        disrupted.inc(labels);
        long pods = state.nodesOf(claim.status().providerID()).stream()
                .flatMap(node -> state.podsOn(node.name()).stream())
                .filter(Pod::reschedulable)
                .count();
        if (pods > 0) {
            podsInitiated.inc((double) pods, labels);
        }
    }

    /** graceful: pods are waited for without end; eventual: until the grace period is over; forceful: not at all. */
    private static String terminationMode(NodeClaim claim) {
        String grace = claim.spec().terminationGracePeriod();
        if (grace == null) {
            return "graceful";
        }
        Duration period = GoDuration.parse(grace);
        return period.isPositive() ? "eventual" : "forceful";
    }
}
