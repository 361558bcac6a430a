package karpenter.controllers.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.runtime.Controller;
import karpenter.runtime.TestingScrape;
import org.junit.jupiter.api.Test;

class StatusControllersTest {
    private static final String OWNERS =
            "karpenter_sh_nodepool=\"default\",karpenter_test_sh_testnodeclass=\"default\",";

    private final FakeWorld world = new FakeWorld();

    StatusControllersTest() {
        start();
    }

    private void start() {
        List<Controller<String>> controllers =
                StatusControllers.all(world.context, world.state, world.api, world.cloud.supportedNodeClasses(), true);
        world.run(controllers.toArray(Controller<?>[]::new));
    }

    private NodeClaim putClaim() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        return world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("c")
                        .pool(pool)
                        .finalizer(Labels.TERMINATION_FINALIZER)
                        .createdAt(world.now())
                        .build());
    }

    private void launch() {
        world.api
                .nodeClaims()
                .change(
                        "c",
                        claim -> claim.withConditions(claim.conditions().setTrue(NodeClaim.LAUNCHED, world.now())));
    }

    private List<String> family(String name) {
        return TestingScrape.family(world.context.metrics(), name);
    }

    private String page() {
        return TestingScrape.text(world.context.metrics());
    }

    @Test
    void tellsOfATransitionByEventAndInMetrics() {
        putClaim();
        world.settle();
        assertThat(world.api.events()).isEmpty();
        world.time.advance(Duration.ofSeconds(3));
        launch();
        world.settle();
        NodeClaim claim = world.claim("c");
        assertThat(world.api.events()).hasSize(1);
        Event event = world.api.events().getFirst();
        assertThat(event.reason()).isEqualTo("Launched");
        assertThat(event.message())
                .isEqualTo("Status condition transitioned, Type: Launched, Status: Unknown -> True, Reason: Launched");
        assertThat(event.warning()).isFalse();
        assertThat(event.dedupeValues()).isEmpty();
        assertThat(event.about().kind()).isEqualTo("NodeClaim");
        assertThat(event.about().uid()).isEqualTo(claim.metadata().uid());

        assertThat(family("operator_nodeclaim_status_condition_transitions_total"))
                .contains(
                        "# TYPE operator_nodeclaim_status_condition_transitions_total counter",
                        "operator_nodeclaim_status_condition_transitions_total{" + OWNERS
                                + "reason=\"AwaitingReconciliation\",status=\"Unknown\",type=\"Launched\"} 1",
                        "operator_nodeclaim_status_condition_transitions_total{" + OWNERS
                                + "reason=\"Launched\",status=\"True\",type=\"Launched\"} 1");
        String left = OWNERS + "status=\"Unknown\",type=\"Launched\"";
        assertThat(family("operator_nodeclaim_status_condition_transition_seconds"))
                .hasSize(1 + 15 + 1 + 2)
                .contains(
                        "# TYPE operator_nodeclaim_status_condition_transition_seconds histogram",
                        "operator_nodeclaim_status_condition_transition_seconds_bucket{" + left + ",le=\"2\"} 0",
                        "operator_nodeclaim_status_condition_transition_seconds_bucket{" + left + ",le=\"4\"} 1",
                        "operator_nodeclaim_status_condition_transition_seconds_bucket{" + left + ",le=\"8192\"} 1",
                        "operator_nodeclaim_status_condition_transition_seconds_sum{" + left + "} 3");
        assertThat(family("operator_status_condition_transitions_total"))
                .contains(
                        "operator_status_condition_transitions_total{group=\"karpenter.sh\",kind=\"NodeClaim\","
                                + "reason=\"Launched\",status=\"True\",type=\"Launched\"} 1",
                        "operator_status_condition_transitions_total{group=\"karpenter.sh\",kind=\"NodePool\","
                                + "reason=\"ReconcilingDependents\",status=\"Unknown\",type=\"Ready\"} 1");
        assertThat(family("operator_status_condition_transition_seconds"))
                .hasSize(1 + 11 + 1 + 2)
                .contains("operator_status_condition_transition_seconds_sum{group=\"karpenter.sh\","
                        + "kind=\"NodeClaim\",status=\"Unknown\",type=\"Launched\"} 3");
    }

    @Test
    void addsTheMessageOfAConditionThatHasOne() {
        putClaim();
        world.settle();
        world.api
                .nodeClaims()
                .change(
                        "c",
                        claim -> claim.withConditions(claim.conditions()
                                .setFalse(NodeClaim.REGISTERED, "MultipleNodesFound", "two nodes", world.now())));
        world.settle();
        assertThat(world.api.eventMessages("Registered"))
                .containsExactly("Status condition transitioned, Type: Registered, Status: Unknown -> False, "
                        + "Reason: MultipleNodesFound, Message: two nodes");
        assertThat(world.api.eventMessages("Ready"))
                .containsExactly("Status condition transitioned, Type: Ready, Status: Unknown -> False, "
                        + "Reason: UnhealthyDependents, Message: Launched=Unknown, Initialized=Unknown, "
                        + "Registered=False");
    }

    @Test
    void countsWhatItFirstSeesWithoutAnEvent() {
        putClaim();
        launch();
        world.settle();
        assertThat(world.api.events()).isEmpty();
        assertThat(page())
                .contains("operator_nodeclaim_status_condition_transitions_total{" + OWNERS
                        + "reason=\"Launched\",status=\"True\",type=\"Launched\"} 1\n")
                .doesNotContain("transition_seconds_count{");
        world.restart();
        start();
        world.listAgain();
        world.settle();
        assertThat(world.api.events()).isEmpty();
    }

    @Test
    void takesAConditionThatComesBackForANewOne() {
        putClaim();
        for (int i = 0; i < 2; i++) {
            world.api
                    .nodeClaims()
                    .change(
                            "c",
                            claim -> claim.withConditions(claim.conditions().setTrue(NodeClaim.DRIFTED, world.now())));
            world.settle();
            world.api
                    .nodeClaims()
                    .change(
                            "c",
                            claim -> claim.withConditions(claim.conditions().clear(NodeClaim.DRIFTED)));
            world.settle();
        }
        assertThat(world.api.events()).isEmpty();
        assertThat(page())
                .contains("operator_nodeclaim_status_condition_transitions_total{" + OWNERS
                        + "reason=\"Drifted\",status=\"True\",type=\"Drifted\"} 2\n")
                .doesNotContain("type=\"Drifted\"} 1\n");
    }

    @Test
    void showsForHowLongEachConditionHasItsStatus() {
        putClaim();
        launch();
        world.time.advance(Duration.ofMillis(1500));
        String launched = "name=\"c\",namespace=\"\",reason=\"Launched\",status=\"True\",type=\"Launched\"";
        assertThat(family("operator_nodeclaim_status_condition_count"))
                .hasSize(1 + 4)
                .contains(
                        "# TYPE operator_nodeclaim_status_condition_count gauge",
                        "operator_nodeclaim_status_condition_count{" + OWNERS + launched + "} 1");
        assertThat(family("operator_nodeclaim_status_condition_current_status_seconds"))
                .contains(
                        "# TYPE operator_nodeclaim_status_condition_current_status_seconds gauge",
                        "operator_nodeclaim_status_condition_current_status_seconds{" + OWNERS + launched + "} 1.5");
        assertThat(family("operator_status_condition_count"))
                .contains(
                        "operator_status_condition_count{group=\"karpenter.sh\",kind=\"NodeClaim\"," + launched + "} 1")
                .hasSize(1 + 4 + 3);
        assertThat(family("operator_status_condition_current_status_seconds"))
                .contains("operator_status_condition_current_status_seconds{group=\"karpenter.sh\","
                        + "kind=\"NodeClaim\"," + launched + "} 1.5");
        assertThat(family("operator_nodepool_status_condition_count"))
                .contains("operator_nodepool_status_condition_count{name=\"default\",namespace=\"\","
                        + "reason=\"AwaitingReconciliation\",status=\"Unknown\",type=\"NodeClassReady\"} 1")
                .hasSize(1 + 3);
    }

    @Test
    void followsATerminationToItsEnd() {
        putClaim();
        world.settle();
        world.api.nodeClaims().startDeletion("c");
        world.settle();
        world.time.advance(Duration.ofSeconds(5));
        assertThat(family("operator_nodeclaim_termination_current_time_seconds"))
                .containsExactly(
                        "# TYPE operator_nodeclaim_termination_current_time_seconds gauge",
                        "operator_nodeclaim_termination_current_time_seconds{" + OWNERS
                                + "name=\"c\",namespace=\"\"} 5");
        assertThat(family("operator_termination_current_time_seconds"))
                .containsExactly(
                        "# TYPE operator_termination_current_time_seconds gauge",
                        "operator_termination_current_time_seconds{group=\"karpenter.sh\",kind=\"NodeClaim\","
                                + "name=\"c\",namespace=\"\"} 5");
        assertThat(page()).doesNotContain("termination_duration_seconds_sum{");

        world.api
                .nodeClaims()
                .change(
                        "c",
                        claim -> claim.withMetadata(claim.metadata().withoutFinalizer(Labels.TERMINATION_FINALIZER)));
        world.settle();
        String labels = "{karpenter_sh_nodepool=\"default\",karpenter_test_sh_testnodeclass=\"default\"}";
        assertThat(page())
                .contains("operator_nodeclaim_termination_duration_seconds_sum" + labels + " 5\n")
                .contains("operator_nodeclaim_termination_duration_seconds_count" + labels + " 1\n")
                .contains("operator_termination_duration_seconds_sum{group=\"karpenter.sh\",kind=\"NodeClaim\"} 5\n")
                .doesNotContain("name=\"c\"");
        assertThat(world.api.eventMessages("Finalized")).containsExactly("Finalized karpenter.sh/termination");
    }

    @Test
    void tellsOfFinalizersThatGoOneByOne() {
        putClaim();
        world.api
                .nodeClaims()
                .change("c", claim -> claim.withMetadata(claim.metadata().withFinalizer("other/one")));
        world.settle();
        world.api
                .nodeClaims()
                .change("c", claim -> claim.withMetadata(claim.metadata().withoutFinalizer("other/one")));
        world.settle();
        assertThat(world.api.eventMessages("Finalized")).containsExactly("Finalized other/one");
    }

    @Test
    void doesNotMistakeASuccessorOfTheSameNameForAChange() {
        NodeClaim first = putClaim();
        world.settle();
        world.api.nodeClaims().remove("c");
        NodeClaim second = putClaim();
        assertThat(second.metadata().uid()).isNotEqualTo(first.metadata().uid());
        launch();
        world.settle();
        assertThat(world.api.events()).extracting(Event::reason).containsExactly("Finalized");
        assertThat(world.api.events().getFirst().about().uid())
                .isEqualTo(first.metadata().uid());
    }

    @Test
    void labelsNodesWithInitializedAndLeavesThemOutOfTheCommonFamilies() {
        world.api.nodes().put(NodeBuilder.node("n").managedBy("default").build());
        world.settle();
        world.time.advance(Duration.ofSeconds(10));
        world.api
                .nodes()
                .change(
                        "n",
                        node -> NodeBuilder.of(node)
                                .condition("Ready", Condition.FALSE, world.now())
                                .build());
        world.settle();
        assertThat(family("operator_node_status_condition_count"))
                .containsExactly(
                        "# TYPE operator_node_status_condition_count gauge",
                        "operator_node_status_condition_count{karpenter_sh_initialized=\"true\"," + OWNERS
                                + "name=\"n\",namespace=\"\",reason=\"\",status=\"False\",type=\"Ready\"} 1");
        assertThat(family("operator_status_condition_count")).isEmpty();
        assertThat(world.api.events()).hasSize(1);
        assertThat(world.api.events().getFirst().about().apiVersion()).isEqualTo("v1");
        assertThat(world.api.eventMessages("Ready"))
                .containsExactly("Status condition transitioned, Type: Ready, Status: True -> False, Reason: ");
        assertThat(FakeCloudProvider.NODE_CLASS.labelKey()).isEqualTo("karpenter.test.sh/testnodeclass");
    }
}
