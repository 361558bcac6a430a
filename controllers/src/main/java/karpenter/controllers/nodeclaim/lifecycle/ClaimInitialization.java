package karpenter.controllers.nodeclaim.lifecycle;

import java.util.Map;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.Node;
import karpenter.core.lifecycle.Initialization;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits until the Node can run what it was planned for, and labels it. */
final class ClaimInitialization {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimInitialization.class);

    private final ObjectWriter<Node> nodes;
    private final ClusterState state;
    private final TimeSource time;

    ClaimInitialization(ObjectWriter<Node> nodes, ClusterState state, TimeSource time) {
        this.nodes = nodes;
        this.state = state;
        this.time = time;
    }

    void advance(ClaimPass pass) {
        NodeClaim claim = pass.claim();
        switch (Initialization.look(claim, state.nodesOf(claim.status().providerID()), time.instant())) {
            case Initialization.View.Waiting(NodeClaim waiting) -> pass.change(waiting);
            case Initialization.View.Complete(Node node) -> initialize(pass, node);
        }
    }

    private void initialize(ClaimPass pass, Node node) {
        WriteResult<Node> result = nodes.patch(node, Initialization.labelled(node), Lock.NONE);
        if (!(result instanceof WriteResult.Written<Node> _)) {
            pass.lookAgain(WriteOutcomes.of(result));
            return;
        }
        NodeClaim claim = pass.claim();
        pass.change(Initialization.completed(claim, time.instant()));
        pass.onceStored(() -> LOG.atInfo()
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue("provider-id", node.providerId())
                .addKeyValue("Node", Map.of("name", node.name()))
                .addKeyValue("allocatable", node.allocatable().quantities())
                .log("initialized nodeclaim"));
    }
}
