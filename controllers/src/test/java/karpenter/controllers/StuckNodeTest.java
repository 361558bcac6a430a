package karpenter.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import karpenter.api.Condition;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.ClusterState.PlannedPod;
import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeInstanceTypes;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeClass;
import karpenter.core.cluster.Pod;
import org.junit.jupiter.api.Test;

/** Machines that get stuck on their way to a working node, on virtual time, with every controller there is. */
final class StuckNodeTest {
    private final FakeWorld world = new FakeWorld();

    /** A pod waits, and a machine is launched for it. */
    private Pod podWaits(boolean nodeRepair) {
        world.cloud.setInstanceTypes(List.of(FakeInstanceTypes.type("four", 4)));
        world.cloud.addRepairPolicy("Ready", Condition.FALSE, Duration.ofMinutes(10));
        EveryController.start(world, EveryController.settings(false, nodeRepair, false), 1);
        world.api.putNodeClass(new NodeClass(
                FakeCloudProvider.NODE_CLASS.group(),
                FakeCloudProvider.NODE_CLASS.kind(),
                ObjectMeta.named("default"),
                new Condition("Ready", Condition.TRUE, "Ready", "", null, 1)));
        world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        Pod pod = world.api.putPod(PodBuilder.pod("waiting")
                .createdAt(world.now())
                .request("cpu", "3")
                .build());
        world.pass(Duration.ofSeconds(10));
        assertThat(onlyClaim().isTrue(NodeClaim.LAUNCHED)).isTrue();
        return pod;
    }

    private NodeClaim onlyClaim() {
        List<NodeClaim> claims = world.api.nodeClaims().objects();
        assertThat(claims).hasSize(1);
        return claims.getFirst();
    }

    /** The kubelet of the only claim's machine joins and never reports ready. */
    private Node joinsSick() {
        Node node = world.join(onlyClaim().name());
        world.api
                .nodes()
                .change(
                        node.name(),
                        joined -> NodeBuilder.of(joined)
                                .condition("Ready", Condition.FALSE, world.now())
                                .build());
        world.pass(Duration.ofSeconds(5));
        assertThat(onlyClaim().isTrue(NodeClaim.REGISTERED)).isTrue();
        return node;
    }

    /** There is another claim now, with a machine, and the pod is to run on it. */
    private void assertReplaced(NodeClaim stuck, Pod pod) {
        NodeClaim next = onlyClaim();
        assertThat(next.metadata().uid()).isNotEqualTo(stuck.metadata().uid());
        assertThat(next.isTrue(NodeClaim.LAUNCHED)).isTrue();
        PlannedPod plan = Objects.requireNonNull(world.state.plannedFor(pod.uid()), "the pod has no place");
        assertThat(plan.targetName()).isEqualTo(next.name());
        assertThat(world.cloud.machines())
                .as("the stuck machine is given back")
                .singleElement()
                .satisfies(machine ->
                        assertThat(machine.providerId()).isEqualTo(next.status().providerID()));
    }

    @Test
    void machineThatNeverJoinsIsReplacedAfterFifteenMinutes() {
        Pod pod = podWaits(false);
        NodeClaim stuck = onlyClaim();
        world.pass(Duration.ofMinutes(14));
        assertThat(onlyClaim().metadata().uid()).isEqualTo(stuck.metadata().uid());
        world.pass(Duration.ofMinutes(2));
        assertReplaced(stuck, pod);
    }

    @Test
    void machineThatVanishesBeforeItJoinsIsReplacedAfterFifteenMinutes() {
        Pod pod = podWaits(false);
        NodeClaim stuck = onlyClaim();
        world.cloud.loseMachine(stuck.status().providerID());
        world.pass(Duration.ofMinutes(16));
        assertReplaced(stuck, pod);
    }

    @Test
    void machineThatVanishesAfterItJoinedIsCollectedWithinMinutes() {
        Pod pod = podWaits(false);
        NodeClaim stuck = onlyClaim();
        joinsSick();
        world.cloud.loseMachine(stuck.status().providerID());
        world.pass(Duration.ofMinutes(3));
        assertReplaced(stuck, pod);
        assertThat(world.api.nodes().objects()).isEmpty();
    }

    /** As upstream: what has joined counts as on its way for as long as nobody repairs it, and nothing is bought beside it. */
    @Test
    void nodeThatNeverGetsReadyIsWaitedForWithoutASecondClaim() {
        podWaits(false);
        NodeClaim stuck = onlyClaim();
        joinsSick();
        world.pass(Duration.ofHours(1));
        assertThat(onlyClaim().metadata().uid()).isEqualTo(stuck.metadata().uid());
        assertThat(onlyClaim().isTrue(NodeClaim.INITIALIZED)).isFalse();
        assertThat(world.cloud.machines()).hasSize(1);
    }

    @Test
    void nodeThatNeverGetsReadyIsReplacedWhenNodesAreRepaired() {
        Pod pod = podWaits(true);
        NodeClaim stuck = onlyClaim();
        joinsSick();
        world.pass(Duration.ofMinutes(9));
        assertThat(onlyClaim().metadata().uid()).isEqualTo(stuck.metadata().uid());
        world.pass(Duration.ofMinutes(3));
        assertReplaced(stuck, pod);
    }
}
