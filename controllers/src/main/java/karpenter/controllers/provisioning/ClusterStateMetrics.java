package karpenter.controllers.provisioning;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.TimeSource;

/** The image's own gauges, computed when they are asked for; of several replicas only the leader shows them. */
final class ClusterStateMetrics {
    private ClusterStateMetrics() {}

    static void register(ControllerContext context, ClusterState state) {
        TimeSource time = context.time();
        Instant start = time.instant();
        context.leaderGauge(
                "karpenter_cluster_state_node_count",
                "Current count of nodes in cluster state",
                List.of(),
                sink -> sink.put(state.snapshot().machines().size()));
        context.leaderGauge(
                "karpenter_cluster_state_synced",
                "Returns 1 if cluster state is synced and 0 otherwise. Synced checks that nodeclaims and nodes that are stored in the APIServer have the same representation as Karpenter's cluster state",
                List.of(),
                sink -> sink.put(state.snapshot().synced() ? 1 : 0));
        context.leaderGauge(
                "karpenter_cluster_state_unsynced_time_seconds",
                "The time for which cluster state is not synced",
                List.of(),
                sink -> sink.put(
                        unsynced(state.snapshot(), start, time.instant()).toMillis() / 1000.0));
    }

    /** Since the start until all is listed, then since the oldest claim that isn't launched. */
    static Duration unsynced(ClusterSnapshot snapshot, Instant start, Instant now) {
        if (!snapshot.listed()) {
            return Duration.between(start, now);
        }
        Instant oldest = now;
        for (NodeClaim claim : snapshot.claims().values()) {
            Instant created = claim.metadata().creationTimestamp();
            if (claim.status().providerID().isEmpty() && created != null && created.isBefore(oldest)) {
                oldest = created;
            }
        }
        return Duration.between(oldest, now);
    }
}
