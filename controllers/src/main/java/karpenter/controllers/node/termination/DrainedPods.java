package karpenter.controllers.node.termination;

import java.util.List;
import karpenter.api.Condition;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.runtime.Metrics;

/** Counts the pods that were made to leave nodes, with the reason why. */
final class DrainedPods {
    private static final String FORCEFUL = "Forceful Termination";

    private final ClusterState state;
    private final Metrics.Counter drained;

    DrainedPods(ClusterState state, Metrics metrics) {
        this.state = state;
        this.drained = metrics.counter(
                "karpenter_pods_drained_total",
                "The total number of pods drained during node termination by Karpenter",
                "reason");
    }

    /** Counts one pod; answers the reason. */
    String count(Pod pod) {
        String reason = reason(pod);
        drained.inc(reason);
        return reason;
    }

    /** Why the pod's node goes: the voluntary disruption behind it, or empty when nobody can tell any more. */
    private String reason(Pod pod) {
        String nodeName = pod.nodeName();
        Node node = nodeName == null ? null : state.node(nodeName);
        List<NodeClaim> claims = node == null ? List.of() : state.claimsOf(node.providerId());
        if (claims.size() != 1) {
            return "";
        }
        Condition disruption = claims.getFirst().condition(NodeClaim.DISRUPTION_REASON);
        return disruption != null && disruption.isTrue() ? disruption.reason() : FORCEFUL;
    }
}
