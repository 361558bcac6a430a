package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** Who may join a node that is planned, and what becomes of it as pods come and go. The machines have 2, 4 and 8 cores. */
class PlannedNodeTest {
    private static final List<InstanceType> TYPES = List.of(cores(2), cores(4), cores(8));

    private static InstanceType cores(int cores) {
        return Types.type("cores-" + cores)
                .size(cores, 64, 110)
                .overhead(ResourceVector.ZERO)
                .price(cores)
                .zones("zone-1", "zone-2")
                .onDemandOnly()
                .build();
    }

    private static Problem problem(Pods.Builder... pods) {
        Problem problem = new Problem().pool(TYPES);
        for (Pods.Builder pod : pods) {
            problem.waiting(pod.times(9));
        }
        return problem;
    }

    private static Demand.Lot lot(PlannedByHand planned, String name) {
        PodClass podClass = planned.podClass(name);
        return new Demand.Lot(podClass, podClass.asks().getFirst());
    }

    private static PlannedNode only(PlannedByHand planned) {
        return planned.nodes.getFirst();
    }

    /** The name of the type that the node is planned for. */
    private static String type(PlannedNode node) {
        return node.template().offerings().row(node.row()).type().name();
    }

    private static List<Integer> counts(PlannedNode node) {
        return node.parts().stream().map(PlannedNode.Part::count).toList();
    }

    @Test
    void hasRoomForWhatItsMachineHasLeft() {
        PlannedByHand planned = new PlannedByHand(problem(pod("a").cpu(600))).node("a");

        assertThat(type(only(planned))).isEqualTo("cores-2");
        assertThat(only(planned).room(lot(planned, "a"), 9)).isEqualTo(2);
        assertThat(only(planned).room(lot(planned, "a"), 1)).isEqualTo(1);
    }

    @Test
    void isPlannedForTheCheapestMachineThatHoldsMoreOnceItHasOutgrownItsOwn() {
        PlannedByHand planned = new PlannedByHand(problem(pod("a").cpu(600))).node("a");
        only(planned).add(lot(planned, "a"), 2);
        assertThat(type(only(planned))).isEqualTo("cores-2");
        only(planned).add(lot(planned, "a"), 1);
        assertThat(type(only(planned))).isEqualTo("cores-4");
        assertThat(only(planned).room(lot(planned, "a"), 9)).isEqualTo(2);
        assertThat(counts(only(planned))).isEqualTo(List.of(1, 3));
    }

