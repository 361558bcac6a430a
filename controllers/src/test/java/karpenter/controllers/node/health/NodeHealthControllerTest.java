package karpenter.controllers.node.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.v1.NodePool;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

final class NodeHealthControllerTest {
    private final FakeWorld world = new FakeWorld();
    private final NodePool pool =
            world.api.nodePools().put(NodePoolBuilder.pool("default").build());

    NodeHealthControllerTest() {
        world.cloud.addRepairPolicy("DiskFull", Condition.TRUE, Duration.ofMinutes(30));
        world.cloud.addRepairPolicy("Ready", Condition.FALSE, Duration.ofMinutes(10));
        ClaimDeletions deletions = new ClaimDeletions(world.api.nodeClaims(), world.state, world.context.metrics());
        world.run(NodeHealthController.controller(
                world.state, world.api.nodeClaims(), world.cloud, deletions, world.api, world.context, 1_000));
        for (int i = 0; i < 10; i++) {
            machine("node-" + i);
        }
    }

    private void machine(String name) {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim(name)
                        .pool(pool)
                        .finalizer(Labels.TERMINATION_FINALIZER)
                        .initialized("fake:///" + name, name, world.now())
                        .build());
        world.api.nodes().put(NodeBuilder.node(name).managedBy("default").build());
    }

    private void fallsSick(String name, String type, String status) {
        world.api
                .nodes()
                .change(
                        name,
                        node -> NodeBuilder.of(node)
                                .condition(type, status, world.now())
                                .build());
        world.settle();
    }

    private boolean deleting(String name) {
        return world.claim(name).metadata().deleting();
    }

    @Test
    @Covers("node/health: policies")
    void replacesANodeThatIsSickForTooLong() {
        fallsSick("node-1", "Ready", Condition.FALSE);
        world.pass(Duration.ofSeconds(599));
        assertThat(deleting("node-1")).isFalse();
        world.pass(Duration.ofSeconds(1));
        assertThat(deleting("node-1")).isTrue();
        assertThat(world.claim("node-1").metadata().annotations())
                .containsEntry(Labels.TERMINATION_TIMESTAMP, "2026-01-01T00:10:00Z");
        assertThat(deleting("node-2")).isFalse();
        assertThat(world.context
                        .metrics()
                        .counter(
                                "karpenter_nodeclaims_unhealthy_disrupted_total",
                                "",
                                "condition",
                                "nodepool",
                                "capacity_type",
                                "image_id")
                        .value("ready", "default", "", ""))
                .isEqualTo(1);
    }

    @Test
    @Covers("node/health: policies")
    void goesByTheSicknessWhoseTimeIsUpFirst() {
        fallsSick("node-1", "DiskFull", Condition.TRUE);
        world.pass(Duration.ofMinutes(25));
        fallsSick("node-1", "Ready", Condition.FALSE);
        world.pass(Duration.ofMinutes(4));
        assertThat(deleting("node-1")).isFalse();
        world.pass(Duration.ofMinutes(1));
        assertThat(deleting("node-1")).isTrue();
    }

    @Test
    @Covers("node/health: policies")
    void keepsANodeThatRecovers() {
        fallsSick("node-1", "Ready", Condition.FALSE);
        world.pass(Duration.ofMinutes(9));
        fallsSick("node-1", "Ready", Condition.TRUE);
        world.pass(Duration.ofMinutes(30));
        assertThat(deleting("node-1")).isFalse();
    }

    @Test
    @Covers("node/health: thresholds")
    void holdsStillWhenMoreThanAFifthIsSick() {
        for (int i = 0; i < 3; i++) {
            fallsSick("node-" + i, "Ready", Condition.FALSE);
        }
        world.pass(Duration.ofMinutes(11));
        assertThat(world.api.nodeClaims().objects())
                .noneMatch(claim -> claim.metadata().deleting());
        assertThat(world.api.eventMessages("NodeRepairBlocked"))
                .containsExactly("more than 20% nodes are unhealthy in the nodepool");
        fallsSick("node-2", "Ready", Condition.TRUE);
        world.pass(Duration.ofMinutes(5));
        assertThat(deleting("node-0")).isTrue();
        assertThat(deleting("node-1")).isTrue();
        assertThat(deleting("node-2")).isFalse();
    }

    @Test
    @Covers("node/health: terminationGracePeriod")
    void hurriesAClaimThatIsEndingAlready() {
        world.api.nodeClaims().startDeletion("node-1");
        fallsSick("node-1", "Ready", Condition.FALSE);
        world.pass(Duration.ofMinutes(10));
        assertThat(world.claim("node-1").metadata().annotations()).containsKey(Labels.TERMINATION_TIMESTAMP);
    }

    @Test
    void leavesNodesOfOthersAlone() {
        world.api.nodes().put(NodeBuilder.node("stranger").build());
        fallsSick("stranger", "Ready", Condition.FALSE);
        world.pass(Duration.ofMinutes(20));
        assertThat(world.faults.calls()).isEmpty();
    }
}
