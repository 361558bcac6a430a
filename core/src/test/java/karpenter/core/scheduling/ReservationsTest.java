package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.catalog.InstanceType;
import karpenter.testbed.Covers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Capacity that is paid for: used first, and never beyond what is left of it. */
class ReservationsTest {
    private static final InstanceType X =
            type("x").size(4, 16, 110).reserved("zone-1", "r-1", 2).build();

    private static Problem problem(Packing packing) {
        return new Problem()
                .options(options -> new SchedulingOptions(
                        options.wellKnownLabels(),
                        options.respectPreferences(),
                        options.relaxMinValues(),
                        options.ignoreResourceClaims(),
                        options.mostInstanceTypes(),
                        options.unsupportedVolumes(),
                        options.defaultConstraints(),
                        Set.of(Types.RESERVATION),
                        packing,
                        options.objective()));
    }

    private static List<String> capacityTypes(SchedulingResult result) {
        return result.plans().stream()
                .map(plan -> String.join(
                        "+", plan.requirements().get(Labels.CAPACITY_TYPE).values()))
                .sorted()
                .toList();
    }

    private static List<NodePlan> reserved(SchedulingResult result) {
        return result.plans().stream()
                .filter(plan -> plan.requirements().get(Labels.CAPACITY_TYPE).contains(Labels.CAPACITY_TYPE_RESERVED))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    @Covers({"reservationmanager: reserve and release", "scheduling: reserved instance types"})
    void buysNoMoreOfAReservationThanItHasLeft(Packing packing) {
        SchedulingResult result = problem(packing)
                .pool(List.of(X))
                .waiting(pod("a").cpu(3000).times(5))
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(capacityTypes(result))
                .containsExactly("on-demand+spot", "on-demand+spot", "on-demand+spot", "reserved", "reserved");
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void namesTheReservationThatANodeCountsAgainst(Packing packing) {
        SchedulingResult result =
                problem(packing).pool(List.of(X)).waiting(pod("a").build()).solve();

        NodePlan plan = result.plans().getFirst();
        assertThat(plan.requirements().get(Types.RESERVATION).values()).containsExactly("r-1");
        assertThat(plan.requirements().get(Labels.CAPACITY_TYPE).values()).containsExactly("reserved");
        assertThat(plan.cheapest().capacityType()).isEqualTo("reserved");
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    @Covers("Reserved: shared reservations across pools")
    void countsAReservationThatPoolsShareOnce(Packing packing) {
        Problem problem = problem(packing);
        for (String name : List.of("one", "two")) {
            problem.pool(
                            name,
                            List.of(X),
                            pool -> pool.require(
                                    new NodeSelectorRequirement("example.com/team", "In", List.of(name), null)))
                    .waiting(pod(name)
                            .selector("example.com/team", name)
                            .cpu(3000)
                            .times(2));
        }
        SchedulingResult result = problem.solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(reserved(result)).hasSize(2);
        assertThat(result.plans()).hasSize(4);
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void countsAReservationOnceThatTypesShareByTheLeastThatIsSaidToBeLeft(Packing packing) {
        SchedulingResult result = problem(packing)
                .pool(List.of(
                        type("a").size(4, 16, 110).reserved("zone-1", "r", 3).build(),
                        type("b").size(8, 32, 110).reserved("zone-1", "r", 1).build()))
                .waiting(pod("p").cpu(3000).times(4))
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(reserved(result)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void buysNothingOfAnExhaustedReservation(Packing packing) {
        SchedulingResult result = problem(packing)
                .pool(List.of(type("x").reserved("zone-1", "r", 0).build()))
                .waiting(pod("a").build())
                .solve();

        assertThat(capacityTypes(result)).containsExactly("on-demand+spot");
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    @Covers("Reserved: no fallback in strict mode")
    void leavesAPodWithoutAPlaceThatInsistsOnAReservationWithNothingLeft(Packing packing) {
        SchedulingResult result = problem(packing)
                .pool(List.of(X))
                .waiting(pod("a").selector(Labels.CAPACITY_TYPE, "reserved")
                        .cpu(3000)
                        .times(3))
                .solve();

        assertThat(reserved(result)).hasSize(2);
        assertThat(result.rejections()).hasSize(1);
        assertThat(result.rejections().getFirst().reason().text()).contains("r-1");
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void keepsMinValuesWhereAReservationAloneWouldNot(Packing packing) {
        SchedulingResult result = problem(packing)
                .pool(
                        "default",
                        List.of(X, type("y").build(), type("z").build()),
                        pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 3))
                .waiting(pod("a").build())
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(capacityTypes(result)).containsExactly("on-demand+spot");
        assertThat(result.plans().getFirst().instanceTypes()).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    @Covers("Reserved: preferences not relaxed")
    void honoursAPreferenceAlsoWhenTheReservationThereIsUsedUp(Packing packing) {
        SchedulingResult result = problem(packing)
                .pool(List.of(type("x").reserved("zone-2", "r", 1).build()))
                .waiting(pod("a").prefer(1, new NodeSelectorRequirement(Labels.ZONE, "In", List.of("zone-2"), null))
                        .cpu(3000)
                        .times(3))
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(capacityTypes(result)).containsExactly("on-demand+spot", "on-demand+spot", "reserved");
        assertThat(result.plans())
                .allSatisfy(
                        plan -> assertThat(plan.requirements().get(Labels.ZONE).values())
                                .containsExactly("zone-2"));
    }
}
