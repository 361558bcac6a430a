package karpenter.controllers.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.Metrics;
import karpenter.runtime.TestingScrape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

final class ProvisionerTest {
    private final ProvisioningWorld cluster = new ProvisioningWorld();
    private final FakeWorld world = cluster.world;

    @Test
    @Covers({"provisioning: batcher", "provisioning: basic provisioning"})
    void buysOneNodeForABurstOfPodsOnceItHasEnded() {
        List<Pod> first = cluster.waiting(2, "500m");
        world.pass(Duration.ofMillis(900));
        List<Pod> second = cluster.waiting(1, "500m");
        world.pass(Duration.ofMillis(900));
        assertThat(cluster.claims()).isEmpty();
        world.pass(Duration.ofMillis(200));
        String claim = cluster.onlyClaim().name();
        assertThat(first).allSatisfy(pod -> assertThat(cluster.plannedOn(pod)).isEqualTo(claim));
        assertThat(second).allSatisfy(pod -> assertThat(cluster.plannedOn(pod)).isEqualTo(claim));
        assertThat(world.api.eventMessages("Nominated")).containsExactly("Pod should schedule on: nodeclaim/" + claim);
    }

    @Test
    void waitsForPodsThatTheSchedulerHasNotJudgedYet() {
        Pod unjudged = unjudged("slow");
        cluster.waiting(1, "500m");
        cluster.pass(3);
        assertThat(cluster.claims()).isEmpty();
        judge(unjudged);
        world.pass(Duration.ofMillis(1100));
        assertThat(cluster.plannedOn(unjudged)).isEqualTo(cluster.onlyClaim().name());
    }

    @Test
    void countsTheIdleTimeFromWhenThePodsCameNotFromTheirJudgement() {
        List<Pod> slow = List.of(unjudged("first"), unjudged("second"));
        world.pass(Duration.ofMillis(400));
        judge(slow.get(0));
        world.pass(Duration.ofMillis(400));
        judge(slow.get(1));
        world.pass(Duration.ofMillis(150));
        assertThat(cluster.claims()).isEmpty();
        world.pass(Duration.ofMillis(100));
        assertThat(slow)
                .allSatisfy(pod -> assertThat(cluster.plannedOn(pod))
                        .isEqualTo(cluster.onlyClaim().name()));
    }

    @Test
    void startsAtOnceWhenTheLastJudgementComesAfterTheIdleTime() {
        List<Pod> slow = List.of(unjudged("first"), unjudged("second"));
        judge(slow.get(0));
        world.pass(Duration.ofMillis(2500));
        assertThat(cluster.claims()).isEmpty();
        judge(slow.get(1));
        world.pass(Duration.ofMillis(50));
        assertThat(cluster.plannedOn(slow.get(1))).isEqualTo(cluster.onlyClaim().name());
    }

    @Test
    void buysForPodsThatTheSchedulerHasNotComeToWhenItHasRefusedTheirSibling() {
        Pod first = unjudged("first");
        List<Pod> siblings = List.of(sibling(first, "second"), sibling(first, "third"));
        world.pass(Duration.ofMillis(200));
        judge(first);
        world.pass(Duration.ofMillis(900));
        String claim = cluster.onlyClaim().name();
        assertThat(siblings)
                .allSatisfy(pod -> assertThat(cluster.plannedOn(pod)).isEqualTo(claim));
        siblings.forEach(this::judge);
        cluster.launchAll();
        cluster.pass(20);
        assertThat(cluster.onlyClaim().name()).isEqualTo(claim);
    }

    @Test
    void waitsForTheLastSiblingToComeWhetherItIsJudgedOrNot() {
        Pod first = unjudged("first");
        judge(first);
        world.pass(Duration.ofMillis(700));
        sibling(first, "second");
        world.pass(Duration.ofMillis(700));
        Pod last = sibling(first, "third");
        world.pass(Duration.ofMillis(900));
        assertThat(cluster.claims()).isEmpty();
        world.pass(Duration.ofMillis(150));
        assertThat(cluster.plannedOn(last)).isEqualTo(cluster.onlyClaim().name());
    }

