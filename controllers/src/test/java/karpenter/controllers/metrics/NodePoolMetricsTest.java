package karpenter.controllers.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import karpenter.api.Quantity;
import karpenter.api.v1.NodePool;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.runtime.TestingScrape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("metrics/nodepool: limits and usage")
class NodePoolMetricsTest {
    private final FakeWorld world = new FakeWorld();

    @Test
    void showsLimitsAndUsageOfEachPool() {
        NodePoolMetrics.register(world.context, world.state);
        world.api
                .nodePools()
                .put(NodePoolBuilder.pool("default")
                        .limit("cpu", "10500m")
                        .limit("nodes", "3")
                        .status(NodePool.Status.EMPTY.withResources(
                                Map.of("cpu", Quantity.parse("2"), "ephemeral-storage", Quantity.parse("1Ki")), 1))
                        .build());
        world.api.nodePools().put(NodePoolBuilder.pool("unlimited").build());
        assertThat(TestingScrape.family(world.context.metrics(), "karpenter_nodepools_limit"))
                .containsExactly(
                        "# TYPE karpenter_nodepools_limit gauge",
                        "karpenter_nodepools_limit{nodepool=\"default\",resource_type=\"cpu\"} 10.5",
                        "karpenter_nodepools_limit{nodepool=\"default\",resource_type=\"nodes\"} 3");
        assertThat(TestingScrape.family(world.context.metrics(), "karpenter_nodepools_usage"))
                .containsExactly(
                        "# TYPE karpenter_nodepools_usage gauge",
                        "karpenter_nodepools_usage{nodepool=\"default\",resource_type=\"cpu\"} 2",
                        "karpenter_nodepools_usage{nodepool=\"default\",resource_type=\"ephemeral_storage\"} 1024");
        world.api.nodePools().remove("default");
        assertThat(TestingScrape.text(world.context.metrics())).doesNotContain("karpenter_nodepools_");
    }

    @Test
    void survivesResourcesWhoseNamesFallTogether() {
        NodePoolMetrics.register(world.context, world.state);
        world.api
                .nodePools()
                .put(NodePoolBuilder.pool("default")
                        .limit("example.com/a-b", "3")
                        .limit("example.com/a_b", "3")
                        .build());
        assertThat(TestingScrape.family(world.context.metrics(), "karpenter_nodepools_limit"))
                .containsExactly(
                        "# TYPE karpenter_nodepools_limit gauge",
                        "karpenter_nodepools_limit{nodepool=\"default\",resource_type=\"example.com/a_b\"} 3");
    }
}
