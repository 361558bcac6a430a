package karpenter.core.scheduling;

import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

class LowerBoundTest {
    private static InstanceType cores(String name, int cores, double price) {
        return type(name)
                .size(cores, 100 * cores, 110)
                .overhead(ResourceVector.ZERO)
                .price(price)
                .zones("zone-1")
                .onDemandOnly()
                .build();
    }

    @Test
    void buysNothingForNothing() {
        SchedulingResult result = new Problem().pool(Types.kwok()).solve();

        assertThat(result.bound()).isEqualTo(CostBound.NONE);
        assertThat(result.gap()).isZero();
    }

    @Test
    void countsWhatPodsAskFor() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4)))
                .waiting(Pods.pod("p").cpu(1000).times(8))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(0.8, within(1e-9));
        assertThat(result.gap()).isCloseTo(0, within(1e-9));
        assertThat(result.bound().kind()).isEqualTo(CostBound.Kind.RESOURCES);
    }

    @Test
    void countsWholeMachines() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4), cores("b", 8, 0.75)))
                .waiting(Pods.pod("p").cpu(1000).times(9))
                .solve();

        // 9 cores cost 0.84 in fractions of b, but b and a are needed.
        assertThat(result.bound().kind()).isEqualTo(CostBound.Kind.WHOLE_NODES);
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1.15, within(1e-9));
        assertThat(result.pricePerHourUsd()).isCloseTo(1.15, within(1e-9));
    }

    @Test
    void countsWholePods() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4)))
                .waiting(Pods.pod("p").cpu(2100).times(10))
                .solve();

        assertThat(result.bound().kind()).isEqualTo(CostBound.Kind.PATTERNS);
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(4, within(1e-6));
        assertThat(result.gap()).isCloseTo(0, within(1e-6));
    }

    @Test
    void countsDaemonSets() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4)))
                .daemonSet("agent", Pods.pod("agent").cpu(2000).shape())
                .waiting(Pods.pod("p").cpu(1000).times(8))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1.6, within(1e-9));
    }

    @Test
    void countsANodeForEachOfThePodsThatKeepEachOtherOff() {
        Problem problem = new Problem()
                .pool(List.of(cores("a", 4, 0.4), cores("b", 16, 1.2)))
                .waiting(Pods.pod("p")
                        .cpu(100)
                        .label("app", "p")
                        .antiAffinity(Labels.HOSTNAME, Map.of("app", "p"))
                        .times(10));
        assertThat(problem.solve().lowerBoundPricePerHourUsd()).isCloseTo(4, within(1e-9));

        // 49 cores: ten nodes, of which some must be large; 0.4/3 for a node and 0.2/3 for a core.
        SchedulingResult more =
                problem.waiting(Pods.pod("q").cpu(2000).times(24)).solve();
        assertThat(more.lowerBoundPricePerHourUsd()).isGreaterThanOrEqualTo(10 * 0.4 / 3 + 49 * 0.2 / 3 - 1e-9);
        assertThat(more.pricePerHourUsd()).isGreaterThanOrEqualTo(more.lowerBoundPricePerHourUsd() - 1e-9);
    }

    @Test
    void countsWholePodsOfOneSizeOnWholeMachines() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4), cores("b", 8, 0.8)))
                .waiting(Pods.pod("p").cpu(900).memoryMib(1).times(24))
                .solve();

        // 21.6 cores, but 24 times 900m are four to a, eight to b.
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(2.4, within(1e-9));
        assertThat(result.pricePerHourUsd()).isCloseTo(2.4, within(1e-9));
    }

    @Test
    void countsRoomForPods() {
        InstanceType few = type("few")
                .size(64, 64, 10)
                .overhead(ResourceVector.ZERO)
                .price(1)
                .onDemandOnly()
                .build();
        SchedulingResult result = new Problem()
                .pool(List.of(few))
                .waiting(Pods.pod("p").cpu(10).times(40))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(4, within(1e-9));
    }

    @Test
    void countsWhatIsSoldInAZone() {
        InstanceType near = cores("near", 4, 0.4);
        InstanceType far = type("far")
                .size(4, 400, 110)
                .overhead(ResourceVector.ZERO)
                .price(1)
                .zones("zone-2")
                .onDemandOnly()
                .build();
        SchedulingResult result = new Problem()
                .pool(List.of(near, far))
                .waiting(Pods.pod("p").cpu(2000).times(2))
                .waiting(Pods.pod("q").cpu(2000).selector(Labels.ZONE, "zone-2").times(2))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1.4, within(1e-9));
    }

    @Test
    void countsLimits() {
        Problem problem = new Problem()
                .pool(
                        "cheap",
                        List.of(cores("a", 4, 0.4)),
                        pool -> pool.weight(2).limit("cpu", "4"))
                .pool("dear", List.of(cores("b", 4, 1)), pool -> pool)
                .waiting(Pods.pod("p").cpu(1000).times(8));

        SchedulingResult result = problem.solve();

        assertThat(result.pricePerHourUsd()).isCloseTo(1.4, within(1e-9));
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1.4, within(1e-9));
    }

    private static int row(PoolTemplate pool, String type) {
        for (int row = 0; row < pool.offerings().rowCount(); row++) {
            if (pool.offerings().row(row).type().name().equals(type)) {
                return row;
            }
        }
        throw new AssertionError("no type " + type);
    }

    private static PlannedNode node(SchedulingPass pass, String pool, String type, String pods, int count) {
        PoolTemplate template = pass.pools().stream()
                .filter(each -> each.pool().name().equals(pool))
                .findFirst()
                .orElseThrow();
        int row = row(template, type);
        PlannedNode node = new PlannedNode(
                template,
                row,
                template.minValues().asWritten(),
                template.offerings().row(row).variant().limitUse(),
                pass.columns().count());
        PodClass podClass = pass.classes().stream()
                .filter(each -> each.waiting().getFirst().key().name().startsWith(pods))
                .findFirst()
                .orElseThrow();
        node.add(new Demand.Lot(podClass, podClass.asks().getFirst()), count);
        return node;
    }

    @Test
    void allowsForOtherPodsInALimitedPoolThanTheOnesThatAreThere() {
        // The one node of the cheap pool holds the small pods, but the large one would have saved more.
        Problem problem = new Problem()
                .pool(
                        "cheap",
                        List.of(cores("a", 4, 0.4)),
                        pool -> pool.weight(2).limit("nodes", "1"))
                .pool("dear", List.of(cores("b", 1, 0.2), cores("c", 4, 1)), pool -> pool)
                .waiting(Pods.pod("large")
                        .cpu(4000)
                        .require(Pods.in(Types.FAMILY, "a", "c"))
                        .build())
                .waiting(Pods.pod("small").cpu(1000).times(4));
        SchedulingPass pass = new SchedulingPass(problem.input(), new Cutoff(() -> false));
        List<long[]> limits =
                pass.pools().stream().map(pool -> pool.limits().left()).toList();

        CostBound bound = new LowerBound(pass.pools(), limits, pass.columns())
                .of(List.of(node(pass, "cheap", "a", "small", 4), node(pass, "dear", "c", "large", 1)));

        assertThat(bound.pricePerHourUsd()).isCloseTo(1.2, within(1e-9));
        assertThat(bound.kind()).isEqualTo(CostBound.Kind.RESOURCES);
    }

    @Test
    void asksForNoMorePodsInAPoolWithoutLimitsThanAreThere() {
        Problem problem = new Problem()
                .pool("heavy", List.of(cores("a", 4, 1)), pool -> pool.weight(2))
                .pool("light", List.of(cores("b", 4, 0.4)), pool -> pool)
                .waiting(Pods.pod("p").cpu(1000).times(8));

        assertThat(problem.solve().lowerBoundPricePerHourUsd()).isCloseTo(2, within(1e-9));
    }

    @Test
    void disregardsThatPodsMustBeSpread() {
        SchedulingResult result = new Problem()
                .pool(twoZones())
                .waiting(Pods.pod("p")
                        .label("app", "p")
                        .cpu(2000)
                        .spread(Labels.ZONE, true)
                        .times(2))
                .solve();

        assertThat(result.pricePerHourUsd()).isCloseTo(1.4, within(1e-9));
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(0.4, within(1e-9));
    }

    @Test
    void countsTheAlternativeThatPodsWerePlacedUnder() {
        SchedulingResult result = new Problem()
                .pool(twoZones())
                .waiting(Pods.pod("p")
                        .cpu(2000)
                        .prefer(1, Pods.in(Labels.ZONE, "zone-2"))
                        .times(2))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1, within(1e-9));
    }

    private static List<InstanceType> twoZones() {
        return List.of(cores("near", 4, 0.4), inZone("far", "zone-2", 1));
    }

    private static InstanceType inZone(String name, String zone, double price) {
        return type(name)
                .size(4, 400, 110)
                .overhead(ResourceVector.ZERO)
                .price(price)
                .zones(zone)
                .onDemandOnly()
                .build();
    }

    /** More groups of pods that insist on a zone than are bounded each by itself. */
    @Test
    void countsThoseWhoAskForMostByThemselves() {
        for (int most : new int[] {0, 10, 19}) {
            List<InstanceType> types = new ArrayList<>();
            Problem problem = new Problem();
            for (int zone = 0; zone < 20; zone++) {
                types.add(inZone("t" + zone, "zone-" + zone, zone == most ? 4 : 0.4));
                problem.waiting(Pods.pod("p" + zone)
                        .cpu(1000)
                        .selector(Labels.ZONE, "zone-" + zone)
                        .times(zone == most ? 40 : 4));
            }
            SchedulingResult result = problem.pool(types).solve();

            assertThat(result.pricePerHourUsd()).isCloseTo(19 * 0.4 + 40, within(1e-9));
            assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(19 * 0.4 + 40, within(1e-9));
        }
    }

    @Test
    void isNeverAboveTheOptimum() {
        List<InstanceType> types = Types.kwok();
        for (Workloads family : Workloads.values()) {
            for (int count = 1; count <= 6; count++) {
                for (int seed = 1; seed <= 10; seed++) {
                    List<Pod> pods = family.pods(count, seed);
                    SchedulingResult result =
                            new Problem().pool(types).waiting(pods).solve();
                    assertThat(result.lowerBoundPricePerHourUsd())
                            .as("%s, %d pods, seed %d", family, count, seed)
                            .isPositive()
                            .isLessThanOrEqualTo(new TinyOptimum(types, pods).pricePerHourUsd() * (1 + 1e-9));
                }
            }
        }
    }

    /** Two ways to pack, one bound: neither may be below the bound that comes with the other, unless pods were left out. */
    @Test
    void holdsForEveryWayToPack() {
        int close = 0;
        for (int seed = 0; seed < 300; seed++) {
            SchedulingInput input = (seed % 3 == 0 ? RandomProblems.withTopology(seed) : new RandomProblems(seed))
                    .problem()
                    .input();
            SchedulingResult result = Scheduler.schedule(input);
            SchedulingResult other = Scheduler.schedule(UpstreamPackingTest.upstream(input));
            assertThat(result.lowerBoundPricePerHourUsd())
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(result.pricePerHourUsd() * (1 + 1e-9));
            assertThat(other.lowerBoundPricePerHourUsd())
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(other.pricePerHourUsd() * (1 + 1e-9));
            close += result.gap() < 0.05 ? 1 : 0;
        }
        assertThat(close).isGreaterThan(100);
    }
}