    @Test
    void neitherBuysForPodsBehindSchedulingGatesNorWaitsForThem() {
        Pod first = unjudged("first");
        Pod gated = world.api.putPod(
                PodBuilder.pod("gated").createdAt(world.now()).gated().build().withShape(first.shape()));
        judge(first);
        world.pass(Duration.ofMillis(1100));
        assertThat(cluster.plannedOn(first)).isEqualTo(cluster.onlyClaim().name());
        assertThat(world.state.plannedFor(gated.uid())).isNull();
    }

    private Pod sibling(Pod pod, String name) {
        return world.api.putPod(
                PodBuilder.pod(name).createdAt(world.now()).unjudged().build().withShape(pod.shape()));
    }

    private Pod unjudged(String name) {
        return world.api.putPod(PodBuilder.pod(name)
                .createdAt(world.now())
                .request("cpu", "500m")
                .unjudged()
                .build());
    }

    private void judge(Pod unjudged) {
        world.api.putPod(PodBuilder.pod(unjudged.key().name())
                .uid(unjudged.uid())
                .createdAt(unjudged.creationTimestamp())
                .build()
                .withShape(unjudged.shape()));
    }

    @Test
    void aPodThatIsNeverJudgedHoldsNobodyUpForLong() {
        world.api.putPod(
                PodBuilder.pod("nobodys").createdAt(world.now()).unjudged().build());
        cluster.waiting(1, "500m");
        world.pass(RecentPods.PATIENCE.plusMillis(200));
        assertThat(cluster.claims()).hasSize(1);
        cluster.launchAll();
        Pod next = cluster.waiting(1, "500m").getFirst();
        world.pass(Duration.ofMillis(1100));
        assertThat(world.state.plannedFor(next.uid())).isNotNull();
    }

    @Test
    void asksOnSpeculationAndKeepsTheAnswerWhenNothingChanges() {
        cluster.waiting(3, "500m");
        world.settle();
        int asked = cluster.questions.size();
        assertThat(asked).isEqualTo(1);
        world.pass(Duration.ofSeconds(2));
        assertThat(cluster.claims()).hasSize(1);
        assertThat(cluster.questions).hasSize(asked);
    }

    @Test
    void asksAgainWhenSomethingChangedInTheWindow() {
        cluster.waiting(1, "500m");
        world.settle();
        List<Pod> late = cluster.waiting(1, "500m");
        cluster.pass(2);
        assertThat(cluster.plannedOn(late.getFirst()))
                .isEqualTo(cluster.onlyClaim().name());
    }

    @Test
    @Covers("provisioning: basic provisioning")
    void buysAsManyNodesAsThePodsNeedAllAtOnce() {
        cluster.waiting(5, "3");
        cluster.pass(2);
        assertThat(cluster.claims()).hasSize(5);
        assertThat(cluster.claims()).extracting(NodeClaim::name).doesNotHaveDuplicates();
    }

    @Test
    void waitsForUnlaunchedClaimsWithoutLosingTheBatch() {
        world.api.nodeClaims().put(NodeClaimBuilder.claim("somebody-elses").build());
        List<Pod> pods = cluster.waiting(1, "500m");
        cluster.pass(60);
        assertThat(cluster.claims()).extracting(NodeClaim::name).containsExactly("somebody-elses");
        world.api.nodeClaims().remove("somebody-elses");
        world.settle();
        assertThat(cluster.plannedOn(pods.getFirst()))
                .isEqualTo(cluster.onlyClaim().name());
    }

    @Test
    void hearsOfPodsThatComeAfterAWindowEndedBehindAPassThatHadToWait() {
        world.api.nodeClaims().put(NodeClaimBuilder.claim("somebody-elses").build());
        cluster.waiting(1, "100");
        cluster.pass(3);
        cluster.waiting(1, "100");
        cluster.pass(3);
        world.api.nodeClaims().remove("somebody-elses");
        cluster.pass(1);
        assertThat(cluster.questions).as("the pass that had to wait").hasSize(1);
        Pod late = cluster.waiting(1, "500m").getFirst();
        cluster.pass(2);
        assertThat(cluster.plannedOn(late)).isEqualTo(cluster.onlyClaim().name());
    }

