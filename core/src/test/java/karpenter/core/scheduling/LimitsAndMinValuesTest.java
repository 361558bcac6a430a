package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.requirement.Requirement;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** Bounds on what a pool may buy, and on how much choice a claim must leave. */
class LimitsAndMinValuesTest {
    private static List<String> names(NodePlan plan) {
        return plan.instanceTypes().stream().map(InstanceType::name).toList();
    }

    @Test
    @Covers("provisioning: limits")
    void listsNoTypeThatWouldExceedALimit() {
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(10), pool -> pool.limit("cpu", "3"))
                .waiting(pod("a").cpu(500).build())
                .solve();

        assertThat(names(result.plans().getFirst())).containsExactly("fake-it-0", "fake-it-1", "fake-it-2");
    }

    @Test
    @Covers("provisioning: limits")
    void usesALimitUpToTheLastCore() {
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(10), pool -> pool.limit("cpu", "10"))
                .waiting(pod("a").cpu(900).times(10))
                .solve();

        // Charging each node its largest possible type would stop after the first.
        assertThat(result.rejections()).isEmpty();
    }

    @Test
    void sharesWhatALimitLeavesAmongTheNodes() {
        SchedulingResult result = new Problem()
                .pool(
                        "default",
                        List.of(
                                type("s").size(2, 8, 1).price(0.1).build(),
                                type("l").size(4, 16, 1).price(0.3).build()),
                        pool -> pool.limit("cpu", "6"))
                .waiting(pod("a").times(2))
                .solve();

        assertThat(result.plans().stream().map(LimitsAndMinValuesTest::names))
                .containsExactly(List.of("s"), List.of("s", "l"));
    }

    @Test
    @Covers("provisioning: limits")
    void countsMachinesOfThePoolAgainstItsLimits() {
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(10), pool -> pool.limit("cpu", "6"))
                .machine("m", machine -> machine.taint("full", "NoSchedule"))
                .machine("other", machine -> machine.pool("elsewhere").taint("full", "NoSchedule"))
                .waiting(pod("a").cpu(1500).build(), pod("b").cpu(2500).build())
                .solve();

        assertThat(result.plans()).hasSize(1);
        assertThat(result.rejections()).hasSize(1);
    }

    @Test
    void buysNothingUnderALimitOfZero() {
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(10), pool -> pool.limit("cpu", "0"))
                .waiting(pod("a").build())
                .solve();

        assertThat(result.plans()).isEmpty();
        assertThat(result.rejections()).hasSize(1);
    }

    @Test
    @Covers("provisioning: limits on GPUs")
    void limitsResourcesThatOnlySomeTypesHave() {
        SchedulingResult result = new Problem()
                .pool(
                        "default",
                        List.of(
                                type("g").with("example.com/gpu", 4).build(),
                                type("x").build()),
                        pool -> pool.limit("example.com/gpu", "4"))
                .waiting(pod("gpu").requests("example.com/gpu", 3).times(2))
                .waiting(pod("plain").cpu(3500).times(3))
                .solve();

        assertThat(result.rejections()).hasSize(1);
        assertThat(result.rejections().getFirst().reason().text()).contains("limited by example.com/gpu");
    }

    @Test
    @Covers("provisioning: limits that allow a part")
    void buysAsMuchAsALimitAllows() {
        SchedulingResult result = new Problem()
                .pool("default", List.of(type("x").size(4, 16, 4).build()), pool -> pool.limit("cpu", "9"))
                .waiting(pod("a").times(20))
                .solve();

        assertThat(result.plans()).hasSize(2);
        assertThat(result.rejections()).hasSize(12);
    }

    @Test
    @Covers("scheduling/instance_selection: minValues with every operator")
    void leavesAsManyTypesAsMinValuesAsksFor() {
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(10), pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 5))
                .waiting(pod("a").cpu(900).times(20))
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans()).allSatisfy(plan -> {
            assertThat(plan.instanceTypes().size()).isGreaterThanOrEqualTo(5);
            assertThat(plan.minValuesRelaxed()).isFalse();
            assertThat(plan.requirements().get(Labels.INSTANCE_TYPE).minValues())
                    .isEqualTo(5);
        });
    }

    @Test
    void countsOnlyValuesThatTheRequirementAllows() {
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(3), pool -> pool.require(Labels.ZONE, "Exists", 2))
                .waiting(pod("a").selector(Labels.ZONE, "zone-1").build(), pod("b").build())
                .solve();

        assertThat(result.plans()).hasSize(1);
        assertThat(result.rejections().getFirst().reason().text()).contains("1 of 2 values are left");
    }

    @Test
    @Covers("provisioning: MinValuesPolicy")
    void refusesWhatWouldLeaveTooFewTypes() {
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(10), pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 5))
                .waiting(pod("a").cpu(8000).build())
                .solve();

        assertThat(result.rejections().getFirst().reason().text()).contains("2 of 5 values are left");
    }

    @Test
    @Covers("provisioning: MinValuesPolicy")
    void lowersMinValuesWhenThatIsThePolicy() {
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(10), pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 5))
                .options(options -> new SchedulingOptions(options.wellKnownLabels(), true, true, true, 600))
                .waiting(pod("a").cpu(8000).build())
                .solve();

        NodePlan plan = result.plans().getFirst();
        assertThat(plan.minValuesRelaxed()).isTrue();
        assertThat(plan.requirements().get(Labels.INSTANCE_TYPE))
                .isEqualTo(Requirement.in(Labels.INSTANCE_TYPE, "fake-it-8", "fake-it-9")
                        .withMinValues(2));
    }

    @Test
    @Covers("scheduling/instance_selection: truncation")
    void keepsDearTypesThatMinValuesNeedsInAShortList() {
        SchedulingResult result = new Problem()
                .pool(
                        "default",
                        List.of(
                                type("a.1").price(1).build(),
                                type("a.2").price(2).build(),
                                type("a.3").price(3).build(),
                                type("b.1").price(9).build()),
                        pool -> pool.require(Types.FAMILY, "Exists", 2))
                .options(options -> new SchedulingOptions(options.wellKnownLabels(), true, false, true, 2))
                .waiting(pod("x").build())
                .solve();

        assertThat(names(result.plans().getFirst())).containsExactly("a.1", "b.1");
    }

    @Test
    void leavesTheChoiceThatMinValuesAsksForWithinALimit() {
        SchedulingResult result = new Problem()
                .pool(
                        "default",
                        Types.ladder(10),
                        pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 3).limit("cpu", "8"))
                .waiting(pod("a").cpu(900).times(8))
                .solve();

        assertThat(result.plans()).isNotEmpty();
        int largest = result.plans().stream()
                .mapToInt(plan -> plan.instanceTypes().stream()
                        .mapToInt(type -> (int) type.capacity().milliCpu())
                        .max()
                        .orElseThrow())
                .sum();
        assertThat(largest).isLessThanOrEqualTo(8000);
        assertThat(result.plans())
                .allSatisfy(plan -> assertThat(plan.instanceTypes().size()).isGreaterThanOrEqualTo(3));
    }

    @Test
    void takesAPoolThatHasRoomWhenAHeavierOneIsFull() {
        SchedulingResult result = new Problem()
                .pool(
                        "heavy",
                        Types.ladder(10),
                        pool -> pool.weight(9).limit("nodes", "0").require(in(Labels.ZONE, "zone-1")))
                .pool("light", Types.ladder(10), pool -> pool)
                .waiting(pod("a").build())
                .solve();

        assertThat(result.plans().getFirst().pool().name()).isEqualTo("light");
    }
}
