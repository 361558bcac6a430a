package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.scheduling.Cells.Cell;
import org.junit.jupiter.api.Test;

/** Which domains pods could be put in. */
class CellsTest {
    private static final List<InstanceType> TYPES = List.of(
            type("a").price(1).zones("zone-1", "zone-2").build(),
            type("b").price(2).zones("zone-2", "zone-3").build());

    private static List<Cell> cells(Problem problem, String... keys) {
        SchedulingPass pass = new SchedulingPass(problem.input(), new Cutoff(() -> false));
        return pass.cells().of(pass.classes().getFirst().asks().getFirst(), Set.of(keys));
    }

    private static List<Map<String, String>> values(List<Cell> cells) {
        return cells.stream().map(cell -> Map.copyOf(cell.values())).toList();
    }

    private static Map<String, String> zone(String value) {
        return Map.of(Labels.ZONE, value);
    }

    @Test
    void areTheZonesThatAPoolCanBuyIn() {
        List<Cell> cells = cells(new Problem().pool(TYPES).waiting(pod("a").build()), Labels.ZONE);
        assertThat(values(cells)).containsExactlyInAnyOrder(zone("zone-1"), zone("zone-2"), zone("zone-3"));
        assertThat(cells).allSatisfy(cell -> {
            assertThat(cell.machines()).isEmpty();
            assertThat(cell.domains())
                    .isEqualTo(Requirements.of(
                            Requirement.in(Labels.ZONE, cell.values().getOrDefault(Labels.ZONE, ""))));
        });
    }

    @Test
    void areNarrowedByWhatThePodAsks() {
        assertThat(values(cells(
                        new Problem()
                                .pool(TYPES)
                                .waiting(pod("a").selector(Types.FAMILY, "b")
                                        .require(in(Labels.ZONE, "zone-1", "zone-2"))
                                        .build()),
                        Labels.ZONE)))
                .containsExactly(zone("zone-2"));
    }

    @Test
    void knowWhatTheCheapestOfferingCostsAndHeedWeightsOfPoolsFirst() {
        List<Cell> cells = cells(
                new Problem()
                        .pool("heavy", TYPES, pool -> pool.weight(5).require(in(Labels.ZONE, "zone-3")))
                        .pool("light", TYPES, pool -> pool)
                        .waiting(pod("a").build()),
                Labels.ZONE);
        Map<String, Double> prices = new TreeMap<>();
        cells.forEach(cell -> prices.put(cell.values().getOrDefault(Labels.ZONE, ""), cell.price()));
        assertThat(prices.get("zone-3")).as("spot of b in the heavy pool").isEqualTo(1.4);
        assertThat(prices.get("zone-1"))
                .as("spot of a, after any price of the heavy pool")
                .isEqualTo(1e6 + 0.7);
    }

    @Test
    void combineSeveralKeys() {
        assertThat(values(cells(
                        new Problem().pool(List.of(TYPES.getFirst())).waiting(pod("a").build()),
                        Labels.ZONE,
                        Labels.CAPACITY_TYPE)))
                .containsExactlyInAnyOrder(
                        Map.of(Labels.ZONE, "zone-1", Labels.CAPACITY_TYPE, "spot"),
                        Map.of(Labels.ZONE, "zone-1", Labels.CAPACITY_TYPE, "on-demand"),
                        Map.of(Labels.ZONE, "zone-2", Labels.CAPACITY_TYPE, "spot"),
                        Map.of(Labels.ZONE, "zone-2", Labels.CAPACITY_TYPE, "on-demand"));
    }

    @Test
    void haveNoValueWhereNodesDoNotHaveTheLabel() {
        List<Cell> cells = cells(new Problem().pool(TYPES).waiting(pod("a").build()), "rack");
        assertThat(cells).hasSize(1);
        assertThat(cells.getFirst().values()).isEmpty();
        assertThat(cells.getFirst().domains()).isEqualTo(Requirements.of(Requirement.doesNotExist("rack")));
    }

    @Test
    void areEachValueThatAPoolLeavesOpenOfACustomLabel() {
        assertThat(values(cells(
                        new Problem()
                                .pool("default", TYPES, pool -> pool.require(in("rack", "1", "2")))
                                .waiting(pod("a").build()),
                        "rack")))
                .containsExactlyInAnyOrder(Map.of("rack", "1"), Map.of("rack", "2"));
    }

