package karpenter.controllers.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import karpenter.api.Labels;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodPhase;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.Metrics;
import karpenter.runtime.TestingScrape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("metrics/pod: states and waiting times")
class PodMetricsTest {
    private static final String P = "{name=\"p\",namespace=\"default\"}";

    private final FakeWorld world = new FakeWorld();

    /** Begins anew as a process that has not listed yet, with what is in the API already. */
    private void start() {
        world.restart();
        PodMetrics.register(world.context, world.state);
        world.listAgain();
    }

    private List<String> family(String name) {
        return TestingScrape.family(world.context.metrics(), name);
    }

    private String page() {
        return TestingScrape.text(world.context.metrics());
    }

    private PodBuilder pod() {
        return PodBuilder.pod("p").uid("p-1");
    }

    private Pod put(PodBuilder builder) {
        return world.api.putPod(builder.build());
    }

    private void after(long millis) {
        world.time.advance(Duration.ofMillis(millis));
    }

    private static String count(String histogram, int count, String sum) {
        return histogram + "_sum " + sum + "\n" + histogram + "_count " + count + "\n";
    }

    @Test
    void showsWhereEachPodIs() {
        start();
        world.api
                .nodes()
                .put(NodeBuilder.node("n")
                        .managedBy("default")
                        .label(Labels.ZONE, "zone-a")
                        .label(Labels.ARCH, "amd64")
                        .label(Labels.CAPACITY_TYPE, "spot")
                        .label(Labels.INSTANCE_TYPE, "m-4x")
                        .build());
        put(pod().on("n"));
        world.api.putPod(PodBuilder.pod("kube-system", "bare").owner(null).build());
        assertThat(family("karpenter_pods_state"))
                .containsExactly(
                        "# TYPE karpenter_pods_state gauge",
                        "karpenter_pods_state{arch=\"\",capacity_type=\"\",instance_type=\"\",managed=\"false\","
                                + "name=\"bare\",namespace=\"kube-system\",node=\"\",nodepool=\"\",owner=\"\","
                                + "phase=\"Pending\",ready=\"false\",scheduled=\"false\",zone=\"\"} 1",
                        "karpenter_pods_state{arch=\"amd64\",capacity_type=\"spot\",instance_type=\"m-4x\","
                                + "managed=\"true\",name=\"p\",namespace=\"default\",node=\"n\",nodepool=\"default\","
                                + "owner=\"/apis/apps/v1/namespaces/default/replicasets/web\",phase=\"Running\","
                                + "ready=\"true\",scheduled=\"true\",zone=\"zone-a\"} 1");
    }

    @Test
    void followsAPodFromItsCreationToItsStart() {
        start();
        Pod waiting = put(pod());
        after(500);
        world.state.waits().acknowledge(waiting.uid());
        after(1000);
        assertThat(family("karpenter_pods_unbound_time_seconds"))
                .containsExactly(
                        "# TYPE karpenter_pods_unbound_time_seconds gauge",
                        "karpenter_pods_unbound_time_seconds" + P + " 1.5");
        assertThat(family("karpenter_pods_unstarted_time_seconds"))
                .containsExactly(
                        "# TYPE karpenter_pods_unstarted_time_seconds gauge",
                        "karpenter_pods_unstarted_time_seconds" + P + " 1.5");
        assertThat(family("karpenter_pods_provisioning_scheduling_undecided_time_seconds"))
                .containsExactly(
                        "# TYPE karpenter_pods_provisioning_scheduling_undecided_time_seconds gauge",
                        "karpenter_pods_provisioning_scheduling_undecided_time_seconds" + P + " 1");
        assertThat(page()).doesNotContain("provisioning_unbound_time_seconds{");

        world.state.waits().decide(waiting.uid(), true);
        after(2000);
        assertThat(page()).doesNotContain("undecided_time_seconds{");
        assertThat(family("karpenter_pods_provisioning_unbound_time_seconds"))
                .containsExactly(
                        "# TYPE karpenter_pods_provisioning_unbound_time_seconds gauge",
                        "karpenter_pods_provisioning_unbound_time_seconds" + P + " 2");

        put(pod().on("n").phase(PodPhase.PENDING).ready(false));
        assertThat(page())
                .contains(count("karpenter_pods_bound_duration_seconds", 1, "3.5"))
                .contains(count("karpenter_pods_provisioning_bound_duration_seconds", 1, "2"))
                .doesNotContain("unbound_time_seconds{");
        after(4000);
        put(pod().on("n").ready(false));
        assertThat(family("karpenter_pods_provisioning_unstarted_time_seconds"))
                .containsExactly(
                        "# TYPE karpenter_pods_provisioning_unstarted_time_seconds gauge",
                        "karpenter_pods_provisioning_unstarted_time_seconds" + P + " 6");
        put(pod().on("n"));
        assertThat(page())
                .contains(count("karpenter_pods_startup_duration_seconds", 1, "7.5"))
                .contains(count("karpenter_pods_provisioning_startup_duration_seconds", 1, "6"))
                .contains(count("karpenter_pods_bound_duration_seconds", 1, "3.5"))
                .doesNotContain("unstarted_time_seconds{");
        assertThat(world.state.waits().of("p-1")).isNull();
    }