    @Test
    void takesNoPodsOfAnotherZone() {
        PlannedByHand planned = new PlannedByHand(problem(
                        pod("a").cpu(300).selector(Labels.ZONE, "zone-1"),
                        pod("b").cpu(200).selector(Labels.ZONE, "zone-2"),
                        pod("c").cpu(100).selector(Types.FAMILY, "cores-8")))
                .node("a");
        PlannedNode node = only(planned);
        Demand.Lot b = lot(planned, "b");

        assertThat(node.room(b, 9)).isZero();
        assertThat(node.room(lot(planned, "c"), 9)).as("of a larger machine").isZero();
        assertThatThrownBy(() -> node.add(b, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("can't join a node");
    }

    @Test
    void takesOnePodOfAHostPort() {
        PlannedByHand planned = new PlannedByHand(
                        problem(pod("a").cpu(300), pod("port").cpu(100).port("", 80, "TCP")))
                .node("a");
        Demand.Lot port = lot(planned, "port");

        assertThat(only(planned).room(port, 9)).isEqualTo(1);
        only(planned).add(port, 1);
        assertThat(only(planned).room(port, 9)).isZero();
    }

    @Test
    void takesNoMorePodsThanLeaveTheChoiceThatMinValuesAskFor() {
        InstanceType dearAndSmaller = Types.type("dear")
                .size(3, 64, 110)
                .overhead(ResourceVector.ZERO)
                .price(9)
                .build();
        PlannedByHand planned = new PlannedByHand(new Problem()
                        .pool(
                                "default",
                                List.of(cores(4), dearAndSmaller),
                                pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2))
                        .waiting(pod("a").cpu(1000).times(9))
                        .waiting(pod("b").cpu(100).times(9)))
                .node("a");
        PlannedNode node = only(planned);
        Demand.Lot lot = lot(planned, "a");
        node.add(lot, 1);
        assertThat(type(node)).isEqualTo("cores-4");

        assertThat(node.room(lot, 9)).as("the smaller holds three").isEqualTo(1);
        node.add(lot, 1);
        assertThat(node.room(lot, 9)).isZero();
        assertThat(node.room(lot(planned, "b"), 9)).isZero();
    }

    @Test
    void settlesLabelsOnlySoThatItCanStillBeBought() {
        PlannedByHand planned = new PlannedByHand(new Problem()
                        .pool(
                                "default",
                                List.of(
                                        cores(2),
                                        Types.type("far")
                                                .size(4, 64, 110)
                                                .price(9)
                                                .zones("zone-3")
                                                .build()),
                                pool -> pool)
                        .waiting(pod("a").cpu(1000).times(9)))
                .node("a");
        PlannedNode node = only(planned);
        NodeAsk.Interner interner = planned.pass.interner();
        Requirements far = Requirements.of(Requirement.in(Labels.ZONE, "zone-3"));
        Requirements near = Requirements.of(Requirement.in(Labels.ZONE, "zone-1"));
        node.settle(far, interner);
        assertThat(type(node)).isEqualTo("far");
        assertThat(node.settled(near, interner)).isNull();
        assertThatThrownBy(() -> node.settle(near, interner)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void isNotSettledByWhatOnlyMachinesHaveThatAreTooSmall() {
        InstanceType small =
                Types.type("small").size(1, 64, 110).price(0.1).zones("zone-3").build();
        PlannedByHand planned = new PlannedByHand(new Problem()
                        .pool("default", List.of(small, cores(4)), pool -> pool)
                        .waiting(pod("a").cpu(700).times(9)))
                .node("a");
        PlannedNode node = only(planned);
        Requirements far = Requirements.of(Requirement.in(Labels.ZONE, "zone-3"));
        assertThat(node.settled(far, planned.pass.interner())).isNotNull();
        node.add(lot(planned, "a"), 1);

        assertThat(node.settled(far, planned.pass.interner())).isNull();
    }

    @Test
    void hasAsMuchRoomAsBeforeOncePodsAreGone() {
        PlannedByHand planned = new PlannedByHand(problem(
                        pod("a").cpu(300),
                        pod("loner").label("app", "x").cpu(100).antiAffinity(Labels.HOSTNAME, Map.of("app", "x"))))
                .node("a");
        PlannedNode node = only(planned);
        PodClass whole = planned.podClass("a");
        PodClass share = whole.share(whole.asks().getFirst(), 4);
        PodClass loner = planned.podClass("loner");
        PodClass lonely = loner.share(loner.asks().getFirst(), 1);
        long[] used = node.used().clone();
        int unplaced = whole.unplaced();
        Demand.Lot lot = new Demand.Lot(share, share.asks().getFirst());
        node.add(lot, 2);
        node.add(new Demand.Lot(lonely, lonely.asks().getFirst()), 1);
        node.add(lot, 1);
        node.add(lot, 1);
        assertThat(counts(node)).isEqualTo(List.of(1, 2, 1, 2));
        assertThat(whole.unplaced()).isEqualTo(unplaced - 4);
        assertThat(node.room(lot(planned, "loner"), 9)).isZero();

        node.remove(share, 3);
        assertThat(counts(node)).as("the last to come are the first to go").isEqualTo(List.of(1, 1, 1));
        assertThat(whole.unplaced()).isEqualTo(unplaced - 1);
        node.remove(lonely, 1);
        assertThat(node.room(lot(planned, "loner"), 9)).isEqualTo(1);
        node.remove(share, 1);

        assertThat(counts(node)).isEqualTo(List.of(1));
        assertThat(node.used()).isEqualTo(used);
        assertThat(whole.unplaced()).isEqualTo(unplaced);
    }

    @Test
    void mayBeBoughtByAnyRowThatHoldsItsPodsWithinWhatItIsCharged() {
        PlannedByHand planned = new PlannedByHand(problem(pod("a").cpu(3000))).node("a");
        PlannedNode node = only(planned);
        BitSet rows = node.buyable();

        assertThat(rows.stream()
                        .mapToObj(row ->
                                node.template().offerings().row(row).type().name())
                        .distinct())
                .containsExactly("cores-4", "cores-8");
    }
}
