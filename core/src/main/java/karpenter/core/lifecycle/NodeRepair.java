package karpenter.core.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes are sick enough to be replaced, and whether so few are that it is the nodes and not the cluster. Up to a fifth
 * of the nodes, rounded up, may be sick for repair to go on.
 */
public final class NodeRepair {
    private static final int SICK_PER_NODES = 5;

    private NodeRepair() {}

    /**
     * One way for a node to be sick.
     *
     * @param toleration how long it may be before the node is replaced
     */
    public record Symptom(String conditionType, String conditionStatus, Duration toleration) {
        boolean shows(Node node) {
            Condition condition = node.condition(conditionType);
            return condition != null && condition.status().equals(conditionStatus);
        }
    }

    /** @param until when the node has been sick for too long */
    public record Sickness(String conditionType, Instant until) {}

    /** The sickness whose time is up first, or null for a node without any. */
    public static @Nullable Sickness of(Node node, List<Symptom> symptoms) {
        Sickness first = null;
        for (Symptom symptom : symptoms) {
            Condition condition = node.condition(symptom.conditionType());
            Instant since = condition == null ? null : condition.lastTransitionTime();
            if (since == null || !symptom.shows(node)) {
                continue;
            }
            Instant until = since.plus(symptom.toleration());
            if (first == null || until.isBefore(first.until())) {
                first = new Sickness(symptom.conditionType(), until);
            }
        }
        return first;
    }

    /** Whether so few of the nodes show a symptom that single nodes may be replaced. */
    public static boolean isWellEnough(Collection<Node> nodes, List<Symptom> symptoms) {
        long sick = nodes.stream()
                .filter(node -> symptoms.stream().anyMatch(symptom -> symptom.shows(node)))
                .count();
        return sick <= Math.ceilDiv(nodes.size(), SICK_PER_NODES);
    }

    /** The claim with a deadline that has come; an earlier one stays. */
    public static NodeClaim forced(NodeClaim claim, Instant now) {
        Instant deadline = TerminationDeadline.of(claim);
        if (deadline != null && deadline.isBefore(now)) {
            return claim;
        }
        return claim.withMetadata(
                claim.metadata().withAnnotation(Labels.TERMINATION_TIMESTAMP, TerminationDeadline.text(now)));
    }
}
