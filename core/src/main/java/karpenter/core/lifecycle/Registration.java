package karpenter.core.lifecycle;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.OwnerReference;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;

/**
 * From a launched claim to one whose Node has joined and carries what the claim says.
 *
 * <p>Method: {@link #look} finds the Node; {@link #synced} lays the claim over it and may be repeated; {@link #registered} is
 * the last change to the Node, {@link #completed} the last to the claim. The Node is written first, so that a claim which
 * says Registered has a Node which is.
 *
 * <p>Differs from upstream: two Nodes of one provider id are looked at again in each pass, so that the claim recovers when
 * one of them goes. A Node that is being deleted before it was registered doesn't count.
 */
public final class Registration {
    static final String NODE_NOT_FOUND = "NodeNotFound";
    static final String NODE_NOT_FOUND_MESSAGE = "Node not registered with cluster";
    private static final String MULTIPLE_NODES_FOUND = "MultipleNodesFound";
    private static final String HOOK_PENDING = "RegistrationHookPending";
    private static final Taint UNREGISTERED = Taint.of(Labels.UNREGISTERED_TAINT, "", Taint.NO_EXECUTE);

    private Registration() {}

    /** What is there to register. */
    public sealed interface View {
        /** Nothing, or too much: the claim with the condition that says so. */
        record Waiting(NodeClaim claim) implements View {}

        /** @param taintMissing whether the Node joined without the taint that keeps pods away until it is registered */
        record Joined(Node node, boolean taintMissing) implements View {}
    }

    /** Looks for the claim's Node among those of its provider id. */
    public static View look(NodeClaim claim, List<Node> nodes, Instant now) {
        List<Node> staying =
                nodes.stream().filter(node -> !node.metadata().deleting()).toList();
        if (!claim.isTrue(NodeClaim.LAUNCHED) || staying.isEmpty()) {
            return new View.Waiting(claim.withConditions(
                    claim.conditions().setUnknown(NodeClaim.REGISTERED, NODE_NOT_FOUND, NODE_NOT_FOUND_MESSAGE, now)));
        }
        if (staying.size() > 1) {
            return new View.Waiting(claim.withConditions(claim.conditions()
                    .setFalse(
                            NodeClaim.REGISTERED,
                            MULTIPLE_NODES_FOUND,
                            "Invariant violated, matched multiple nodes",
                            now)));
        }
        Node node = staying.getFirst();
        return new View.Joined(node, !isRegistered(node) && !hasTaint(node, UNREGISTERED));
    }

    /** Whether the Node has been registered. */
    public static boolean isRegistered(Node node) {
        return "true".equals(node.metadata().labels().get(Labels.REGISTERED));
    }

    /** The Node with the claim's labels, annotations, taints, our finalizer and the claim as its owner. */
    public static Node synced(NodeClaim claim, Node node) {
        ObjectMeta metadata = node.metadata();
        metadata = metadata.withLabels(over(metadata.labels(), claim.metadata().labels()))
                .withAnnotations(over(metadata.annotations(), claim.metadata().annotations()))
                .withFinalizer(Labels.TERMINATION_FINALIZER)
                .withOwnerReferences(ownedBy(claim, metadata.ownerReferences()));
        boolean keepTaints = "true".equals(metadata.labels().get(Labels.DO_NOT_SYNC_TAINTS));
        return node.withMetadata(metadata).withTaints(keepTaints ? node.taints() : withTaintsOf(claim, node));
    }

    /** The synced Node once every hook is done: labelled as registered, open for pods. */
    public static Node registered(Node synced) {
        return synced.withMetadata(synced.metadata().withLabel(Labels.REGISTERED, "true"))
                .withTaints(synced.taints().stream()
                        .filter(taint -> !taint.matches(UNREGISTERED))
                        .toList());
    }

    /** The claim while hooks are pending. */
    public static NodeClaim pending(NodeClaim claim, Collection<String> hooks, Instant now) {
        return claim.withConditions(
                claim.conditions().setUnknown(NodeClaim.REGISTERED, HOOK_PENDING, String.join(", ", hooks), now));
    }

    /** The claim of a registered Node. */
    public static NodeClaim completed(NodeClaim claim, Node node, Instant now) {
        NodeClaim named = claim.withStatus(claim.status().withNodeName(node.name()));
        return named.withConditions(named.conditions().setTrue(NodeClaim.REGISTERED, now));
    }

    private static Map<String, String> over(Map<String, String> below, Map<String, String> above) {
        Map<String, String> merged = new TreeMap<>(below);
        merged.putAll(above);
        return merged;
    }

    private static List<OwnerReference> ownedBy(NodeClaim claim, List<OwnerReference> owners) {
        String uid = claim.metadata().uid();
        if (owners.stream().anyMatch(owner -> owner.uid().equals(uid))) {
            return owners;
        }
        List<OwnerReference> longer = new ArrayList<>(owners);
        longer.add(
                new OwnerReference(NodeClaim.KIND.apiVersion(), NodeClaim.KIND.kind(), claim.name(), uid, null, true));
        return longer;
    }

    private static List<Taint> withTaintsOf(NodeClaim claim, Node node) {
        List<Taint> taints = new ArrayList<>(node.taints());
        for (List<Taint> wanted : List.of(claim.spec().taints(), claim.spec().startupTaints())) {
            for (Taint taint : wanted) {
                if (taints.stream().noneMatch(taint::matches)) {
                    taints.add(taint);
                }
            }
        }
        return taints;
    }

    private static boolean hasTaint(Node node, Taint taint) {
        return node.taints().stream().anyMatch(taint::matches);
    }
}
