package karpenter.controllers.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.cloudprovider.CloudProvider.ProviderLabels;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.Metrics;
import karpenter.runtime.TestingScrape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("metrics/node: series of a node")
class NodeMetricsTest {
    private static final String MACHINE = "arch=\"arm64\",capacity_type=\"spot\",instance_size=\"large\","
            + "instance_type=\"m-4x\",managed=\"true\",node_name=\"n\",nodepool=\"default\",os=\"linux\",phase=\"\","
            + "region=\"\",";
    private static final String PLACE = "windows_build=\"\",zone=\"zone-a\"";

    private final FakeWorld world = new FakeWorld();

    private void register() {
        NodeMetrics.register(
                world.context,
                world.state,
                new ProviderLabels(
                        Set.of("karpenter.test.sh/instance-size", "bare", "other.sh/zone", "too/many/parts"),
                        Set.of(),
                        Set.of()));
    }

    private void startMachine() {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("c")
                        .initialized("fake:///n", "n", world.now())
                        .build());
        world.api
                .nodes()
                .put(NodeBuilder.node("n")
                        .managedBy("default")
                        .label(Labels.ARCH, "arm64")
                        .label(Labels.OS, "linux")
                        .label(Labels.CAPACITY_TYPE, "spot")
                        .label(Labels.INSTANCE_TYPE, "m-4x")
                        .label(Labels.ZONE, "zone-a")
                        .label("other.sh/zone", "not shown")
                        .label("karpenter.test.sh/instance-size", "large")
                        .allocatable(ResourceVector.of(Map.of(
                                "cpu", Quantity.parse("3900m"),
                                "memory", Quantity.parse("15Gi"),
                                "pods", Quantity.parse("110"),
                                "example.com/gpu-card", Quantity.parse("2"))))
                        .build());
    }

    private List<String> family(String name) {
        return TestingScrape.family(world.context.metrics(), name);
    }

    private static String series(String family, String resource, String value) {
        return family + "{" + MACHINE + "resource_type=\"" + resource + "\"," + PLACE + "} " + value;
    }

    @Test
    void labelsEachResourceOfANodeWithItsWellKnownLabels() {
        register();
        startMachine();
        String family = "karpenter_nodes_allocatable";
        assertThat(family(family))
                .containsExactly(
                        "# TYPE karpenter_nodes_allocatable gauge",
                        series(family, "cpu", "3.9"),
                        series(family, "ephemeral_storage", "0"),
                        series(family, "example.com/gpu_card", "2"),
                        series(family, "memory", "1.610612736e+10"),
                        series(family, "pods", "110"));
        family = "karpenter_nodes_system_overhead";
        assertThat(family(family))
                .contains(
                        series(family, "cpu", "0.1"),
                        series(family, "memory", "1.073741824e+09"),
                        series(family, "pods", "0"));
    }

    @Test
    void sumsWhatPodsAndDaemonsAskFor() {
        register();
        startMachine();
        world.api.putPod(PodBuilder.pod("p")
                .on("n")
                .request("cpu", "1500m")
                .limit("cpu", "2")
                .limit("memory", "1Ki")
                .build());
        world.api.putPod(PodBuilder.pod("d")
                .daemon()
                .on("n")
                .request("cpu", "100m")
                .limit("cpu", "200m")
                .build());
        assertThat(family("karpenter_nodes_total_pod_requests"))
                .contains(
                        series("karpenter_nodes_total_pod_requests", "cpu", "1.6"),
                        series("karpenter_nodes_total_pod_requests", "pods", "2"));
        assertThat(family("karpenter_nodes_total_pod_limits"))
                .contains(
                        series("karpenter_nodes_total_pod_limits", "cpu", "2.2"),
                        series("karpenter_nodes_total_pod_limits", "memory", "1024"),
                        series("karpenter_nodes_total_pod_limits", "pods", "2"));
        assertThat(family("karpenter_nodes_total_daemon_requests"))
                .contains(
                        series("karpenter_nodes_total_daemon_requests", "cpu", "0.1"),
                        series("karpenter_nodes_total_daemon_requests", "memory", "0"));
        assertThat(family("karpenter_nodes_total_daemon_limits"))
                .contains(
                        series("karpenter_nodes_total_daemon_limits", "cpu", "0.2"),
                        series("karpenter_nodes_total_daemon_limits", "pods", "1"));
    }

    @Test
    void tellsAgeAndUtilizationAsOfTheScrape() {
        register();
        startMachine();
        world.api.nodes().put(NodeBuilder.node("other").build());
        world.api.putPod(PodBuilder.pod("p").on("n").request("cpu", "1580m").build());
        world.time.advance(Duration.ofMillis(90_500));
        assertThat(family("karpenter_nodes_current_lifetime_seconds"))
                .containsExactly(
                        "# TYPE karpenter_nodes_current_lifetime_seconds gauge",
                        "karpenter_nodes_current_lifetime_seconds{arch=\"\",capacity_type=\"\",instance_size=\"\","
                                + "instance_type=\"\",managed=\"false\",node_name=\"other\",nodepool=\"\",os=\"\","
                                + "phase=\"\",region=\"\",windows_build=\"\",zone=\"\"} 90.5",
                        "karpenter_nodes_current_lifetime_seconds{" + MACHINE + PLACE + "} 90.5");
        assertThat(family("karpenter_cluster_utilization_percent"))
                .contains("karpenter_cluster_utilization_percent{resource_type=\"cpu\"} 20")
                .contains("karpenter_cluster_utilization_percent{resource_type=\"example.com/gpu_card\"} 0");
    }

    @Test
    @Covers("metrics store: replace and delete series")
    void endsTheSeriesOfANodeThatIsGone() {
        register();
        startMachine();
        assertThat(family("karpenter_nodes_allocatable")).isNotEmpty();
        world.api.nodes().remove("n");
        assertThat(family("karpenter_nodes_allocatable")).isEmpty();
        assertThat(family("karpenter_cluster_utilization_percent")).isEmpty();
    }

    @Test
    void saysNothingOnAStandby() {
        LeaderGate gate = new LeaderGate();
        ControllerContext standby = new ControllerContext(world.time, Metrics.create(), gate);
        NodeMetrics.register(standby, world.state, new ProviderLabels(Set.of(), Set.of(), Set.of()));
        startMachine();
        assertThat(TestingScrape.text(standby.metrics())).doesNotContain("karpenter_nodes_");
        gate.acquired();
        assertThat(TestingScrape.text(standby.metrics())).contains("karpenter_nodes_allocatable{");
    }
}
