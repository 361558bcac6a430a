package karpenter.controllers;

import static karpenter.controllers.testing.BufferBuilder.buffer;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import karpenter.api.Condition;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider.LaunchResult;
import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeInstanceTypes;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeClass;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.PodPhase;
import karpenter.core.port.EventRecorder.Event;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** Room for pods that don't exist yet, from the buffer to the node and back, with every controller there is. */
class CapacityBufferTest {
    private final FakeWorld world = new FakeWorld();

    CapacityBufferTest() {
        world.cloud.setInstanceTypes(List.of(FakeInstanceTypes.type("four", 4)));
        start();
        world.api.putNodeClass(new NodeClass(
                FakeCloudProvider.NODE_CLASS.group(),
                FakeCloudProvider.NODE_CLASS.kind(),
                ObjectMeta.named("default"),
                new Condition("Ready", Condition.TRUE, "Ready", "", null, 1)));
        world.api.nodePools().put(NodePoolBuilder.pool("default").budget("100%").build());
        world.api.putPodTemplate("web", pod("template").owner(null).build().shape());
    }

    private void start() {
        world.restart();
        EveryController.start(world, EveryController.settings(true, false, true), 1);
    }

    /** A core each: three on a machine, with what is kept for others. */
    private PodBuilder pod(String name) {
        return PodBuilder.pod(name).request("cpu", "1300m").createdAt(world.now());
    }

    private void pass(int seconds) {
        world.pass(Duration.ofSeconds(seconds));
    }

    private List<NodeClaim> claims() {
        return world.api.nodeClaims().objects();
    }

    private NodeClaim onlyClaim() {
        assertThat(claims()).hasSize(1);
        return claims().getFirst();
    }

    /** Lets the machines of all claims join and report. */
    private void join() {
        for (NodeClaim claim : claims()) {
            if (world.api.nodes().find("node-" + claim.name()) == null) {
                Node node = world.join(claim.name());
                pass(1);
                world.becomeReady(node.name());
            }
        }
        pass(5);
        assertThat(claims()).allMatch(claim -> claim.isTrue(NodeClaim.INITIALIZED));
    }

    private NodeState machine(NodeClaim claim) {
        return Objects.requireNonNull(
                world.state.snapshot().machinesByClaimName().get(claim.name()), () -> claim.name() + " has no machine");
    }

    private String provisioning() {
        CapacityBuffer.Status status =
                world.api.capacityBuffers().stored("spare").status();
        Condition condition =
                Objects.requireNonNull(status.condition(CapacityBuffer.PROVISIONING), () -> "not told of: " + status);
        return condition.status() + " " + condition.reason();
    }

    private NodeClaim roomIsThere() {
        world.api
                .capacityBuffers()
                .put(buffer("spare").template("web").replicas(3).build());
        pass(5);
        join();
        pass(30);
        assertThat(provisioning()).isEqualTo("True FitsExistingCapacity");
        return onlyClaim();
    }

    private void run(String name, NodeClaim on) {
        world.api.putPod(
                pod(name).on("node-" + on.name()).phase(PodPhase.PENDING).build());
    }

    @Test
    @Covers("provisioning/buffers: buffer conditions and pod counts")
    void threePodsThatDoNotExistMakeANodeCome() {
        world.api
                .capacityBuffers()
                .put(buffer("spare").template("web").replicas(3).build());
        pass(5);
        assertThat(onlyClaim().isTrue(NodeClaim.LAUNCHED)).isTrue();
        assertThat(provisioning()).isEqualTo("False RequiresNewCapacity");
        join();
        pass(30);
        assertThat(provisioning()).isEqualTo("True FitsExistingCapacity");
        assertThat(claims()).hasSize(1);
    }

    @Test
    void theRoomIsNotTakenAsEmpty() {
        NodeClaim claim = roomIsThere();
        pass(600);
        assertThat(onlyClaim().metadata().uid()).isEqualTo(claim.metadata().uid());
        assertThat(claim.isTrue(NodeClaim.CONSOLIDATABLE)).isTrue();
    }

    @Test
    @Covers("provisioning/buffers: buffer conditions and pod counts")
    void theRoomIsNotTakenAsEmptyBeforeTheNextPassSeesIt() {
        world.api
                .capacityBuffers()
                .put(buffer("spare").template("web").replicas(1).build());
        pass(5);
        NodeClaim claim = onlyClaim();
        assertThat(machine(claim).bufferPods()).isEqualTo(1);
        join();
        pass(60);
        assertThat(onlyClaim().metadata().uid()).isEqualTo(claim.metadata().uid());
    }

