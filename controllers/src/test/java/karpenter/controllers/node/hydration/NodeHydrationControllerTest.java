package karpenter.controllers.node.hydration;

import static org.assertj.core.api.Assertions.assertThat;

import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("hydration: Node label")
final class NodeHydrationControllerTest {
    private final FakeWorld world = new FakeWorld();

    NodeHydrationControllerTest() {
        world.run(
                NodeHydrationController.controller(world.state, world.api.nodes(), world.cloud, world.context, 1_000));
    }

    @Test
    void labelsANodeWithTheNodeClassOfItsClaim() {
        world.api.nodes().put(NodeBuilder.node("a").build());
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a").providerId("fake:///a").build());
        world.settle();
        assertThat(world.node("a").metadata().labels())
                .containsEntry(FakeCloudProvider.NODE_CLASS.labelKey(), "default");
    }

    @Test
    void leavesNodesOfOthersAlone() {
        world.api.nodes().put(NodeBuilder.node("stranger").build());
        world.api.nodes().put(NodeBuilder.node("b").build());
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("b")
                        .nodeClass("other.sh", "Other", "x")
                        .providerId("fake:///b")
                        .build());
        world.settle();
        assertThat(world.faults.calls()).isEmpty();
    }
}
