package karpenter.controllers.nodeclaim.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.core.resource.ResourceVector;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("nodeclaim/consistency: node shape")
final class ConsistencyControllerTest {
    private final FakeWorld world = new FakeWorld();

    ConsistencyControllerTest() {
        world.run(ConsistencyController.controller(
                world.state, world.api.nodeClaims(), world.cloud, world.api, world.context, 1_000));
    }

    private void put(String memory) {
        NodeClaim claim = NodeClaimBuilder.claim("a")
                .request("cpu", "1")
                .request("memory", "1Gi")
                .initialized("fake:///a", "a", world.now())
                .build();
        Map<String, Quantity> promised = Map.of(
                "cpu", Quantity.parse("16"), "memory", Quantity.parse("128Gi"), "vendor.com/gpu", Quantity.parse("1"));
        world.api.nodeClaims().put(claim.withStatus(claim.status().withInstance("fake:///a", "", promised, promised)));
        world.api
                .nodes()
                .put(NodeBuilder.node("a")
                        .capacity(ResourceVector.of(
                                Map.of("cpu", Quantity.parse("16"), "memory", Quantity.parse(memory))))
                        .build());
        world.settle();
    }

    @Test
    void findsANodeThatHasWhatWasPromised() {
        put("120Gi");
        assertThat(world.conditionStatus("a", NodeClaim.CONSISTENT_STATE_FOUND)).isEqualTo(Condition.TRUE);
        assertThat(world.api.events()).isEmpty();
    }

    @Test
    void tellsWhatANodeLacks() {
        put("64Gi");
        Condition condition = world.condition("a", NodeClaim.CONSISTENT_STATE_FOUND);
        assertThat(condition.status()).isEqualTo(Condition.FALSE);
        assertThat(condition.reason()).isEqualTo("ConsistencyCheckFailed");
        assertThat(condition.message()).isEqualTo("Consistency Check Failed");
        assertThat(world.api.eventMessages("FailedConsistencyCheck"))
                .containsExactly("expected 128Gi of resource memory, but found 64Gi (50.0% of expected)");
    }

    @Test
    void looksOnlyEveryTenMinutes() {
        put("64Gi");
        world.api
                .nodes()
                .change(
                        "a",
                        node -> NodeBuilder.of(node)
                                .capacity(ResourceVector.of(
                                        Map.of("cpu", Quantity.parse("16"), "memory", Quantity.parse("128Gi"))))
                                .build());
        world.pass(Duration.ofSeconds(599));
        assertThat(world.conditionStatus("a", NodeClaim.CONSISTENT_STATE_FOUND)).isEqualTo(Condition.FALSE);
        world.pass(Duration.ofSeconds(1));
        assertThat(world.conditionStatus("a", NodeClaim.CONSISTENT_STATE_FOUND)).isEqualTo(Condition.TRUE);
    }

    @Test
    void leavesClaimsAloneThatAreNotInitialized() {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a").providerId("fake:///a").build());
        world.api.nodes().put(NodeBuilder.node("a").build());
        world.settle();
        assertThat(world.faults.calls()).isEmpty();
    }
}
