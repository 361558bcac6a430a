package karpenter.controllers.node.hydration;

import java.util.List;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import org.jspecify.annotations.Nullable;

/** The controller {@code node.hydration}. */
public final class NodeHydrationController {
    private static final int FEWEST = 1_000;
    private static final int MOST = 5_000;

    private final ClusterState state;
    private final ObjectWriter<Node> nodes;
    private final CloudProvider cloud;

    private NodeHydrationController(ClusterState state, ObjectWriter<Node> nodes, CloudProvider cloud) {
        this.state = state;
        this.nodes = new ImageWriter<>(nodes, state);
        this.cloud = cloud;
    }

    /**
     * Makes the controller; keys are names of Nodes.
     *
     * @param cpuRequestsMilli the container's CPU in thousandths of a core
     */
    public static Controller<String> controller(
            ClusterState state,
            ObjectWriter<Node> nodes,
            CloudProvider cloud,
            ControllerContext context,
            int cpuRequestsMilli) {
        NodeHydrationController hydration = new NodeHydrationController(state, nodes, cloud);
        Controller<String> controller = Controller.<String>named("node.hydration")
                .logField("controllerKind", Node.KIND.kind())
                .concurrency(ConcurrencyScale.of(FEWEST, MOST, cpuRequestsMilli))
                .reconciler(hydration::reconcile)
                .build(context);
        state.listen(delta -> hydration.hear(delta, controller));
        return controller;
    }

    private void hear(ClusterDelta delta, Controller<String> controller) {
        switch (delta) {
            case ClusterDelta.NodeChanged(Node node) -> {
                if (missing(node) != null) {
                    controller.enqueue(node.name());
                }
            }
            case ClusterDelta.NodeClaimChanged(NodeClaim claim) ->
                state.nodesOf(claim.status().providerID()).stream()
                        .filter(node -> missing(node) != null)
                        .forEach(node -> controller.enqueue(node.name()));
            default -> {
                // neither node nor claim
            }
        }
    }

    /** The NodeClass whose label the node lacks, or null. */
    private @Nullable NodeClassReference missing(Node node) {
        List<NodeClaim> owners = state.claimsOf(node.providerId());
        if (owners.size() != 1 || !cloud.manages(owners.getFirst())) {
            return null;
        }
        NodeClassReference reference = owners.getFirst().spec().nodeClassRef();
        return reference.name().equals(node.metadata().labels().get(reference.labelKey())) ? null : reference;
    }

    private Outcome reconcile(String name) {
        Node node = state.node(name);
        NodeClassReference reference = node == null ? null : missing(node);
        if (node == null || reference == null) {
            return Outcome.done();
        }
        return WriteOutcomes.of(nodes.patch(
                node, node.withMetadata(node.metadata().withLabel(reference.labelKey(), reference.name())), Lock.NONE));
    }
}
