package karpenter.controllers.disruption;

import java.util.ArrayList;
import java.util.List;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.disruption.Candidate;
import karpenter.core.disruption.DisruptionReason;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.TimeSource;

/**
 * The two marks that a command leaves on a node in the API: the taint that keeps new pods away, and the condition on the claim
 * that says why. Both are lists, so that each write insists on the version it was computed from.
 */
final class DisruptionMarks {
    static final Taint TAINT = Taint.of(Labels.DISRUPTED_TAINT, "", Taint.NO_SCHEDULE);

    private final ClusterState state;
    private final ObjectWriter<Node> nodes;
    private final ObjectWriter<NodeClaim> claims;
    private final TimeSource time;

    DisruptionMarks(ClusterState state, ObjectWriter<Node> nodes, ObjectWriter<NodeClaim> claims, TimeSource time) {
        this.state = state;
        this.nodes = new ImageWriter<>(nodes, state);
        this.claims = new ImageWriter<>(claims, state);
        this.time = time;
    }

    /** How far a change of the marks came. */
    sealed interface Progress {
        /** Both marks are as they should be. */
        record Complete() implements Progress {}

        /** The node or the claim is gone. */
        record Gone() implements Progress {}

        /** Worth another try. */
        record Unfinished(boolean conflict, String why) implements Progress {}

        /** The API server will never take it. */
        record Impossible(String why) implements Progress {}
    }

    /** Sets what is missing of the marks. Safe to repeat. */
    Progress set(Candidate candidate, DisruptionReason reason) {
        Node node = state.node(candidate.node().name());
        NodeClaim claim = state.claim(candidate.claim().name());
        if (node == null || claim == null || isReplaced(node, claim, candidate)) {
            return new Progress.Gone();
        }
        if (!isTainted(node)) {
            List<Taint> taints = new ArrayList<>(node.taints());
            taints.add(TAINT);
            Progress tainted = progress(nodes.patch(node, node.withTaints(taints), Lock.RESOURCE_VERSION));
            if (!(tainted instanceof Progress.Complete)) {
                return tainted;
            }
        }
        Condition condition = claim.condition(NodeClaim.DISRUPTION_REASON);
        if (condition != null && condition.isTrue() && condition.reason().equals(reason.text())) {
            return new Progress.Complete();
        }
        NodeClaim marked = claim.withConditions(
                claim.conditions().setTrue(NodeClaim.DISRUPTION_REASON, reason.text(), reason.text(), time.instant()));
        return progress(claims.patchStatus(claim, marked, Lock.RESOURCE_VERSION));
    }

    private static boolean isReplaced(Node node, NodeClaim claim, Candidate candidate) {
        return !node.metadata().uid().equals(candidate.node().metadata().uid())
                || !claim.metadata().uid().equals(candidate.claim().metadata().uid());
    }

    /** Takes away what is there of the marks. Safe to repeat. */
    Progress clear(String nodeName, String claimName) {
        Node node = state.node(nodeName);
        if (node != null && isTainted(node)) {
            List<Taint> rest = node.taints().stream()
                    .filter(taint -> !taint.matches(TAINT))
                    .toList();
            Progress untainted = progress(nodes.patch(node, node.withTaints(rest), Lock.RESOURCE_VERSION));
            if (untainted instanceof Progress.Unfinished || untainted instanceof Progress.Impossible) {
                return untainted;
            }
        }
        NodeClaim claim = state.claim(claimName);
        if (claim != null && claim.condition(NodeClaim.DISRUPTION_REASON) != null) {
            NodeClaim cleared = claim.withConditions(claim.conditions().clear(NodeClaim.DISRUPTION_REASON));
            return progress(claims.patchStatus(claim, cleared, Lock.RESOURCE_VERSION));
        }
        return new Progress.Complete();
    }

    /** Whether the machine carries a mark. */
    static boolean isMarked(NodeState machine) {
        Node node = machine.node();
        NodeClaim claim = machine.claim();
        return (node != null && isTainted(node))
                || (claim != null && claim.condition(NodeClaim.DISRUPTION_REASON) != null);
    }

    private static boolean isTainted(Node node) {
        return node.taints().stream().anyMatch(TAINT::matches);
    }

    private static Progress progress(WriteResult<?> result) {
        return switch (result) {
            case WriteResult.Written<?> _ -> new Progress.Complete();
            case WriteResult.NotFound<?> _ -> new Progress.Gone();
            case WriteResult.Conflict<?>(String message) -> new Progress.Unfinished(true, message);
            case WriteResult.AlreadyExists<?> _ -> new Progress.Impossible("a patch answered that the object exists");
            case WriteResult.Refused<?>(int status, String message) ->
                new Progress.Impossible("the API server answered " + status + ": " + message);
            case WriteResult.Unavailable<?> unavailable -> new Progress.Unfinished(false, unavailable.message());
        };
    }
}