    @Test
    @Covers({"In-flight: no second node for a fitting pod", "scheduling: in-flight nodes"})
    void countsOnTheMachineThatBootsInsteadOfBuyingAgain() {
        List<Pod> pods = cluster.waiting(3, "1");
        cluster.pass(2);
        cluster.launchAll();
        cluster.pass(40);
        NodeClaim claim = cluster.onlyClaim();
        assertThat(pods).allSatisfy(pod -> assertThat(cluster.plannedOn(pod)).isEqualTo(claim.name()));
        List<Pod> more = cluster.waiting(1, "1");
        cluster.pass(2);
        assertThat(cluster.claims()).hasSize(1);
        assertThat(cluster.plannedOn(more.getFirst())).isEqualTo(claim.name());
    }

    @Test
    @Covers("scheduling: no pre-binding")
    void leavesItToTheSchedulerToBindPods() {
        cluster.waiting(2, "1");
        cluster.pass(2);
        cluster.launchAll();
        world.join(cluster.onlyClaim().name());
        cluster.pass(60);
        assertThat(world.api.pods()).hasSize(2).noneMatch(Pod::bound);
        assertThat(world.faults.calls()).noneMatch(call -> call.contains("pods/"));
        assertThat(cluster.claims()).hasSize(1);
    }

    @Test
    @Covers("state: nomination")
    void protectsTheLaunchedMachineUntilItsPodsCanArrive() {
        cluster.waiting(1, "1");
        cluster.pass(2);
        cluster.launchAll();
        NodeState machine = machineOf(cluster.onlyClaim());
        assertThat(machine.nominated(world.now())).isTrue();
        assertThat(machine.nominated(world.now().plusSeconds(21))).isFalse();
        cluster.pass(60);
        assertThat(machineOf(cluster.onlyClaim()).nominated(world.now())).isTrue();
    }

    private NodeState machineOf(NodeClaim claim) {
        return Objects.requireNonNull(
                world.state.snapshot().machinesByClaimName().get(claim.name()));
    }

    @Test
    void doesNotLetOneFailingLaunchHoldUpAllOtherPods() {
        List<Pod> stuck = cluster.waiting(1, "1");
        cluster.pass(2);
        NodeClaim failing = cluster.onlyClaim();
        List<Pod> others = cluster.waiting(1, "1");
        cluster.pass(8);
        assertThat(cluster.claims()).hasSize(1);
        cluster.pass(10);
        assertThat(cluster.claims()).hasSize(2);
        assertThat(cluster.plannedOn(others.getFirst())).isNotEqualTo(failing.name());
        cluster.pass(60);
        assertThat(cluster.claims()).hasSize(2);
        assertThat(cluster.plannedOn(stuck.getFirst())).isEqualTo(failing.name());
    }

    @Test
    void plansAnewAsSoonAsAClaimIsGoneBeforeItWasLaunched() {
        List<Pod> pods = cluster.waiting(1, "1");
        cluster.pass(2);
        NodeClaim refused = cluster.onlyClaim();
        world.api.nodeClaims().remove(refused.name());
        cluster.pass(2);
        assertThat(cluster.onlyClaim().name()).isNotEqualTo(refused.name());
        assertThat(cluster.plannedOn(pods.getFirst()))
                .isEqualTo(cluster.onlyClaim().name());
    }

    @Test
    @Covers({"scheduling: deleting nodes and PDBs", "Deleting nodes: pods active or inactive"})
    void replacesThePodsOfMachinesThatLeaveButNotThoseThatWillNotMove() {
        world.api
                .nodes()
                .put(NodeBuilder.node("going")
                        .taint(Taint.of(Labels.DISRUPTED_TAINT, "", Taint.NO_SCHEDULE))
                        .build());
        world.api.putPod(PodBuilder.pod("moves").request("cpu", "1").on("going").build());
        world.api.putPod(PodBuilder.pod("stays")
                .request("cpu", "1")
                .doNotDisrupt("true")
                .on("going")
                .build());
        world.state.mark(List.of("fake:///going"), true);
        cluster.pass(2);
        assertThat(cluster.onlyClaim().spec().resources().requests().get("cpu")).hasToString("1");
        assertThat(cluster.questions.getLast().pods())
                .extracting(pod -> pod.key().name())
                .containsExactly("moves");
    }

