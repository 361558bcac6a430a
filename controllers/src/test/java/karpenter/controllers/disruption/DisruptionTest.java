package karpenter.controllers.disruption;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

final class DisruptionTest {
    private static final Duration MOMENT = Duration.ofMillis(100);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final DisruptionWorld cluster = new DisruptionWorld("100%");
    private final FakeWorld world = cluster.world;

    @Test
    @Covers("emptiness: empty nodes within budgets")
    void deletesAnEmptyNodeAsSoonAsItIsConsolidatable() {
        cluster.node("a", false);
        cluster.pass(Duration.ofSeconds(25));
        assertThat(cluster.isDeleting("a")).isFalse();
        cluster.becomeConsolidatable("a");
        cluster.pass(MOMENT);
        assertThat(cluster.isTainted("a")).isTrue();
        Condition reason = world.condition("a", NodeClaim.DISRUPTION_REASON);
        assertThat(reason.isTrue()).isTrue();
        assertThat(reason.reason()).isEqualTo("Empty");
        assertThat(cluster.isDeleting("a")).isFalse();
        cluster.pass(DisruptionQueue.SETTLES);
        assertThat(cluster.isDeleting("a")).isTrue();
        assertThat(world.api.eventMessages("DisruptionTerminating"))
                .containsExactly("Disrupting Node: Empty", "Disrupting NodeClaim: Empty");
        assertThat(cluster.counter(
                        "karpenter_voluntary_disruption_decisions_total",
                        List.of("decision", "reason", "consolidation_type"),
                        "delete",
                        "empty",
                        "empty"))
                .isEqualTo(1);
        assertThat(cluster.counter(
                        "karpenter_nodeclaims_disrupted_total",
                        List.of("reason", "nodepool", "capacity_type", "consolidation_policy", "termination_mode"),
                        "empty",
                        "default",
                        "spot",
                        "WhenEmptyOrUnderutilized",
                        "graceful"))
                .isEqualTo(1);
    }

    @Test
    void deletesManyNodesSideBySide() {
        cluster.nodes(50);
        cluster.pass(SECOND);
        assertThat(cluster.deleting()).hasSize(50);
    }

    @Test
    @Covers("emptiness: empty nodes within budgets")
    void staysWithinTheBudgetAndGoesOnWhenItFreesUp() {
        DisruptionWorld two = new DisruptionWorld("2");
        two.nodes(5);
        two.pass(Duration.ofSeconds(30));
        assertThat(two.deleting()).hasSize(2);
        two.terminateDeleting();
        two.pass(SECOND);
        assertThat(two.deleting()).hasSize(2);
        two.terminateDeleting();
        two.pass(SECOND);
        assertThat(two.deleting()).hasSize(1);
    }

    @Test
    @Covers("emptiness: metrics and events")
    void saysThatTheBudgetBlocksEverything() {
        DisruptionWorld none = new DisruptionWorld("0");
        none.nodes(1);
        none.pass(Duration.ofSeconds(15));
        assertThat(none.deleting()).isEmpty();
        assertThat(none.world.api.eventMessages("DisruptionBlocked"))
                .contains("No allowed disruptions for disruption reason Empty due to blocking budget");
        assertThat(none.world
                        .context
                        .metrics()
                        .gauge("karpenter_nodepools_allowed_disruptions", "", "nodepool", "reason")
                        .value("default", "Empty"))
                .isZero();
        assertThat(none.world
                        .context
                        .metrics()
                        .gauge("karpenter_voluntary_disruption_eligible_nodes", "", "reason")
                        .value("empty"))
                .isEqualTo(1);
    }

    @Test
    @Covers("emptiness: pods that come meanwhile")
    void takesEverythingBackWhenAPodArrivesBetweenTaintAndDeletion() {
        cluster.node("a", true);
        cluster.node("b", true);
        world.settle();
        assertThat(cluster.isTainted("a")).isTrue();
        world.api.putPod(PodBuilder.pod("late").on("a").build());
        cluster.pass(SECOND);
        assertThat(cluster.isDeleting("a")).isFalse();
        assertThat(cluster.isTainted("a")).isFalse();
        assertThat(world.conditionStatus("a", NodeClaim.DISRUPTION_REASON)).isEqualTo("absent");
        assertThat(Objects.requireNonNull(
                                world.state.snapshot().machinesByNodeName().get("a"))
                        .leaving())
                .isFalse();
        assertThat(cluster.isDeleting("b")).isTrue();
        assertThat(cluster.counter(
                        "karpenter_voluntary_disruption_failed_validations_total",
                        List.of("consolidation_type"),
                        "empty"))
                .isEqualTo(1);
    }

    @Test
    void takesEverythingBackWhenAUserForbidsItInTime() {
        cluster.node("a", true);
        world.settle();
        world.api
                .nodes()
                .change(
                        "a",
                        node -> NodeBuilder.of(node)
                                .annotation(Labels.DO_NOT_DISRUPT, "true")
                                .build());
        cluster.pass(SECOND);
        assertThat(cluster.isDeleting("a")).isFalse();
        assertThat(cluster.isTainted("a")).isFalse();
        cluster.pass(Duration.ofSeconds(30));
        assertThat(cluster.isTainted("a")).isFalse();
        assertThat(world.api.eventMessages("DisruptionBlocked"))
                .contains("Disruption is blocked through the annotation (annotation=karpenter.sh/do-not-disrupt=true)");
    }

    @Test
    void leavesNodesAloneThatRunPods() {
        cluster.node("a", true);
        world.api.putPod(PodBuilder.pod("busy").on("a").build());
        cluster.pass(Duration.ofSeconds(30));
        assertThat(world.faults.calls()).isEmpty();
    }

