package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.requirement.Requirement;
import karpenter.core.resource.ResourceVector;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** Which nodes are bought, and what their claims say. */
class NewNodesTest {
    private static final List<InstanceType> SIZES = List.of(
            type("a.small").size(2, 8, 110).price(0.10).build(),
            type("a.large").size(4, 16, 110).price(0.20).build(),
            type("b.small").size(2, 4, 110).price(0.08).arch("arm64").build());

    private static NodePlan only(SchedulingResult result) {
        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans()).hasSize(1);
        return result.plans().getFirst();
    }

    private static List<String> names(NodePlan plan) {
        return plan.instanceTypes().stream().map(InstanceType::name).toList();
    }

    @Test
    @Covers("scheduling: binpacking")
    void buysFewCheapNodesForPodsThatAskForNothing() {
        SchedulingResult result =
                new Problem().pool(Types.kwok()).waiting(pod("web").times(200)).solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans().stream().mapToInt(plan -> plan.pods().size())).containsExactly(128, 64, 8);
        // 13 cores of the cheapest family at the price of Spot
        assertThat(result.pricePerHourUsd()).isCloseTo(13 * 0.7 * (0.025 + 0.002147483648), within(1e-9));
    }

    @Test
    @Covers({
        "scheduling/instance_selection: cheapest over arch, os, zone and capacity type",
        "scheduling: instance type compatibility"
    })
    void listsEveryTypeThatHoldsThePodsCheapestFirst() {
        NodePlan plan = only(
                new Problem().pool(SIZES).waiting(pod("a").cpu(500).build()).solve());

        assertThat(names(plan)).containsExactly("b.small", "a.small", "a.large");
        assertThat(plan.cheapest().capacityType()).isEqualTo(Labels.CAPACITY_TYPE_SPOT);
        assertThat(plan.pricePerHourUsd()).isCloseTo(0.056, within(1e-12));
    }

    @Test
    void breaksTiesOfPriceByName() {
        NodePlan plan = only(new Problem()
                .pool(List.of(type("y").build(), type("x").build(), type("z").build()))
                .waiting(pod("a").build())
                .solve());

        assertThat(names(plan)).containsExactly("x", "y", "z");
    }

    @Test
    @Covers("scheduling/instance_selection: truncation")
    void listsNoMoreTypesThanAClaimMayHave() {
        NodePlan plan = only(new Problem()
                .pool(Types.ladder(10))
                .options(options -> new SchedulingOptions(options.wellKnownLabels(), true, false, true, 3))
                .waiting(pod("a").build())
                .solve());

        assertThat(names(plan)).containsExactly("fake-it-0", "fake-it-1", "fake-it-2");
    }

    @Test
    @Covers({"scheduling/instance_selection: constraints from pool or pod", "scheduling: well-known labels"})
    void narrowsTheClaimToWhatThePodAsksFor() {
        NodePlan plan = only(new Problem()
                .pool("default", SIZES, pool -> pool.labels(Map.of("team", "a")))
                .waiting(pod("a").selector(Labels.ARCH, "amd64")
                        .require(in(Labels.ZONE, "zone-1", "zone-2"))
                        .build())
                .solve());

        assertThat(names(plan)).containsExactly("a.small", "a.large");
        assertThat(plan.requirements().all())
                .containsExactlyInAnyOrder(
                        Requirement.in(Labels.ARCH, "amd64"),
                        Requirement.in(Labels.ZONE, "zone-1", "zone-2"),
                        Requirement.in(Labels.INSTANCE_TYPE, "a.small", "a.large"),
                        Requirement.in(Labels.CAPACITY_TYPE, "spot", "on-demand"),
                        Requirement.in(Labels.NODE_POOL, "default"),
                        Requirement.in(Problem.NODE_CLASS_LABEL, "default"),
                        Requirement.in("team", "a"));
    }

    @Test
    void readsOldLabelKeysAsTheOnesThatReplacedThem() {
        NodePlan plan = only(new Problem()
                .pool(SIZES)
                .waiting(pod("a").selector("beta.kubernetes.io/arch", "arm64").build())
                .solve());

        assertThat(names(plan)).containsExactly("b.small");
    }

    @Test
    void namesOnlyCapacityTypesThatAreAvailable() {
        NodePlan plan = only(new Problem()
                .pool(List.of(type("x")
                        .unavailable("zone-1/spot", "zone-2/spot", "zone-3/spot")
                        .build()))
                .waiting(pod("a").build())
                .solve());

        assertThat(plan.requirements().get(Labels.CAPACITY_TYPE))
                .isEqualTo(Requirement.in(Labels.CAPACITY_TYPE, "on-demand"));
    }

    @Test
    void leavesOutTypesWithoutAnAvailableOfferingInThePodsZone() {
        NodePlan plan = only(new Problem()
                .pool(List.of(
                        type("x")
                                .price(0.1)
                                .unavailable("zone-1/spot", "zone-1/on-demand")
                                .build(),
                        type("y").price(0.2).build()))
                .waiting(pod("a").selector(Labels.ZONE, "zone-1").build())
                .solve());

        assertThat(names(plan)).containsExactly("y");
    }

    @Test
    @Covers("scheduling: custom constraints")
    void settlesACustomLabelThatThePoolLeavesOpen() {
        NodePlan plan = only(new Problem()
                .pool("default", SIZES, pool -> pool.require(NodeSelectorRequirement.of("tier", "Exists")))
                .waiting(pod("a").require(NodeSelectorRequirement.of("tier", "Gt", "7"))
                        .build())
                .solve());

        assertThat(plan.requirements().get("tier")).isEqualTo(Requirement.in("tier", "8"));
    }

    @Test
    @Covers("scheduling: custom constraints")
    void keepsPodsApartWhoseCustomLabelsExcludeEachOther() {
        SchedulingResult result = new Problem()
                .pool("default", SIZES, pool -> pool.require(NodeSelectorRequirement.of("team", "Exists")))
                .waiting(
                        pod("a").selector("team", "a").build(),
                        pod("b").selector("team", "b").build(),
                        pod("c").build())
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans()).hasSize(2);
    }

    @Test
    void keepsPodsOffTaintedPoolsUnlessTheyTolerate() {
        Problem problem = new Problem()
                .pool(
                        "default",
                        SIZES,
                        pool -> pool.taint("dedicated", "gpu", Taint.NO_SCHEDULE)
                                .startupTaint("starting"))
                .waiting(
                        pod("a").build(),
                        pod("b").tolerate("dedicated", "Equal", "gpu", "").build());
        SchedulingResult result = problem.solve();

        assertThat(result.plans()).hasSize(1);
        assertThat(result.plans().getFirst().pods().getFirst().key().name()).isEqualTo("b");
        assertThat(result.rejections().getFirst().reason().text())
                .contains("did not tolerate taint (taint=dedicated=gpu:NoSchedule)");
    }

    @Test
    @Covers("provisioning: daemonset overhead")
    void countsWhatDaemonSetsTake() {
        NodePlan plan = only(new Problem()
                .pool(SIZES)
                .daemonSet("agent", pod("agent").cpu(500).memoryMib(100).shape())
                .waiting(pod("a").cpu(1500).build())
                .solve());

        // 2 cores less 100m of overhead hold 500m + 1500m no more
        assertThat(names(plan)).containsExactly("a.large");
        assertThat(plan.requests())
                .isEqualTo(ResourceVector.of(2000, 100 * Types.MIB).with("pods", 2));
    }

    @Test
    @Covers("provisioning: weighted pools")
    void fillsTheHeaviestPoolWhateverItCosts() {
        SchedulingResult result = new Problem()
                .pool("cheap", SIZES, pool -> pool)
                .pool("dear", List.of(type("z").price(9).build()), pool -> pool.weight(10))
                .waiting(pod("a").build())
                .solve();

        assertThat(only(result).pool().name()).isEqualTo("dear");
    }

    @Test
    @Covers("provisioning: weighted pools")
    void goesThroughPoolsOfEqualWeightByNameDescending() {
        SchedulingResult result = new Problem()
                .pool("a", SIZES, pool -> pool)
                .pool("b", SIZES, pool -> pool)
                .waiting(pod("a").build())
                .solve();

        assertThat(only(result).pool().name()).isEqualTo("b");
    }

    @Test
    @Covers("provisioning: multiple pools")
    void movesOnToTheNextPoolWhenALimitIsReached() {
        SchedulingResult result = new Problem()
                .pool(
                        "first",
                        List.of(type("x").size(4, 16, 10).build()),
                        pool -> pool.weight(5).limit("cpu", "8"))
                .pool("second", List.of(type("y").size(4, 16, 10).build()), pool -> pool)
                .waiting(pod("a").times(30))
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans().stream().map(plan -> plan.pool().name())).containsExactly("first", "first", "second");
    }

    @Test
    @Covers("provisioning: limits on nodes")
    void countsNodesOfThisPassAgainstTheNodeLimit() {
        SchedulingResult result = new Problem()
                .pool("default", List.of(type("x").size(4, 16, 10).build()), pool -> pool.limit("nodes", "2"))
                .waiting(pod("a").times(30))
                .solve();

        assertThat(result.plans()).hasSize(2);
        assertThat(result.rejections()).hasSize(10);
        assertThat(result.rejections().getFirst().reason().text())
                .isEqualTo("nodepool \"default\": node limits have been exhausted for nodepool (NodePool=default)");
    }

    @Test
    @Covers("scheduling: offering overrides")
    void reckonsWithWhatAnOfferingOverrides() {
        InstanceType type = type("x")
                .zones("zone-1")
                .size(4, 16, 110)
                .offering("zone-2", "on-demand", 0.05, null, ResourceVector.of(3000, 0))
                .offering("zone-3", "on-demand", 0.50, ResourceVector.of(8000, 0), null)
                .build();
        SchedulingResult small = new Problem()
                .pool(List.of(type))
                .waiting(pod("a").cpu(500).build())
                .solve();
        SchedulingResult large = new Problem()
                .pool(List.of(type))
                .waiting(pod("a").cpu(7000).build())
                .solve();

        assertThat(only(small).pricePerHourUsd()).isEqualTo(0.05);
        assertThat(only(large).pricePerHourUsd()).isEqualTo(0.50);
    }

    @Test
    void keepsPodsForDifferentSystemsApartOnTypesThatRunBoth() {
        SchedulingResult result = new Problem()
                .pool(List.of(type("x").systems("linux", "windows").build()))
                .waiting(
                        pod("a").selector(Labels.OS, "linux").build(),
                        pod("b").selector(Labels.OS, "windows").build())
                .solve();

        assertThat(result.plans()).hasSize(2);
    }

    @Test
    void letsPodsThatNeedDearMachinesShareThemWithOthers() {
        SchedulingResult result = new Problem()
                .pool(List.of(type("x").size(8, 32, 110).build()))
                .waiting(pod("steady")
                        .cpu(6000)
                        .selector(Labels.CAPACITY_TYPE, "on-demand")
                        .build())
                .waiting(pod("any").cpu(1500).build())
                .solve();

        assertThat(only(result).pods()).hasSize(2);
    }

    @Test
    void buysFreeMachinesWithoutComplaint() {
        SchedulingResult result = new Problem()
                .pool(List.of(type("x").price(0).build(), type("y").price(0.1).build()))
                .waiting(pod("a").cpu(3000).times(3))
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.pricePerHourUsd()).isZero();
    }

    @Test
    void staysWithinTheBestOfManyWaysForAFewPods() {
        // Two large ones side by side would waste a third of each machine.
        List<InstanceType> types = List.of(
                type("s").size(2, 8, 110).price(0.10).onDemandOnly().build(),
                type("l").size(6, 24, 110).price(0.25).onDemandOnly().build());
        SchedulingResult result =
                new Problem().pool(types).waiting(pod("a").cpu(1900).times(3)).solve();

        assertThat(result.pricePerHourUsd()).isCloseTo(0.25, within(1e-12));
    }

    @Test
    void fillsTheNodesThatPodsNeedForThemselves() {
        // On one large machine the others would leave most of each of these nodes empty.
        List<Pod> alone = pod("alone")
                .cpu(1100)
                .label("app", "alone")
                .antiAffinity(Labels.HOSTNAME, Map.of("app", "alone"))
                .times(20);
        SchedulingResult result = new Problem()
                .pool(Types.ladder(50))
                .waiting(alone)
                .waiting(pod("filler").cpu(400).times(40))
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans())
                .hasSize(20)
                .allSatisfy(plan -> assertThat(plan.pods()).hasSize(3));
        assertThat(result.gap()).isLessThan(0.06);
    }
}
