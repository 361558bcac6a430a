package karpenter.controllers.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import karpenter.api.Labels;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.TestingScrape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("state/cost: cost tracking")
class PoolCostsTest {
    private final FakeWorld world = new FakeWorld();
    private final PoolCosts costs = new PoolCosts(world.context, world.state, world.cloud);

    PoolCostsTest() {
        world.run(costs.controller());
        world.cloud.setInstanceTypes(
                List.of(type("m-4x", offering("zone-a", "spot", 0.1), offering("zone-b", "on-demand", 0.4))));
    }

    private static Offering offering(String zone, String capacityType, double price) {
        Requirements requirements =
                Requirements.of(Requirement.in(Labels.ZONE, zone), Requirement.in(Labels.CAPACITY_TYPE, capacityType));
        return new Offering(requirements, zone, capacityType, price, true, 0, null, null);
    }

    private static InstanceType type(String name, Offering... offerings) {
        return new InstanceType(
                name, Requirements.NONE, Stream.of(offerings).toList(), ResourceVector.ZERO, ResourceVector.ZERO);
    }

    private NodePool pool(String name) {
        return world.api.nodePools().put(NodePoolBuilder.pool(name).build());
    }

    private void claim(String name, NodePool pool, String type, String zone, String capacityType) {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim(name)
                        .pool(pool)
                        .label(Labels.INSTANCE_TYPE, type)
                        .label(Labels.ZONE, zone)
                        .label(Labels.CAPACITY_TYPE, capacityType)
                        .build());
    }

    private List<String> family(String name) {
        return TestingScrape.family(world.context.metrics(), name);
    }

    private static String cost(String pool, String value) {
        return "karpenter_nodepools_cost_total{nodepool=\"" + pool + "\"} " + value;
    }

    @Test
    void sumsThePricesOfAPoolsMachines() {
        NodePool pool = pool("default");
        pool("empty");
        claim("a", pool, "m-4x", "zone-a", "spot");
        claim("b", pool, "m-4x", "zone-a", "spot");
        claim("c", pool, "m-4x", "zone-b", "on-demand");
        world.settle();
        assertThat(family("karpenter_nodepools_cost_total"))
                .containsExactly(
                        "# TYPE karpenter_nodepools_cost_total gauge", cost("default", "0.6"), cost("empty", "0"));
        world.api.nodeClaims().remove("c");
        assertThat(costs.perHourUsd(world.state.snapshot())).containsEntry("default", 0.2);
        world.api.nodePools().remove("default");
        world.settle();
        assertThat(family("karpenter_nodepools_cost_total")).doesNotContain(cost("default", "0.2"));
    }

    @Test
    void looksForThePriceOnceTheLaunchHasLabelledTheClaim() {
        NodePool pool = pool("default");
        world.api.nodeClaims().put(NodeClaimBuilder.claim("a").pool(pool).build());
        world.settle();
        assertThat(family("karpenter_nodepools_cost_total")).contains(cost("default", "0"));
        claim("a", pool, "m-4x", "zone-b", "on-demand");
        world.settle();
        assertThat(family("karpenter_nodepools_cost_total")).contains(cost("default", "0.4"));
        assertThat(family("karpenter_nodepools_cost_tracker_errors_total")).isEmpty();
    }

    @Test
    void followsPricesEveryHourAndKeepsThoseThatAreNoLongerListed() {
        NodePool pool = pool("default");
        claim("a", pool, "m-4x", "zone-a", "spot");
        claim("b", pool, "m-4x", "zone-b", "on-demand");
        world.settle();
        world.cloud.setInstanceTypes(List.of(type("m-4x", offering("zone-a", "spot", 0.2))));
        world.time.advance(Duration.ofMinutes(59));
        world.settle();
        assertThat(costs.perHourUsd(world.state.snapshot())).containsEntry("default", 0.5);
        world.time.advance(Duration.ofMinutes(1));
        world.settle();
        assertThat(costs.perHourUsd(world.state.snapshot())).containsEntry("default", 0.6);
        assertThat(family("karpenter_nodepools_cost_tracker_errors_total")).isEmpty();
    }

    @Test
    void countsEachMachineWithoutAPriceOnceAndEachFailedList() {
        NodePool pool = pool("default");
        claim("odd", pool, "unheard-of", "zone-a", "spot");
        world.settle();
        world.time.advance(Duration.ofHours(1));
        world.settle();
        assertThat(family("karpenter_nodepools_cost_tracker_errors_total"))
                .containsExactly(
                        "# TYPE karpenter_nodepools_cost_tracker_errors_total counter",
                        "karpenter_nodepools_cost_tracker_errors_total{nodepool=\"default\"} 1");
        world.cloud.answerInstanceTypes(new InstanceTypesResult.Failed("throttled"));
        claim("a", pool, "m-4x", "zone-a", "spot");
        world.settle();
        world.time.advance(Duration.ofMinutes(1));
        world.settle();
        assertThat(family("karpenter_nodepools_cost_tracker_errors_total"))
                .contains("karpenter_nodepools_cost_tracker_errors_total{nodepool=\"default\"} 3");
        world.cloud.answerInstanceTypes(null);
        world.time.advance(Duration.ofMinutes(1));
        world.settle();
        assertThat(family("karpenter_nodepools_cost_total")).contains(cost("default", "0.1"));
    }

    @Test
    void waitsForOverlaysToBeEvaluatedWithoutAnError() {
        NodePool pool = pool("default");
        world.cloud.answerInstanceTypes(new InstanceTypesResult.NotEvaluated());
        claim("a", pool, "m-4x", "zone-a", "spot");
        world.settle();
        assertThat(family("karpenter_nodepools_cost_total")).contains(cost("default", "0"));
        assertThat(family("karpenter_nodepools_cost_tracker_errors_total")).isEmpty();
        world.cloud.answerInstanceTypes(null);
        world.time.advance(Duration.ofMinutes(1));
        world.settle();
        assertThat(family("karpenter_nodepools_cost_total")).contains(cost("default", "0.1"));
    }

    @Test
    void pricesClaimsThatCameBeforeTheirPool() {
        claim("a", NodePoolBuilder.pool("late").build(), "m-4x", "zone-a", "spot");
        world.settle();
        pool("late");
        world.settle();
        assertThat(family("karpenter_nodepools_cost_total")).contains(cost("late", "0.1"));
    }
}
