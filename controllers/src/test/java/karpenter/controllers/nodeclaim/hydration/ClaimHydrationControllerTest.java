package karpenter.controllers.nodeclaim.hydration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("hydration: NodeClaim label")
final class ClaimHydrationControllerTest {
    private final FakeWorld world = new FakeWorld();

    ClaimHydrationControllerTest() {
        world.run(ClaimHydrationController.controller(
                world.state, world.api.nodeClaims(), world.cloud, world.context, 1_000));
    }

    @Test
    void labelsAClaimWithItsNodeClass() {
        var claim = NodeClaimBuilder.claim("a").build();
        world.api.nodeClaims().put(claim.withMetadata(claim.metadata().withLabels(Map.of("team", "x"))));
        world.settle();
        assertThat(world.claim("a").metadata().labels())
                .containsEntry(FakeCloudProvider.NODE_CLASS.labelKey(), "default")
                .containsEntry("team", "x");
    }

    @Test
    void leavesClaimsOfOthersAlone() {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a")
                        .nodeClass("other.sh", "Other", "x")
                        .build());
        world.settle();
        assertThat(world.faults.calls()).isEmpty();
    }
}