    @Test
    void areTheOneValueThatACustomLabelWillBeGiven() {
        List<Cell> cells = cells(
                new Problem()
                        .pool("default", TYPES, pool -> pool.require("rack", "Exists", null))
                        .waiting(pod("a").build()),
                "rack");
        assertThat(cells).hasSize(1);
        assertThat(cells.getFirst().values()).containsOnlyKeys("rack");
    }

    @Test
    void areNoneForALabelOfTheProvidersWhoseValueNobodyKnows() {
        assertThat(cells(
                        new Problem()
                                .pool("default", TYPES, pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", null))
                                .waiting(pod("a").build()),
                        Labels.INSTANCE_TYPE))
                .as("types say theirs")
                .hasSize(2);
        assertThat(cells(
                        new Problem()
                                .pool("default", TYPES, pool -> pool.require(Labels.REGION, "Exists", null))
                                .waiting(pod("a").build()),
                        Labels.REGION))
                .isEmpty();
    }

    @Test
    void knowTheMachinesInThem() {
        Problem problem = new Problem()
                .pool(List.of(TYPES.getFirst()))
                .machine("m1", machine -> machine.label(Labels.ZONE, "zone-1"))
                .machine("m2", machine -> machine.label(Labels.ZONE, "zone-1"))
                .machine("m3", machine -> machine.label(Labels.ZONE, "zone-9"))
                .machine("m4", machine -> machine)
                .machine("m5", machine -> machine.label(Labels.ZONE, "zone-1").taint("x", Taint.NO_SCHEDULE))
                .waiting(pod("a").build());
        SchedulingPass pass = new SchedulingPass(problem.input(), new Cutoff(() -> false));
        List<ExistingMachine> machines = pass.machines().all();
        List<Cell> cells = pass.cells().of(pass.classes().getFirst().asks().getFirst(), Set.of(Labels.ZONE));
        for (Cell cell : cells) {
            List<String> names = cell.machines().stream()
                    .map(number -> machines.get(number).state().name())
                    .toList();
            switch (cell.values().getOrDefault(Labels.ZONE, "none")) {
                case "zone-1" -> assertThat(names).containsExactlyInAnyOrder("m1", "m2");
                case "zone-9" -> assertThat(names).containsExactly("m3");
                case "none" -> assertThat(names).containsExactly("m4");
                default -> assertThat(names).isEmpty();
            }
        }
        assertThat(cells).hasSize(4);
        for (int number = 0; number < machines.size(); number++) {
            assertThat(pass.cells().number(machines.get(number))).isEqualTo(number);
        }
        assertThat(pass.cells().number(null)).isEqualTo(-1);
    }

    @Test
    void areFoundOnceForPodsThatAskTheSame() {
        Problem problem = new Problem().pool(TYPES).waiting(pod("a").build());
        SchedulingPass pass = new SchedulingPass(problem.input(), new Cutoff(() -> false));
        NodeAsk ask = pass.classes().getFirst().asks().getFirst();
        assertThat(pass.cells().of(ask, Set.of(Labels.ZONE)))
                .isSameAs(pass.cells().of(ask, Set.of(Labels.ZONE)));
        assertThat(pass.cells().of(ask, Set.of(Labels.ARCH)))
                .isNotEqualTo(pass.cells().of(ask, Set.of(Labels.ZONE)));
    }

    @Test
    void sayWhichRowsHaveWhichValue() {
        Problem problem = new Problem().pool(TYPES).waiting(pod("a").build());
        SchedulingPass pass = new SchedulingPass(problem.input(), new Cutoff(() -> false));
        PoolTemplate pool = pass.pools().getFirst();
        Map<String, BitSet> rows = Cells.rowsByValue(pool, pool.untouched(), Labels.ZONE);
        assertThat(rows).containsOnlyKeys("zone-1", "zone-2", "zone-3");
        rows.forEach((zone, of) -> assertThat(of.stream()
                        .mapToObj(row -> pool.offerings().row(row).offering().zone())
                        .distinct())
                .containsExactly(zone));
        assertThat(rows.values().stream().mapToInt(BitSet::cardinality)).containsExactly(2, 4, 2);
        assertThat(Cells.rowsByValue(pool, pool.untouched(), "rack")).isEmpty();
    }
}
