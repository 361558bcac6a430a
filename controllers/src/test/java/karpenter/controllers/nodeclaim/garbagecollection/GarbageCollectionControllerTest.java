package karpenter.controllers.nodeclaim.garbagecollection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("nodeclaim/garbagecollection: claims without machine and machines without claim")
final class GarbageCollectionControllerTest {
    private final FakeWorld world = new FakeWorld();

    GarbageCollectionControllerTest() {
        ClaimDeletions deletions = new ClaimDeletions(world.api.nodeClaims(), world.state, world.context.metrics());
        world.run(GarbageCollectionController.controller(
                world.state, world.cloud, world.api.nodeClaims(), deletions, world.context));
    }

    private static Machine machine(String providerId, String claim) {
        return new Machine(providerId, "", claim, Map.of(), Map.of(), Map.of(), Map.of(), false);
    }

    private void registered(String name) {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim(name)
                        .initialized("fake:///" + name, name, world.now())
                        .build());
    }

    private boolean deleting(String name) {
        return world.claim(name).metadata().deleting();
    }

    @Test
    void deletesClaimsWhoseMachineIsGoneAndWhoseNodeIsSick() {
        registered("sick");
        world.api.nodes().put(NodeBuilder.node("sick").ready(false).build());
        registered("without-node");
        registered("well");
        world.api.nodes().put(NodeBuilder.node("well").build());
        registered("there");
        world.cloud.putMachine(machine("fake:///there", "there"));
        world.settle();
        assertThat(deleting("sick")).isTrue();
        assertThat(deleting("without-node")).isTrue();
        assertThat(deleting("well")).isFalse();
        assertThat(deleting("there")).isFalse();
        assertThat(world.context
                        .metrics()
                        .counter(
                                "karpenter_nodeclaims_disrupted_total",
                                "",
                                "reason",
                                "nodepool",
                                "capacity_type",
                                "consolidation_policy",
                                "termination_mode")
                        .value("garbage_collected", "", "", "", "graceful"))
                .isEqualTo(2);
    }

    @Test
    void looksAgainEveryTwoMinutes() {
        registered("a");
        world.cloud.putMachine(machine("fake:///a", "a"));
        world.settle();
        world.cloud.loseMachine("fake:///a");
        world.pass(Duration.ofSeconds(119));
        assertThat(deleting("a")).isFalse();
        world.pass(Duration.ofSeconds(1));
        assertThat(deleting("a")).isTrue();
    }

    @Test
    void deletesManyAtOnce() {
        for (int i = 0; i < 100; i++) {
            registered("claim-" + i);
        }
        world.settle();
        assertThat(world.api.nodeClaims().objects())
                .allMatch(claim -> claim.metadata().deleting());
    }

    @Test
    void keepsClaimsThatHaveNotRegistered() {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a").providerId("fake:///a").build());
        world.settle();
        assertThat(deleting("a")).isFalse();
    }

    @Test
    void keepsEverythingWhenTheCloudCannotTell() {
        registered("a");
        world.cloud.failLists("away");
        world.pass(Duration.ofMinutes(5));
        assertThat(deleting("a")).isFalse();
    }

    @Test
    void endsAMachineWhoseClaimIsGoneAfterLookingTwice() {
        world.cloud.putMachine(machine("fake:///orphan", "gone"));
        world.settle();
        world.pass(Duration.ofSeconds(29));
        assertThat(world.cloud.machines()).hasSize(1);
        world.pass(Duration.ofSeconds(2));
        assertThat(world.cloud.machines()).isEmpty();
    }

    @Test
    void keepsMachinesThatNameNoClaimOrOneThatExists() {
        world.cloud.putMachine(machine("fake:///foreign", ""));
        world.api.nodeClaims().put(NodeClaimBuilder.claim("a").build());
        world.cloud.putMachine(machine("fake:///not-recorded-yet", "a"));
        world.pass(Duration.ofMinutes(10));
        assertThat(world.cloud.machines()).hasSize(2);
    }

    @Test
    void asksTheServerBeforeItEndsAMachine() {
        world.cloud.putMachine(machine("fake:///young", "young"));
        world.settle();
        world.api.holdWatch();
        world.api.nodeClaims().put(NodeClaimBuilder.claim("young").build());
        world.pass(Duration.ofMinutes(3));
        assertThat(world.cloud.machines()).hasSize(1);
    }
}
