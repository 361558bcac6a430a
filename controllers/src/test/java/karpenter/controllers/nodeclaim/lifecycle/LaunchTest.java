package karpenter.controllers.nodeclaim.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider.LaunchResult;
import karpenter.controllers.NodeLife;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("nodeclaim/lifecycle: launch")
final class LaunchTest {
    private static final List<String> DISRUPTED_LABELS =
            List.of("reason", "nodepool", "capacity_type", "consolidation_policy", "termination_mode");

    private final NodeLife life = new NodeLife();

    private void put(NodeClaimBuilder claim) {
        life.world.api.nodeClaims().put(claim.build());
        life.world.settle();
    }

    private static NodeClaimBuilder claim() {
        return NodeClaimBuilder.claim("a").request("cpu", "1");
    }

    @Test
    @Covers({"Lifecycle: finalizer before create", "nodeclaim/lifecycle: finalizer"})
    void addsTheFinalizerBeforeAnythingIsBought() {
        life.world.faults.at(1, Fault.CRASH_AFTER);
        put(claim());
        assertThat(life.world.cloud.machines()).isEmpty();
        assertThat(life.world.claim("a").metadata().finalizers()).containsExactly(Labels.TERMINATION_FINALIZER);
    }

    @Test
    void recordsWhatTheProviderAnswers() {
        put(claim().label("team", "x").label(Labels.ZONE, "mine").annotation("karpenter.test.sh/launched", "no"));
        NodeClaim launched = life.world.claim("a");
        assertThat(launched.status().providerID()).isEqualTo("fake:///machine-1");
        assertThat(launched.status().imageID()).isEqualTo("image-1");
        assertThat(launched.status().capacity()).containsKeys("cpu", "memory", "pods");
        assertThat(launched.metadata().labels())
                .containsEntry("team", "x")
                .containsEntry(Labels.ZONE, "mine")
                .containsEntry(Labels.INSTANCE_TYPE, "fake-4x");
        assertThat(launched.metadata().annotations()).containsEntry("karpenter.test.sh/launched", "true");
        assertThat(launched.isTrue(NodeClaim.LAUNCHED)).isTrue();
        Condition registered = life.world.condition("a", NodeClaim.REGISTERED);
        assertThat(registered.status()).isEqualTo(Condition.UNKNOWN);
        assertThat(registered.reason()).isEqualTo("NodeNotFound");
        assertThat(life.world.conditionStatus("a", NodeClaim.READY)).isEqualTo(Condition.UNKNOWN);
    }

    @Test
    void leavesClaimsOfOtherNodeClassesAlone() {
        put(claim().nodeClass("other.sh", "OtherNodeClass", "default"));
        assertThat(life.world.faults.calls()).isEmpty();
    }

    @Test
    void buysOnceWhenTheAnswerCannotBeRecordedAtFirst() {
        life.world.faults.at(3, Fault.CONFLICT); // 1 finalizer, 2 launch, 3 labels
        put(claim());
        life.world.pass(Duration.ofSeconds(2));
        assertThat(life.world.claim("a").isTrue(NodeClaim.LAUNCHED)).isTrue();
        assertThat(life.world.faults.calls())
                .filteredOn("patch nodeclaims/a"::equals)
                .hasSize(3);
        assertThat(life.world.faults.calls()).filteredOn("launch a"::equals).hasSize(1);
    }

    @Test
    void keepsWhatOthersWroteWhileTheLaunchRan() {
        life.world.cloud.answerLaunches(claim -> {
            life.world
                    .api
                    .nodeClaims()
                    .change(
                            "a",
                            stored -> stored.withConditions(
                                    stored.conditions().setTrue(NodeClaim.DRIFTED, life.world.now())));
            return null;
        });
        put(claim());
        assertThat(life.world.claim("a").isTrue(NodeClaim.LAUNCHED)).isTrue();
        assertThat(life.world.claim("a").isTrue(NodeClaim.DRIFTED)).isTrue();
    }

    @Test
    void deletesTheClaimWhenNoCapacityIsToBeHad() {
        life.world.cloud.answerLaunches(claim -> new LaunchResult.InsufficientCapacity("x".repeat(301)));
        put(claim());
        assertThat(life.world.api.nodeClaims().objects()).isEmpty();
        assertThat(life.world.api.eventMessages("InsufficientCapacityError"))
                .containsExactly("NodeClaim a event: " + "x".repeat(300) + "...");
        assertThat(life.counted(
                        "karpenter_nodeclaims_disrupted_total",
                        DISRUPTED_LABELS,
                        "insufficient_capacity",
                        "",
                        "",
                        "",
                        "graceful"))
                .isEqualTo(1);
    }

    @Test
    void deletesTheClaimWhenItsNodeClassIsNotReady() {
        life.world.cloud.answerLaunches(claim -> new LaunchResult.NodeClassNotReady("not ready"));
        put(claim());
        assertThat(life.world.api.nodeClaims().objects()).isEmpty();
        assertThat(life.counted(
                        "karpenter_nodeclaims_disrupted_total",
                        DISRUPTED_LABELS,
                        "nodeclass_not_ready",
                        "",
                        "",
                        "",
                        "graceful"))
                .isEqualTo(1);
    }

    @Test
    void showsAFailedLaunchAndTriesAgainMoreAndMoreSlowly() {
        AtomicInteger attempts = new AtomicInteger();
        life.world.cloud.answerLaunches(claim -> new LaunchResult.Failed(
                LaunchResult.Failed.LAUNCH_FAILED, attempts.incrementAndGet() + "y".repeat(300)));
        put(claim());
        Condition launched = life.world.condition("a", NodeClaim.LAUNCHED);
        assertThat(launched.status()).isEqualTo(Condition.UNKNOWN);
        assertThat(launched.reason()).isEqualTo("LaunchFailed");
        assertThat(launched.message()).isEqualTo("1" + "y".repeat(299) + "...");
        assertThat(attempts).hasValue(1);
        life.world.pass(Duration.ofSeconds(1));
        assertThat(attempts).hasValue(2);
        life.world.pass(Duration.ofSeconds(1));
        assertThat(attempts).hasValue(2);
        life.world.pass(Duration.ofSeconds(1));
        assertThat(attempts).hasValue(3);
        life.world.cloud.answerLaunches(claim -> null);
        life.world.pass(Duration.ofSeconds(4));
        assertThat(life.world.claim("a").isTrue(NodeClaim.LAUNCHED)).isTrue();
        assertThat(life.world.cloud.launches("a")).isEqualTo(1);
    }

    @Test
    void doesNotCutTheMessageOfAReasonThatTheProviderNames() {
        life.world.cloud.answerLaunches(claim -> new LaunchResult.Failed("QuotaExceeded", "z".repeat(400)));
        put(claim());
        assertThat(life.world.condition("a", NodeClaim.LAUNCHED).reason()).isEqualTo("QuotaExceeded");
        assertThat(life.world.condition("a", NodeClaim.LAUNCHED).message()).hasSize(400);
    }

    @Test
    void endsAMachineWhoseLaunchWasNeverRecorded() {
        life.world.faults.at(2, Fault.CRASH_AFTER);
        put(claim());
        assertThat(life.world.cloud.machines()).hasSize(1);
        life.world.api.nodeClaims().startDeletion("a");
        life.restart();
        life.world.pass(Duration.ofSeconds(10));
        assertThat(life.world.cloud.machines()).isEmpty();
        assertThat(life.world.api.nodeClaims().objects()).isEmpty();
    }
}