    @Test
    void saysWhyAPodHasNoPlaceAndAsksAgain() {
        Pod tooLarge = cluster.waiting(1, "64").getFirst();
        cluster.pass(2);
        assertThat(cluster.claims()).isEmpty();
        assertThat(world.api.eventMessages("FailedScheduling"))
                .singleElement()
                .asString()
                .startsWith("Failed to schedule pod, nodepool \"default\": ");
        assertThat(world.state.waits().decided(tooLarge.uid())).isTrue();
        int asked = cluster.questions.size();
        cluster.pass(11);
        assertThat(cluster.questions.size()).isGreaterThan(asked);
    }

    @Test
    void ignoresPodsThatAskForWhatNobodyCanGive() {
        world.api.putPod(
                PodBuilder.pod("pinned").nodeSelector(Labels.HOSTNAME, "node-1").build());
        cluster.pass(2);
        assertThat(cluster.claims()).isEmpty();
        assertThat(world.api.eventMessages("FailedScheduling"))
                .singleElement()
                .asString()
                .startsWith("Failed to schedule pod, ")
                .contains(Labels.HOSTNAME)
                .contains("restricted");
        assertThat(gauge("karpenter_scheduler_ignored_pods_count")).isEqualTo(1);
    }

    private double gauge(String name) {
        return world.context.metrics().gauge(name, "").value();
    }

    @Test
    @Covers({"provisioning: multiple pools", "provisioning: static pools"})
    void buysFromReadyDynamicStayingPoolsOfItsOwnKindsOnly() {
        world.api.nodePools().remove("default");
        world.api.nodePools().put(NodePoolBuilder.pool("not-ready").build());
        world.api
                .nodePools()
                .put(ProvisioningWorld.ready(
                        NodePoolBuilder.pool("static").replicas(1).build()));
        world.api
                .nodePools()
                .put(ProvisioningWorld.ready(NodePoolBuilder.pool("foreign")
                        .nodeClass("other.sh", "OtherNodeClass", "default")
                        .build()));
        List<Pod> pods = cluster.waiting(1, "1");
        cluster.pass(2);
        assertThat(cluster.claims()).isEmpty();
        assertThat(cluster.questions)
                .allSatisfy(asked -> assertThat(asked.pools()).isEmpty());
        world.api
                .nodePools()
                .put(ProvisioningWorld.ready(NodePoolBuilder.pool("not-ready").build()));
        cluster.pass(2);
        assertThat(cluster.plannedOn(pods.getFirst()))
                .isEqualTo(cluster.onlyClaim().name());
        assertThat(cluster.onlyClaim().nodePoolName()).isEqualTo("not-ready");
    }

    @Test
    void skipsAPoolThatTheProviderCannotAnswerForAndLooksAgain() {
        cluster.waiting(1, "1");
        world.cloud.answerInstanceTypes(new InstanceTypesResult.Failed("throttled"));
        cluster.pass(2);
        assertThat(cluster.claims()).isEmpty();
        world.cloud.answerInstanceTypes(null);
        cluster.pass(11);
        assertThat(cluster.claims()).hasSize(1);
    }

    @Test
    void tellsTheSchedulerWhatItPromised() {
        Pod pod = cluster.waiting(1, "1").getFirst();
        cluster.pass(2);
        cluster.launchAll();
        cluster.pass(11);
        SchedulingInput last = cluster.questions.getLast();
        assertThat(last.promised()).containsEntry(pod.uid(), cluster.onlyClaim().name());
        assertThat(last.machines()).hasSize(1);
    }