    @Test
    void doesNotTakeANodeAwayFromUnderPodsThatWerePromisedToIt() {
        Pod waiting = world.api.putPod(PodBuilder.pod("waiting").build());
        world.state.waits().acknowledge(waiting.uid());
        world.state.waits().decide(waiting.uid(), true);
        world.state.planned(waiting.uid(), "a");
        cluster.node("a", true);
        cluster.pass(Duration.ofSeconds(60));
        assertThat(cluster.isDeleting("a")).isFalse();
        world.api.removePod(waiting.key());
        cluster.pass(Duration.ofSeconds(21));
        assertThat(cluster.isDeleting("a")).isTrue();
    }

    @Test
    void aNominationEndsWithThePodsItWasMadeFor() {
        Pod waiting = world.api.putPod(PodBuilder.pod("waiting").build());
        Pod second = world.api.putPod(PodBuilder.pod("second").build());
        world.state.planned(waiting.uid(), "a");
        world.state.planned(second.uid(), "a");
        cluster.node("a", true);
        world.state.nominate("fake:///a", Duration.ofMinutes(5));
        world.api.removePod(waiting.key());
        cluster.pass(Duration.ofSeconds(25));
        assertThat(cluster.isTainted("a")).isFalse();
        world.api.removePod(second.key());
        cluster.pass(Duration.ofSeconds(11).plus(DisruptionQueue.SETTLES));
        assertThat(cluster.isDeleting("a")).isTrue();
    }

    @Test
    void keepsTheMachineForTheSuccessorsOfPodsThatLeaveAnother() {
        Pod moving = world.api.putPod(PodBuilder.pod("moving").on("going").build());
        cluster.node("a", true);
        world.state.plannedToMove(moving.uid(), "a");
        world.state.nominate("fake:///a", Duration.ofSeconds(20));
        world.api.removePod(moving.key());
        Pod successor = world.api.putPod(PodBuilder.pod("successor").build());
        cluster.pass(Duration.ofSeconds(10));
        assertThat(cluster.isTainted("a")).isFalse();
        world.state.planned(successor.uid(), "a");
        cluster.pass(Duration.ofSeconds(60));
        assertThat(cluster.isTainted("a")).isFalse();
    }

    @Test
    void looksAgainWhenANominationEndsAndNotTenSecondsLater() {
        cluster.node("a", true);
        world.state.nominate("fake:///a", Duration.ofSeconds(13));
        cluster.pass(Duration.ofSeconds(12));
        assertThat(cluster.isTainted("a")).isFalse();
        cluster.pass(Duration.ofSeconds(2));
        assertThat(cluster.isDeleting("a")).isTrue();
    }

    @Test
    void waitsForTheProvisionerAfterAStartButNotForEver() {
        cluster.node("a", true);
        world.api.putPod(PodBuilder.pod("undecided").build());
        cluster.restart();
        cluster.pass(Duration.ofSeconds(14));
        assertThat(cluster.isTainted("a")).isFalse();
        cluster.pass(Duration.ofSeconds(3));
        assertThat(cluster.isDeleting("a")).isTrue();
    }

    @Test
    void doesNothingWhileAClaimIsNotLaunched() {
        cluster.node("a", true);
        world.api.nodeClaims().put(NodeClaimBuilder.claim("ordered").build());
        cluster.pass(Duration.ofSeconds(30));
        assertThat(world.faults.calls()).isEmpty();
        world.api.nodeClaims().remove("ordered");
        cluster.pass(Duration.ofSeconds(2));
        assertThat(cluster.isDeleting("a")).isTrue();
    }

    @Test
    void leavesPoolsAloneThatTheProviderCannotAnswerFor() {
        world.cloud.answerInstanceTypes(new InstanceTypesResult.Failed("throttled"));
        cluster.node("a", true);
        cluster.pass(Duration.ofSeconds(15));
        assertThat(world.faults.calls()).isEmpty();
        assertThat(world.api.eventMessages("DisruptionBlocked"))
                .singleElement()
                .asString()
                .contains("throttled");
    }

    @Test
    @Covers("disruption: taint hygiene")
    void cleansUpAfterAProcessThatDied() {
        cluster.node("a", false);
        world.api
                .nodes()
                .change(
                        "a",
                        node -> NodeBuilder.of(node)
                                .taint(DisruptionMarks.TAINT)
                                .build());
        world.api
                .nodeClaims()
                .change(
                        "a",
                        claim -> claim.withConditions(claim.conditions()
                                .setTrue(NodeClaim.DISRUPTION_REASON, "Empty", "Empty", world.now())));
        cluster.restart();
        cluster.pass(SECOND);
        assertThat(cluster.isTainted("a")).isFalse();
        assertThat(world.conditionStatus("a", NodeClaim.DISRUPTION_REASON)).isEqualTo("absent");
    }

    @Test
    @Covers("disruption: taint hygiene")
    void leavesTheMarksOfNodesThatAreBeingDeleted() {
        cluster.node("a", true);
        cluster.pass(SECOND);
        cluster.restart();
        cluster.pass(Duration.ofSeconds(30));
        assertThat(cluster.isTainted("a")).isTrue();
        assertThat(cluster.isDeleting("a")).isTrue();
    }

    @Test
    void tellsPodOwnersWhatTheirAnnotationComesTo() {
        cluster.node("a", true);
        world.api.putPod(PodBuilder.pod("typo").doNotDisrupt("soon").on("a").build());
        world.api.putPod(PodBuilder.pod("hour").doNotDisrupt("1h").on("a").build());
        cluster.pass(SECOND);
        assertThat(world.api.eventMessages("InvalidDoNotDisruptAnnotation")).hasSize(1);
        assertThat(world.api.eventMessages("DoNotDisruptUntil"))
                .containsExactly("Pod is protected from disruption until 2026-01-01T01:00:00Z");
    }
}
