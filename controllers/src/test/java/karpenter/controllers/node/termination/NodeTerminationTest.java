package karpenter.controllers.node.termination;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.NodeLife;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.Toleration;
import karpenter.core.cluster.VolumeAttachment;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.PodEvictor.EvictionResult;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class NodeTerminationTest {
    private static final String NODE = "node-a";
    private static final Taint DISRUPTED = Taint.of(Labels.DISRUPTED_TAINT, "", Taint.NO_SCHEDULE);

    private final NodeLife life = new NodeLife();

    /** A claim with its machine, its node joined, ready and initialized. */
    private void running(NodeClaimBuilder claim) {
        life.world.api.nodeClaims().put(claim.build());
        life.world.settle();
        life.world.join("a");
        life.world.settle();
        life.world.becomeReady(NODE);
        life.world.settle();
        assertThat(life.world.claim("a").isTrue(NodeClaim.INITIALIZED)).isTrue();
    }

    private void running() {
        running(claim());
    }

    private static NodeClaimBuilder claim() {
        return NodeClaimBuilder.claim("a").label(Labels.NODE_POOL, "default").request("cpu", "1");
    }

    private Pod pod(String name) {
        return life.world.api.putPod(PodBuilder.pod(name).on(NODE).build());
    }

    private void deleteNode() {
        life.world.api.nodes().startDeletion(NODE);
        life.world.settle();
    }

    private void deleteClaim() {
        life.world.api.nodeClaims().startDeletion("a");
        life.world.settle();
    }

    private boolean terminating(Pod pod) {
        return Objects.requireNonNull(life.world.api.pod(pod.key())).terminating();
    }

    private void assertAllGone() {
        assertThat(life.world.api.nodes().objects()).isEmpty();
        assertThat(life.world.api.nodeClaims().objects()).isEmpty();
        assertThat(life.world.cloud.machines()).isEmpty();
    }

    @Test
    @Covers("node/termination: ordering")
    void endsAnEmptyNodeWithItsClaimAndMachine() {
        running();
        deleteNode();
        Node node = life.world.node(NODE);
        assertThat(node.taints()).containsExactly(DISRUPTED);
        assertThat(node.metadata().labels()).containsEntry(Labels.EXCLUDE_FROM_LOAD_BALANCERS, "karpenter");
        assertThat(life.world.claim("a").metadata().deleting()).isTrue();
        assertThat(life.world.conditionStatus("a", NodeClaim.DRAINED)).isEqualTo(Condition.UNKNOWN);
        life.world.pass(Duration.ofSeconds(4));
        assertThat(life.world.cloud.machines()).hasSize(1);
        life.world.pass(Duration.ofSeconds(3));
        assertAllGone();
        String pool = "default";
        assertThat(life.counted("karpenter_nodes_terminated_total", List.of("nodepool", "zone"), pool, "zone-a"))
                .isEqualTo(1);
        assertThat(life.counted("karpenter_nodes_drained_total", List.of("nodepool"), pool))
                .isEqualTo(1);
        assertThat(life.counted(
                        "karpenter_nodeclaims_terminated_total",
                        List.of("nodepool", "capacity_type", "zone"),
                        pool,
                        "on-demand",
                        "zone-a"))
                .isEqualTo(1);
    }

    @Test
    @Covers("node/termination: ordering")
    void endsANodeWhoseClaimIsDeleted() {
        running();
        deleteClaim();
        assertThat(life.world.node(NODE).metadata().deleting()).isTrue();
        life.world.pass(Duration.ofSeconds(8));
        assertAllGone();
    }

    @Test
    @Covers("node/termination: least drain time")
    void countsTheLeastTimeOfADrainFromTheTaint() {
        running();
        life.world.api.nodes().change(NODE, node -> node.withTaints(List.of(DISRUPTED)));
        life.world.pass(Duration.ofSeconds(4));
        deleteClaim();
        life.world.pass(Duration.ofSeconds(2));
        assertAllGone();
    }

    @Test
    void startsTheLeastTimeOverWhenTheTaintWasTakenAway() {
        running();
        life.world.api.nodes().change(NODE, node -> node.withTaints(List.of(DISRUPTED)));
        life.world.pass(Duration.ofSeconds(10));
        life.world.api.nodes().change(NODE, node -> node.withTaints(List.of()));
        deleteClaim();
        life.world.pass(Duration.ofSeconds(4));
        assertThat(life.world.cloud.machines()).hasSize(1);
    }

    @Test
    void goesOnCountingAfterARestart() {
        running();
        deleteClaim();
        life.world.pass(Duration.ofSeconds(3));
        life.restart();
        life.world.pass(Duration.ofSeconds(4));
        assertAllGone();
    }

    @Test
    void evictsPodsAndWaitsUntilTheyAreGone() {
        running();
        Pod pod = pod("p");
        deleteClaim();
        assertThat(terminating(pod)).isTrue();
        assertThat(life.world.api.eventMessages("Evicted")).containsExactly("Evicted pod: Forceful Termination");
        assertThat(life.world.api.eventMessages("FailedDraining"))
                .containsExactly("Failed to drain node, 1 pods are waiting to be evicted");
        life.world.pass(Duration.ofSeconds(20));
        assertThat(life.world.cloud.machines()).hasSize(1);
        life.world.api.stopTerminatingPods();
        life.world.pass(Duration.ofSeconds(3));
        assertAllGone();
        assertThat(life.counted("karpenter_pods_eviction_requests_total", List.of("code"), "201"))
                .isEqualTo(1);
        assertThat(life.counted("karpenter_pods_drained_total", List.of("reason"), "Forceful Termination"))
                .isEqualTo(1);
    }

    @Test
    void tellsPodsTheReasonOfAVoluntaryDisruption() {
        running();
        life.world
                .api
                .nodeClaims()
                .change(
                        "a",
                        claim -> claim.withConditions(claim.conditions()
                                .setTrue(
                                        NodeClaim.DISRUPTION_REASON,
                                        "Underutilized",
                                        "Underutilized",
                                        life.world.now())));
        pod("p");
        deleteClaim();
        assertThat(life.world.api.eventMessages("Evicted")).containsExactly("Evicted pod: Underutilized");
    }

    @Test
    @Covers("node/termination: drain tiers")
    void drainsTierByTier() {
        running();
        Pod ordinary = pod("ordinary");
        Pod daemon =
                life.world.api.putPod(PodBuilder.pod("daemon").daemon().on(NODE).build());
        Pod critical = life.world.api.putPod(PodBuilder.pod("critical")
                .priority(2_000_000_000, "system-cluster-critical")
                .on(NODE)
                .build());
        Pod criticalDaemon = life.world.api.putPod(PodBuilder.pod("critical-daemon")
                .daemon()
                .priority(2_000_001_000, "system-node-critical")
                .on(NODE)
                .build());
        deleteClaim();
        for (Pod pod : List.of(ordinary, daemon, critical, criticalDaemon)) {
            life.world.pass(Duration.ofSeconds(2));
            assertThat(life.world.api.pods().stream()
                            .filter(Pod::terminating)
                            .map(Pod::key)
                            .toList())
                    .containsExactly(pod.key());
            life.world.api.stopTerminatingPods();
        }
        life.world.pass(Duration.ofSeconds(4));
        assertAllGone();
    }

    @Test
    @Covers("node/termination: static pods")
    void doesNotWaitForPodsThatNoDrainEnds() {
        running();
        Pod tolerates = life.world.api.putPod(PodBuilder.pod("tolerates")
                .toleration(new Toleration(Labels.DISRUPTED_TAINT, "Exists", "", Taint.NO_SCHEDULE))
                .on(NODE)
                .build());
        Pod mirror =
                life.world.api.putPod(PodBuilder.pod("mirror").mirror().on(NODE).build());
        life.world.api.putPod(
                PodBuilder.pod("ended").on(NODE).phase(PodPhase.SUCCEEDED).build());
        life.world.api.putPod(PodBuilder.pod("stuck")
                .on(NODE)
                .terminatingBy(life.world.now().minusSeconds(61))
                .build());
        deleteClaim();
        life.world.pass(Duration.ofSeconds(8));
        assertAllGone();
        assertThat(terminating(tolerates)).isFalse();
        assertThat(terminating(mirror)).isFalse();
    }

    @Test
    @Covers({"node/termination: PDB", "terminator: eviction codes"})
    void retriesEvictionsThatABudgetBlocks() {
        running();
        Pod blocked = pod("blocked");
        Pod free = pod("free");
        life.world.api.answerEvictions(blocked.key(), new EvictionResult.Blocked(429, false, "no"));
        deleteClaim();
        assertThat(terminating(free)).isTrue();
        life.world.pass(Duration.ofSeconds(30));
        assertThat(terminating(blocked)).isFalse();
        assertThat(life.world.api.eventMessages("FailedDraining"))
                .contains("Failed to drain node, evicting pod violates a PDB (Pod=default/blocked)");
        double tries = life.counted("karpenter_pods_eviction_requests_total", List.of("code"), "429");
        assertThat(tries).as("100 ms doubled up to 10 s").isBetween(8.0, 11.0);
        life.world.api.answerEvictions(blocked.key(), null);
        life.world.pass(Duration.ofSeconds(10));
        life.world.api.stopTerminatingPods();
        life.world.pass(Duration.ofSeconds(3));
        assertAllGone();
    }

    /** Repeats are suppressed by key: under one key with the number of pods that wait, nobody would hear of the budget. */
    @Test
    void tellsOfABudgetApartFromHowManyPodsWait() {
        running();
        life.world.api.answerEvictions(pod("blocked").key(), new EvictionResult.Blocked(429, false, "no"));
        deleteClaim();
        assertThat(life.world.api.events().stream()
                        .filter(event -> event.reason().equals("FailedDraining"))
                        .filter(event -> event.message().contains("PDB"))
                        .map(Event::dedupeValues))
                .isNotEmpty()
                .doesNotContainAnyElementsOf(life.world.api.events().stream()
                        .filter(event -> event.message().contains("pods are waiting"))
                        .map(Event::dedupeValues)
                        .toList());
    }

    @Test
    @Covers("node/termination: forced at the grace period's end")
    void forcesAPodThatABudgetBlocksWhenItsTimeHasCome() {
        running(claim().terminationGracePeriod("60s"));
        Pod blocked = pod("blocked");
        life.world.api.answerEvictions(blocked.key(), new EvictionResult.Blocked(429, false, "no"));
        deleteClaim();
        life.world.pass(Duration.ofSeconds(30));
        assertThat(terminating(blocked)).isFalse();
        life.world.pass(Duration.ofSeconds(2));
        assertThat(life.world.api.forcedGrace()).containsKey(blocked.key());
        double tries = life.counted("karpenter_pods_eviction_requests_total", List.of("code"), "429");
        life.world.pass(Duration.ofSeconds(20));
        assertThat(life.counted("karpenter_pods_eviction_requests_total", List.of("code"), "429"))
                .as("nobody asks a pod politely that is going")
                .isEqualTo(tries);
        life.world.api.stopTerminatingPods();
        life.world.pass(Duration.ofSeconds(3));
        assertAllGone();
    }

    @Test
    void asksAgainForAPodThatIsNoLongerProtected() {
        running();
        Pod pod = life.world.api.putPod(PodBuilder.pod("p")
                .doNotDisrupt("30s")
                .startedAt(life.world.now())
                .on(NODE)
                .build());
        deleteClaim();
        life.world.pass(Duration.ofSeconds(29));
        assertThat(terminating(pod)).isFalse();
        life.world.pass(Duration.ofSeconds(2));
        assertThat(terminating(pod)).isTrue();
    }

    @Test
    @Covers("terminator: eviction codes")
    void leavesAPodAloneWhenTheServerHasNoSuchPodAnyMore() {
        running();
        Pod pod = pod("p");
        life.world.api.answerEvictions(pod.key(), new EvictionResult.Gone(404));
        deleteClaim();
        assertThat(life.counted("karpenter_pods_eviction_requests_total", List.of("code"), "404"))
                .isEqualTo(1);
        assertThat(life.world.api.eventMessages("Evicted")).isEmpty();
        assertThat(life.counted("karpenter_pods_drained_total", List.of("reason"), "Forceful Termination"))
                .isZero();
    }

    @Test
    @Covers("terminator: several PDBs")
    void saysWhenSeveralBudgetsBlock() {
        running();
        Pod blocked = pod("blocked");
        life.world.api.answerEvictions(blocked.key(), new EvictionResult.Blocked(500, true, "several"));
        deleteClaim();
        assertThat(life.world.api.eventMessages("FailedDraining"))
                .contains("Failed to drain node, eviction does not support multiple PDBs (Pod=default/blocked)");
    }

    @Test
    @Covers({"Termination: new pod of the same name isn't evicted by the old queue entry", "node/termination: races"})
    void neverEvictsAPodThatTookTheNameOfAnother() {
        running();
        Pod old = pod("p");
        life.world.api.answerEvictions(old.key(), new EvictionResult.Blocked(429, false, "no"));
        deleteClaim();
        life.world.api.removePod(old.key());
        life.world.api.answerEvictions(old.key(), null);
        Pod another = life.world.api.putPod(PodBuilder.pod("p").on("elsewhere").build());
        life.world.pass(Duration.ofSeconds(10));
        assertThat(terminating(another)).isFalse();
        assertAllGone();
    }

    @Test
    void waitsForProtectedPodsUntilTheDeadline() {
        running(claim().terminationGracePeriod("60s"));
        Pod pod = life.world.api.putPod(PodBuilder.pod("p")
                .doNotDisrupt("true")
                .gracePeriodSeconds(20)
                .on(NODE)
                .build());
        deleteClaim();
        assertThat(life.world.claim("a").metadata().annotations())
                .containsEntry(Labels.TERMINATION_TIMESTAMP, "2026-01-01T00:01:00Z");
        assertThat(life.world.api.eventMessages("TerminationGracePeriodExpiring"))
                .containsExactly("All pods will be deleted by 2026-01-01T00:01:00Z");
        life.world.pass(Duration.ofSeconds(40));
        assertThat(terminating(pod)).isFalse();
        life.world.pass(Duration.ofSeconds(2));
        assertThat(terminating(pod)).isTrue();
        Duration grace = Objects.requireNonNull(life.world.api.forcedGrace().get(pod.key()));
        assertThat(grace).isBetween(Duration.ofSeconds(18), Duration.ofSeconds(20));
        assertThat(life.world.api.eventMessages("Disrupted")).hasSize(1);
        life.world.api.stopTerminatingPods();
        life.world.pass(Duration.ofSeconds(3));
        assertAllGone();
    }

    @Test
    @Covers({
        "Termination: past-deadline pods aren't gated by tiers",
        "node/termination: forced at the grace period's end",
        "terminator: clamp to 1 s"
    })
    void forcesEveryTierAtOnceAndNeverWithoutAnyGrace() {
        running(claim().annotation(Labels.TERMINATION_TIMESTAMP, "2025-12-31T00:00:00Z"));
        Pod ordinary = pod("ordinary");
        Pod critical = life.world.api.putPod(PodBuilder.pod("critical")
                .priority(2_000_000_000, "system-cluster-critical")
                .on(NODE)
                .build());
        deleteClaim();
        assertThat(life.world.api.forcedGrace())
                .containsEntry(ordinary.key(), Duration.ofSeconds(1))
                .containsEntry(critical.key(), Duration.ofSeconds(1));
        int calls = life.world.faults.calls().size();
        life.world.pass(Duration.ofSeconds(3));
        assertThat(life.world
                        .faults
                        .calls()
                        .subList(calls, life.world.faults.calls().size()))
                .as("a deletion that can't come sooner isn't repeated")
                .noneMatch(call -> call.startsWith("delete pods"));
    }

    @Test
    @Covers({"terminator: upgrade to force", "node/termination: stuck terminating"})
    void bringsForwardTheEndOfPodsThatWouldOutliveTheDeadline() {
        running(claim().terminationGracePeriod("30s"));
        Pod slow = life.world.api.putPod(
                PodBuilder.pod("slow").gracePeriodSeconds(3600).on(NODE).build());
        life.world.api.startPodDeletion(slow.key());
        deleteClaim();
        Pod hurried = Objects.requireNonNull(life.world.api.pod(slow.key()));
        assertThat(hurried.deletionTimestamp()).isEqualTo(life.world.now().plusSeconds(30));
    }

    @Test
    @Covers({"Termination: only drainable pods' volumes block", "node/termination: volume attachments"})
    void waitsForVolumesOfPodsThatMoved() {
        running();
        attach("of-moved", "pv-1");
        attach("no-volume", null);
        life.world.api.tell(new ClusterDelta.PersistentVolumeClaimChanged(new PersistentVolumeClaim(
                new PodKey("default", "data"), "pv-staying", true, null, false, false, false, null)));
        attach("of-staying", "pv-staying");
        life.world.api.putPod(PodBuilder.pod("staying")
                .toleration(Toleration.EVERYTHING)
                .volume("data")
                .on(NODE)
                .build());
        deleteClaim();
        life.world.pass(Duration.ofSeconds(10));
        assertThat(life.world.condition("a", NodeClaim.VOLUMES_DETACHED).reason())
                .isEqualTo("AwaitingVolumeDetachment");
        assertThat(life.world.api.eventMessages("AwaitingVolumeDetachment"))
                .containsExactly("Awaiting deletion of bound volumeattachments (of-moved)");
        assertThat(life.world.cloud.machines()).hasSize(1);
        life.world.api.tell(new ClusterDelta.VolumeAttachmentGone("of-moved"));
        life.world.pass(Duration.ofSeconds(3));
        assertAllGone();
    }

    @Test
    @Covers("node/termination: volume attachments")
    void givesVolumesUpAtTheDeadline() {
        running(claim().terminationGracePeriod("30s"));
        attach("hanging", "pv-1");
        life.world.cloud.failTerminations("wait");
        deleteClaim();
        life.world.pass(Duration.ofSeconds(29));
        assertThat(life.world.conditionStatus("a", NodeClaim.VOLUMES_DETACHED)).isEqualTo(Condition.UNKNOWN);
        life.world.pass(Duration.ofSeconds(3));
        assertThat(life.world.condition("a", NodeClaim.VOLUMES_DETACHED).reason())
                .isEqualTo("TerminationGracePeriodElapsed");
        life.world.cloud.failTerminations(null);
        life.world.pass(Duration.ofSeconds(12));
        assertAllGone();
    }

    private void attach(String name, @Nullable String volume) {
        life.world.api.tell(new ClusterDelta.VolumeAttachmentChanged(new VolumeAttachment(name, NODE, volume)));
    }

    @Test
    @Covers("Lifecycle: provider Delete retried until NotFound")
    void asksForTheMachinesEndUntilItIsGone() {
        running();
        life.world.cloud.terminationTakes(3);
        deleteClaim();
        life.world.pass(Duration.ofSeconds(5));
        assertThat(life.world.claim("a").isTrue(NodeClaim.INSTANCE_TERMINATING)).isTrue();
        assertThat(life.world.api.nodes().objects()).hasSize(1);
        life.world.pass(Duration.ofSeconds(11));
        assertThat(life.world.cloud.terminateCalls("fake:///machine-1")).isEqualTo(4);
        assertAllGone();
    }

    @Test
    @Covers("node/termination: instance gone")
    void letsANodeGoAtOnceWhenItIsSickAndItsMachineIsGone() {
        running();
        pod("p");
        life.world.cloud.loseMachine("fake:///machine-1");
        life.world
                .api
                .nodes()
                .change(NODE, node -> NodeBuilder.of(node).ready(false).build());
        deleteNode();
        assertAllGone();
    }

    @Test
    void drainsAReadyNodeWhateverTheCloudSays() {
        running();
        Pod pod = pod("p");
        life.world.cloud.loseMachine("fake:///machine-1");
        deleteNode();
        assertThat(life.world.api.nodes().objects()).hasSize(1);
        assertThat(terminating(pod)).isTrue();
    }

    @Test
    void drainsANodeWithoutClaimAndLeavesMachinesAlone() {
        life.world
                .api
                .nodes()
                .put(NodeBuilder.node("orphan").managedBy("default").build());
        Pod pod = life.world.api.putPod(PodBuilder.pod("p").on("orphan").build());
        life.world.api.nodes().startDeletion("orphan");
        life.world.pass(Duration.ofSeconds(6));
        assertThat(terminating(pod)).isTrue();
        life.world.api.stopTerminatingPods();
        life.world.pass(Duration.ofSeconds(2));
        assertThat(life.world.api.nodes().objects()).isEmpty();
        assertThat(life.world.faults.calls()).noneMatch(call -> call.startsWith("terminate"));
    }

    @Test
    void leavesNodesOfOthersAlone() {
        life.world
                .api
                .nodes()
                .put(NodeBuilder.node("foreign")
                        .finalizer(Labels.TERMINATION_FINALIZER)
                        .build());
        life.world.api.nodes().startDeletion("foreign");
        life.world.pass(Duration.ofSeconds(10));
        assertThat(life.world.faults.calls()).isEmpty();
    }

    @Test
    void takesNothingForGoneBeforeAllIsListed() {
        running();
        pod("p");
        deleteClaim();
        NodeClaim claim = life.world.claim("a");
        Node node = life.world.node(NODE);
        life.restartUnlisted();
        life.world.state.apply(new ClusterDelta.NodeClaimChanged(claim));
        life.world.pass(Duration.ofSeconds(3));
        life.world.state.apply(new ClusterDelta.NodeChanged(node));
        life.world.pass(Duration.ofSeconds(10));
        assertThat(life.world.cloud.machines()).hasSize(1);
        assertThat(life.world.api.nodes().objects()).hasSize(1);
    }

    @Test
    void doesNotWaitForANodeThatWasNeverRegistered() {
        life.world.api.nodeClaims().put(claim().build());
        life.world.settle();
        life.world.faults.next(Fault.UNAVAILABLE);
        life.world.join("a");
        life.world.settle();
        assertThat(life.world.claim("a").isTrue(NodeClaim.REGISTERED)).isFalse();
        deleteClaim();
        life.world.pass(Duration.ofSeconds(2));
        assertThat(life.world.api.nodeClaims().objects()).isEmpty();
        assertThat(life.world.cloud.machines()).isEmpty();
    }

    @Test
    @Covers("Lifecycle: multiple nodes per providerID removed")
    void removesEveryNodeOfOneMachine() {
        running();
        life.world
                .api
                .nodes()
                .put(NodeBuilder.node("twin")
                        .managedBy("default")
                        .providerId("fake:///machine-1")
                        .build());
        deleteClaim();
        assertThat(life.world.node("twin").metadata().deleting()).isTrue();
        life.world.pass(Duration.ofSeconds(10));
        assertAllGone();
    }
}