    @Test
    @Covers({"provisioning: NodeClaim contents", "provisioning: annotations", "provisioning: labels"})
    void writesTheTemplateAndThePlanIntoTheClaim() {
        world.api.nodePools().remove("default");
        world.api
                .nodePools()
                .put(ProvisioningWorld.ready(NodePoolBuilder.pool("team")
                        .templateLabel("team", "blue")
                        .templateAnnotation("note", "x")
                        .startupTaint(Taint.of("booting", "", Taint.NO_SCHEDULE))
                        .requirement("example.com/rack", "In", "r2", "r1")
                        .requirement("example.com/old", "NotIn", "yes")
                        .terminationGracePeriod("1h")
                        .expireAfter("720h")
                        .build()));
        cluster.waiting(2, "500m");
        cluster.pass(2);
        NodeClaim claim = cluster.onlyClaim();
        assertThat(claim.name()).matches("team-[b-z0-9]{5}");
        assertThat(claim.metadata().generateName()).isEqualTo("team-");
        assertThat(claim.metadata().labels())
                .containsEntry("team", "blue")
                .containsEntry("example.com/rack", "r1")
                .doesNotContainKey("example.com/old")
                .containsEntry(Labels.NODE_POOL, "team")
                .containsEntry(FakeCloudProvider.NODE_CLASS.labelKey(), "default");
        assertThat(claim.metadata().annotations())
                .containsEntry("note", "x")
                .containsEntry(Labels.MIN_VALUES_RELAXED, "false")
                .containsKeys(Labels.NODE_POOL_HASH, Labels.NODE_POOL_HASH_VERSION);
        assertThat(claim.metadata().ownerReferences()).singleElement().satisfies(owner -> {
            assertThat(owner.name()).isEqualTo("team");
            assertThat(owner.blockOwnerDeletion()).isTrue();
            assertThat(owner.controller()).isNull();
        });
        assertThat(claim.spec().startupTaints()).extracting(Taint::key).containsExactly("booting");
        assertThat(claim.spec().terminationGracePeriod()).isEqualTo("1h0m0s");
        assertThat(claim.spec().expireAfter().text()).isEqualTo("720h");
        assertThat(claim.spec().resources().requests().get("cpu")).hasToString("1");
        assertThat(claim.spec().resources().requests().get("pods")).hasToString("2");
        assertThat(claim.spec().requirements())
                .extracting(requirement -> requirement.key())
                .contains(Labels.INSTANCE_TYPE, Labels.NODE_POOL, FakeCloudProvider.NODE_CLASS.labelKey(), "team")
                .doesNotContain(Labels.REGISTERED, Labels.INITIALIZED, Labels.HOSTNAME);
    }

    @Test
    void onlyTheLeaderShowsTheImagesGauges() {
        LeaderGate gate = new LeaderGate();
        ControllerContext standby = new ControllerContext(world.time, Metrics.create(), gate);
        ClusterStateMetrics.register(standby, world.state);
        assertThat(TestingScrape.text(standby.metrics())).doesNotContain("\nkarpenter_cluster_state_");
        gate.acquired();
        assertThat(TestingScrape.text(standby.metrics()))
                .contains("\nkarpenter_cluster_state_node_count 0\n", "\nkarpenter_cluster_state_synced ");
    }

    @Test
    void keepsQuietAboutPodsThatKeepOffItsNodes() {
        world.api.putPod(PodBuilder.pod("elsewhere")
                .requireNode(NodeSelectorRequirement.of(Labels.NODE_POOL, "DoesNotExist"))
                .build());
        cluster.pass(2);
        assertThat(cluster.claims()).isEmpty();
        assertThat(world.api.eventMessages("FailedScheduling")).isEmpty();
        assertThat(gauge("karpenter_scheduler_ignored_pods_count")).isEqualTo(1);
        assertThat(world.context
                        .metrics()
                        .gauge("karpenter_scheduler_unschedulable_pods_count", "", "controller")
                        .value("provisioner"))
                .isZero();
    }

    @Test
    void nominatesInEventsAtMostTenPodsAtOnceAndFiveMoreASecond() {
        cluster.waiting(40, "10m");
        cluster.pass(2);
        assertThat(cluster.claims()).hasSize(1);
        assertThat(world.api.events())
                .filteredOn(event -> event.reason().equals("Nominated"))
                .hasSize(10);
    }

    @Test
    void showsWhetherTheImageIsInSync() {
        cluster.waiting(1, "1");
        cluster.pass(2);
        cluster.pass(5);
        assertThat(ClusterStateMetrics.unsynced(world.state.snapshot(), world.now(), world.now()))
                .isGreaterThan(Duration.ofSeconds(4));
        cluster.launchAll();
        assertThat(ClusterStateMetrics.unsynced(world.state.snapshot(), world.now(), world.now()))
                .isEqualTo(Duration.ZERO);
    }
}