    @Test
    void exposesTheFamiliesInUpstreamsShapes() {
        start();
        put(pod());
        put(pod().on("n"));
        assertThat(family("karpenter_pods_startup_duration_seconds"))
                .containsExactly(
                        "# TYPE karpenter_pods_startup_duration_seconds summary",
                        "karpenter_pods_startup_duration_seconds_count 1",
                        "karpenter_pods_startup_duration_seconds_sum 0",
                        "karpenter_pods_startup_duration_seconds{quantile=\"0\"} 0",
                        "karpenter_pods_startup_duration_seconds{quantile=\"0.5\"} 0",
                        "karpenter_pods_startup_duration_seconds{quantile=\"0.9\"} 0",
                        "karpenter_pods_startup_duration_seconds{quantile=\"0.99\"} 0",
                        "karpenter_pods_startup_duration_seconds{quantile=\"1\"} 0");
        assertThat(family("karpenter_pods_bound_duration_seconds"))
                .startsWith("# TYPE karpenter_pods_bound_duration_seconds histogram")
                .contains(
                        "karpenter_pods_bound_duration_seconds_bucket{le=\"0.005\"} 1",
                        "karpenter_pods_bound_duration_seconds_bucket{le=\"600\"} 1",
                        "karpenter_pods_bound_duration_seconds_bucket{le=\"+Inf\"} 1")
                .hasSize(1 + 45 + 1 + 2);
    }

    @Test
    void countsNothingForPodsThatItNeverSawPending() {
        put(pod().on("n"));
        start();
        put(pod().on("n").ready(false));
        put(pod().on("n"));
        assertThat(page())
                .contains("karpenter_pods_bound_duration_seconds_count 0\n")
                .contains("karpenter_pods_startup_duration_seconds_count 0\n")
                .doesNotContain("time_seconds{");
    }

    @Test
    void doesNotGuessWhenAPodWasBoundThatWasBoundBeforeTheFirstList() {
        put(pod().on("n").phase(PodPhase.PENDING).ready(false));
        start();
        after(3000);
        put(pod().on("n"));
        assertThat(page())
                .contains("karpenter_pods_bound_duration_seconds_count 0\n")
                .contains(count("karpenter_pods_startup_duration_seconds", 1, "3"));
    }

    @Test
    void countsAPodThatTheWatchFirstShowsBound() {
        start();
        put(pod().on("n").phase(PodPhase.PENDING).ready(false));
        assertThat(page()).contains(count("karpenter_pods_bound_duration_seconds", 1, "0"));
    }

    @Test
    void givesUpOnAPodThatEndsBeforeItIsReady() {
        start();
        world.state.waits().acknowledge(put(pod()).uid());
        put(pod().on("n").ready(false));
        put(pod().on("n").ready(false).phase(PodPhase.FAILED));
        assertThat(page())
                .contains(count("karpenter_pods_bound_duration_seconds", 1, "0"))
                .contains("karpenter_pods_startup_duration_seconds_count 0\n")
                .doesNotContain("time_seconds{");
        assertThat(world.state.waits().of("p-1")).isNull();
    }

    @Test
    @Covers("metrics store: replace and delete series")
    void endsTheSeriesOfAPodThatIsGoneAndFollowsItsSuccessorOfTheSameName() {
        start();
        world.state.waits().acknowledge(put(pod()).uid());
        world.api.removePod(new PodKey("default", "p"));
        assertThat(page()).doesNotContain("karpenter_pods_unstarted").doesNotContain("karpenter_pods_state");
        put(pod());
        after(1000);
        // The deletion of the first one was missed: the watch was away.
        put(PodBuilder.pod("p").uid("p-2").createdAt(world.now()));
        after(1000);
        assertThat(family("karpenter_pods_unstarted_time_seconds"))
                .containsExactly(
                        "# TYPE karpenter_pods_unstarted_time_seconds gauge",
                        "karpenter_pods_unstarted_time_seconds" + P + " 1");
        put(PodBuilder.pod("p").uid("p-3").on("n"));
        assertThat(page())
                .contains("karpenter_pods_startup_duration_seconds_count 0\n")
                .doesNotContain("time_seconds{");
    }

    @Test
    void takesAPlacementBackWhenALaterPassFindsNone() {
        start();
        Pod waiting = put(pod());
        world.state.waits().decide(waiting.uid(), true);
        world.state.waits().decide(waiting.uid(), false);
        after(1000);
        assertThat(page()).doesNotContain("provisioning_unbound_time_seconds{");
        world.state.waits().decide(waiting.uid(), true);
        after(1000);
        assertThat(page()).contains("karpenter_pods_provisioning_unbound_time_seconds" + P + " 1\n");
    }

    @Test
    void leavesAStandbySilentButReadyToTakeOver() {
        LeaderGate gate = new LeaderGate();
        ControllerContext standby = new ControllerContext(world.time, Metrics.create(), gate);
        PodMetrics.register(standby, world.state);
        put(pod());
        world.api.putPod(PodBuilder.pod("early").uid("early").build());
        world.api.putPod(PodBuilder.pod("early").uid("early").on("n").build());
        assertThat(TestingScrape.text(standby.metrics()))
                .contains("karpenter_pods_startup_duration_seconds_count 0\n")
                .doesNotContain("karpenter_pods_state{")
                .doesNotContain("time_seconds{");
        gate.acquired();
        after(2000);
        put(pod().on("n"));
        assertThat(TestingScrape.text(standby.metrics()))
                .contains(count("karpenter_pods_startup_duration_seconds", 1, "2"));
    }
}
