package karpenter.core.lifecycle;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;

/**
 * From a registered claim to one whose Node can run what it was planned for: ready, free of taints that start-up brings, and
 * with the resources that were asked for.
 */
public final class Initialization {
    private Initialization() {}

    /** How far the Node is. */
    public sealed interface View {
        /** Not there yet: the claim with the condition that says what is missing. */
        record Waiting(NodeClaim claim) implements View {}

        /** Everything is there. */
        record Complete(Node node) implements View {}
    }

    /** Looks at the Node of a registered claim; the first thing missing is what the condition tells. */
    public static View look(NodeClaim claim, List<Node> nodes, Instant now) {
        if (!claim.isTrue(NodeClaim.REGISTERED)) {
            return new View.Waiting(claim);
        }
        if (claim.isTrue(NodeClaim.INITIALIZED)) {
            // What was reached once stays: a Node that becomes NotReady later doesn't become uninitialized.
            return new View.Waiting(claim.withConditions(claim.conditions().refresh(NodeClaim.INITIALIZED, now)));
        }
        if (nodes.size() != 1) {
            return waiting(claim, Registration.NODE_NOT_FOUND, Registration.NODE_NOT_FOUND_MESSAGE, now);
        }
        Node node = nodes.getFirst();
        if (!node.ready()) {
            return waiting(claim, "NodeNotReady", "Node status is NotReady", now);
        }
        for (Taint taint : node.taints()) {
            if (claim.spec().startupTaints().stream().anyMatch(taint::matches)) {
                return waiting(claim, "StartupTaintsExist", "StartupTaint \"" + taint.text() + "\" still exists", now);
            }
        }
        for (Taint taint : node.taints()) {
            if (NodeState.isEphemeral(taint)) {
                return waiting(
                        claim,
                        "KnownEphemeralTaintsExist",
                        "KnownEphemeralTaint \"" + taint.text() + "\" still exists",
                        now);
            }
        }
        for (Map.Entry<String, Quantity> requested :
                new TreeMap<>(claim.spec().resources().requests()).entrySet()) {
            if (requested.getValue().amount().signum() != 0
                    && node.allocatable().get(requested.getKey()) == 0) {
                return waiting(
                        claim,
                        "ResourceNotRegistered",
                        "Resource \"" + requested.getKey() + "\" was requested but not registered",
                        now);
            }
        }
        return new View.Complete(node);
    }

    /** The Node labelled as initialized. */
    public static Node labelled(Node node) {
        return node.withMetadata(node.metadata().withLabel(Labels.INITIALIZED, "true"));
    }

    /** The claim of an initialized Node. */
    public static NodeClaim completed(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions().setTrue(NodeClaim.INITIALIZED, now));
    }

    private static View waiting(NodeClaim claim, String reason, String message, Instant now) {
        return new View.Waiting(
                claim.withConditions(claim.conditions().setUnknown(NodeClaim.INITIALIZED, reason, message, now)));
    }
}