    @Test
    void aRestartDoesNotCostTheRoom() {
        NodeClaim claim = roomIsThere();
        start();
        pass(60);
        assertThat(onlyClaim().metadata().uid()).isEqualTo(claim.metadata().uid());
        assertThat(provisioning()).isEqualTo("True FitsExistingCapacity");
    }

    @Test
    void aPodThatComesUsesTheRoomWhichIsKeptAnewAtOnce() {
        NodeClaim claim = roomIsThere();
        run("web-1", claim);
        pass(3);
        assertThat(claims()).hasSize(2);
        assertThat(provisioning()).isEqualTo("False RequiresNewCapacity");
        join();
        pass(30);
        assertThat(provisioning()).isEqualTo("True FitsExistingCapacity");
        assertThat(claims()).hasSize(2);
    }

    @Test
    void theNodeGoesWithTheBuffer() {
        roomIsThere();
        world.api.capacityBuffers().remove("spare");
        pass(60);
        assertThat(claims()).isEmpty();
        assertThat(world.cloud.machines()).isEmpty();
    }

    @Test
    @Covers("provisioning/buffers: virtual pod classification")
    void nobodyIsToldOfPodsThatDoNotExist() {
        roomIsThere();
        world.api.putPodTemplate(
                "huge",
                pod("template").owner(null).request("cpu", "1000").build().shape());
        world.api
                .capacityBuffers()
                .put(buffer("large").template("huge").replicas(2).build());
        pass(60);
        assertThat(world.api.events()).noneMatch(event -> isAboutAVirtualPod(event));
        Condition large = Objects.requireNonNull(
                world.api.capacityBuffers().stored("large").status().condition(CapacityBuffer.PROVISIONING));
        assertThat(large.reason()).isEqualTo("RequiresNewCapacity");
        assertThat(large.message()).contains("2 have no place").contains("cpu");
        assertThat(world.context
                        .metrics()
                        .gauge("karpenter_scheduler_unschedulable_pods_count", "", "controller")
                        .value("provisioner"))
                .isZero();
    }

    private static boolean isAboutAVirtualPod(Event event) {
        return event.about().kind().equals("Pod") && event.about().name().startsWith("capacity-buffer-");
    }

    @Test
    @Covers("provisioning/buffers: virtual pod classification")
    void machinesWithNothingButRoomAreNotNominated() {
        NodeClaim claim = roomIsThere();
        pass(60);
        assertThat(machine(claim).nominated(world.now())).isFalse();
    }

    @Test
    void ordersTheRoomOnceThoughTheLaunchTakesLong() {
        world.cloud.answerLaunches(launching -> new LaunchResult.Failed(LaunchResult.Failed.LAUNCH_FAILED, "slow"));
        world.api
                .capacityBuffers()
                .put(buffer("spare").template("web").replicas(3).build());
        pass(45);
        String claim = onlyClaim().name();
        world.api.putPod(pod("web-1").build());
        pass(30);
        assertThat(claims()).hasSize(2).anyMatch(each -> each.name().equals(claim));
        assertThat(provisioning()).isEqualTo("False RequiresNewCapacity");
    }

    @Test
    void podsThatExistComeBeforeRoomWhereTheLimitLeavesTooLittle() {
        world.api
                .nodePools()
                .put(NodePoolBuilder.pool("default")
                        .budget("100%")
                        .limit("cpu", "4")
                        .build());
        world.api.putPodTemplate(
                "big", pod("template").owner(null).request("cpu", "3").build().shape());
        world.api
                .capacityBuffers()
                .put(buffer("spare").template("big").replicas(1).build());
        world.api.putPod(pod("web-1").build());
        pass(5);
        assertThat(onlyClaim().spec().resources().requests()).containsEntry("cpu", Quantity.parse("1300m"));
        assertThat(provisioning()).isEqualTo("False RequiresNewCapacity");
        assertThat(world.api.eventMessages("FailedScheduling")).isEmpty();
    }

    @Test
    void aNodeThatIsDisruptedGivesItsRoomToAnother() {
        NodeClaim claim = roomIsThere();
        world.api.nodeClaims().startDeletion(claim.name());
        pass(35);
        assertThat(claims().stream().filter(each -> !each.metadata().deleting()))
                .hasSize(1)
                .noneMatch(each -> each.name().equals(claim.name()));
    }
}
