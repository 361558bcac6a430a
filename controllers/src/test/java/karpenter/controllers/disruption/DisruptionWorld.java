package karpenter.controllers.disruption;

import java.time.Duration;
import java.util.List;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.core.cluster.Node;
import karpenter.runtime.Controller;

/** A world with a pool whose nodes are empty and consolidatable, in which disruption runs. */
final class DisruptionWorld {
    final FakeWorld world = new FakeWorld();

    DisruptionWorld(String nodesPerBudget) {
        world.api
                .nodePools()
                .put(NodePoolBuilder.pool("default").budget(nodesPerBudget).build());
        start();
    }

    private void start() {
        ClaimDeletions deletions = new ClaimDeletions(world.api.nodeClaims(), world.state, world.context.metrics());
        world.run(Disruption.controllers(
                        world.context,
                        world.state,
                        world.cloud,
                        world.api.nodes(),
                        world.api.nodeClaims(),
                        deletions,
                        world.api,
                        1000)
                .toArray(Controller[]::new));
    }

    void restart() {
        world.restart();
        start();
        world.listAgain();
    }

    /** An initialized node with its claim, on which nothing runs. */
    void node(String name, boolean consolidatable) {
        NodePool pool = world.api.nodePools().stored("default");
        NodeClaimBuilder claim = NodeClaimBuilder.claim(name)
                .pool(pool)
                .label(Labels.CAPACITY_TYPE, "spot")
                .initialized("fake:///" + name, name, world.now());
        if (consolidatable) {
            claim.trueSince(NodeClaim.CONSOLIDATABLE, world.now());
        }
        world.api.nodes().put(NodeBuilder.node(name).managedBy("default").build());
        world.api.nodeClaims().put(claim.build());
    }

    void nodes(int count) {
        for (int i = 0; i < count; i++) {
            node("node-" + i, true);
        }
    }

    void becomeConsolidatable(String name) {
        world.api
                .nodeClaims()
                .change(
                        name,
                        claim -> claim.withConditions(
                                claim.conditions().setTrue(NodeClaim.CONSOLIDATABLE, world.now())));
    }

    void pass(Duration span) {
        world.pass(span);
    }

    boolean isDeleting(String name) {
        NodeClaim claim = world.api.nodeClaims().find(name);
        return claim == null || claim.metadata().deleting();
    }

    boolean isTainted(String name) {
        Node node = world.node(name);
        return node.taints().stream().anyMatch(DisruptionMarks.TAINT::matches);
    }

    List<String> deleting() {
        return world.api.nodeClaims().objects().stream()
                .filter(claim -> claim.metadata().deleting())
                .map(NodeClaim::name)
                .toList();
    }

    /** The rest of a node's end: the claim and the node go. */
    void terminateDeleting() {
        for (String name : deleting()) {
            world.api.nodes().remove(name);
            world.api.nodeClaims().remove(name);
        }
    }

    double counter(String name, List<String> labelNames, String... labels) {
        return world.context
                .metrics()
                .counter(name, "", labelNames.toArray(String[]::new))
                .value(labels);
    }
}
