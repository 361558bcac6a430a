package karpenter.controllers.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.MeteredCloudProvider;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.runtime.TestingScrape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("cloudprovider: metrics")
class ProviderCallMetricsTest {
    private final FakeWorld world = new FakeWorld();
    private final CloudProvider metered = new MeteredCloudProvider(
            world.cloud,
            new ProviderCallMetrics(world.context.metrics()),
            () -> "nodeclaim.lifecycle",
            world.time::nanoTime);

    @Test
    void timesCallsInThePrometheusClientsBuckets() {
        world.cloud.answerLaunches(claim -> {
            world.time.advance(Duration.ofMillis(200));
            return null;
        });
        metered.launch(NodeClaimBuilder.claim("c").build());
        String series = "controller=\"nodeclaim.lifecycle\",method=\"Create\",provider=\"fake\"";
        assertThat(TestingScrape.family(world.context.metrics(), "karpenter_cloudprovider_duration_seconds"))
                .hasSize(1 + 11 + 1 + 2)
                .contains(
                        "# TYPE karpenter_cloudprovider_duration_seconds histogram",
                        "karpenter_cloudprovider_duration_seconds_bucket{" + series + ",le=\"0.1\"} 0",
                        "karpenter_cloudprovider_duration_seconds_bucket{" + series + ",le=\"0.25\"} 1",
                        "karpenter_cloudprovider_duration_seconds_bucket{" + series + ",le=\"10\"} 1",
                        "karpenter_cloudprovider_duration_seconds_sum{" + series + "} 0.2");
        assertThat(TestingScrape.text(world.context.metrics())).doesNotContain("cloudprovider_errors_total");
    }

    @Test
    void countsErrorsByName() {
        metered.get("fake:///nowhere");
        world.cloud.failLists("down");
        metered.list();
        metered.list();
        assertThat(TestingScrape.family(world.context.metrics(), "karpenter_cloudprovider_errors_total"))
                .containsExactly(
                        "# TYPE karpenter_cloudprovider_errors_total counter",
                        "karpenter_cloudprovider_errors_total{controller=\"nodeclaim.lifecycle\",error=\"\","
                                + "method=\"List\",provider=\"fake\"} 2",
                        "karpenter_cloudprovider_errors_total{controller=\"nodeclaim.lifecycle\","
                                + "error=\"NodeClaimNotFoundError\",method=\"Get\",provider=\"fake\"} 1");
    }

    @Test
    void measuresAProviderWithoutAControllerToo() {
        ProviderCallMetrics.metered(world.cloud, world.context).list();
        assertThat(TestingScrape.text(world.context.metrics()))
                .contains("karpenter_cloudprovider_duration_seconds_count{controller=\"\",method=\"List\","
                        + "provider=\"fake\"} 1\n");
    }
}
