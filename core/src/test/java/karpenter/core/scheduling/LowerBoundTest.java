package karpenter.core.scheduling;

import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
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
    void countsThatAPodNeedsAllThatItAsksForOnOneMachine() {
        List<InstanceType> lopsided = List.of(
                type("memory")
                        .size(4, 16, 110)
                        .overhead(ResourceVector.ZERO)
                        .price(1)
                        .zones("zone-1")
                        .onDemandOnly()
                        .build(),
                type("cpu")
                        .size(16, 4, 110)
                        .overhead(ResourceVector.ZERO)
                        .price(1)
                        .zones("zone-1")
                        .onDemandOnly()
                        .build());
        SchedulingResult result = new Problem()
                .pool(lopsided)
                .waiting(Pods.pod("small").cpu(500).memoryMib(512).times(10))
                .waiting(Pods.pod("large").cpu(1500).memoryMib(1536).times(10))
                .solve();

        // 20 cores and 20 GiB are what one of each has, but either holds 4 of both.
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(5, within(1e-6));
        assertThat(result.pricePerHourUsd()).isCloseTo(5, within(1e-9));
    }

    /** Cpu, memory and places all count; no kind of machine has the pods' mix of them. */
    private static List<InstanceType> forTinyPods() {
        return List.of(
                tinyType("few-places", 2, 4, 29, 0.0765),
                tinyType("few-places-twice", 4, 8, 58, 0.153),
                tinyType("many-places", 2, 4, 59, 0.089),
                tinyType("memory", 2, 8, 29, 0.086),
                tinyType("all", 4, 16, 118, 0.2011));
    }

    private static InstanceType tinyType(String name, int cores, int gib, int pods, double price) {
        return type(name)
                .size(cores, gib, pods)
                .price(price)
                .zones("zone-1")
                .onDemandOnly()
                .build();
    }

    @Test
    void leavesOutSetsOfWholeMachinesOfWhichEachRunsOutOfSomethingElse() {
        for (int seed = 1; seed <= 3; seed++) {
            SchedulingResult result = new Problem()
                    .pool(forTinyPods())
                    .waiting(Workloads.TINY.pods(200, seed))
                    .solve();

            assertThat(result.gap()).as("seed %d", seed).isLessThan(1e-9);
            assertThat(result.bound().kind()).isEqualTo(CostBound.Kind.WHOLE_NODES);
        }
    }

    @Test
    void plansManyTinyPodsByWhatEachKindOfMachineRunsOutOf() {
        for (int seed = 1; seed <= 3; seed++) {
            SchedulingResult result = new Problem()
                    .pool(forTinyPods())
                    .waiting(Workloads.TINY.pods(1600, seed))
                    .solve();

            assertThat(result.gap()).as("seed %d", seed).isLessThan(0.005);
        }
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

    private static SchedulingPass pass(Problem problem) {
        return new SchedulingPass(problem.input(), new Cutoff(() -> false));
    }

    private static CostBound bound(SchedulingPass pass, PlannedNode... nodes) {
        List<long[]> limits =
                pass.pools().stream().map(pool -> pool.limits().left()).toList();
        return new LowerBound(pass.pools(), limits, pass.columns()).of(List.of(nodes));
    }

    /** The bound for a plan of so many nodes that whole machines aren't searched for. */
    private static double inFractions(SchedulingPass pass, PlannedNode... nodes) {
        List<PlannedNode> all = new ArrayList<>(List.of(nodes));
        PoolTemplate first = nodes[0].template();
        while (all.size() <= 100 + nodes.length) {
            all.add(new PlannedNode(
                    first,
                    nodes[0].row(),
                    first.minValues().asWritten(),
                    nodes[0].charge(),
                    pass.columns().count()));
        }
        CostBound bound = bound(pass, all.toArray(PlannedNode[]::new));
        assertThat(bound.kind()).isEqualTo(CostBound.Kind.RESOURCES);
        return bound.pricePerHourUsd();
    }

    private static Pods.Builder loner(String name, int cpu) {
        return Pods.pod(name).cpu(cpu).label("app", name).antiAffinity(Labels.HOSTNAME, Map.of("app", name));
    }

    @Test
    void holdsPodsThatInsistOnAPoolAgainstThatPoolAlone() {
        SchedulingPass pass = pass(new Problem()
                .pool(
                        "cheap",
                        List.of(cores("a", 4, 0.4)),
                        pool -> pool.weight(2).limit("nodes", "2"))
                .pool("dear", List.of(cores("b", 4, 1)), pool -> pool)
                .waiting(Pods.pod("any").cpu(4000).build())
                .waiting(Pods.pod("picky")
                        .cpu(2000)
                        .selector(Labels.NODE_POOL, "dear")
                        .times(2)));

        assertThat(inFractions(
                        pass,
                        node(pass, "cheap", "a", "any", 1),
                        node(pass, "dear", "b", "picky", 1),
                        node(pass, "dear", "b", "picky", 1)))
                .isCloseTo(1.4, within(1e-9));
    }

    @Test
    void takesPoolsTogetherThatSharePodsByWayOfAThird() {
        Problem problem = new Problem()
                .pool(
                        "first",
                        List.of(cores("a", 4, 0.1)),
                        pool -> pool.weight(3).limit("nodes", "1"))
                .pool(
                        "second",
                        List.of(cores("b", 4, 0.4)),
                        pool -> pool.weight(2).limit("nodes", "2"))
                .pool("third", List.of(cores("c", 4, 1)), pool -> pool)
                .waiting(Pods.pod("early")
                        .cpu(4000)
                        .require(Pods.in(Types.FAMILY, "a", "b"))
                        .times(2))
                .waiting(Pods.pod("late")
                        .cpu(4000)
                        .require(Pods.in(Types.FAMILY, "b", "c"))
                        .times(2));
        SchedulingPass pass = pass(problem);

        // One of a, two of b, one of c.
        assertThat(inFractions(
                        pass,
                        node(pass, "first", "a", "early", 1),
                        node(pass, "second", "b", "early", 1),
                        node(pass, "second", "b", "late", 1),
                        node(pass, "third", "c", "late", 1)))
                .isCloseTo(1.9, within(1e-9));
    }

    @Test
    void countsNoPoolBehindTheFirstWithoutLimits() {
        SchedulingPass pass = pass(new Problem()
                .pool(
                        "first",
                        List.of(cores("a", 4, 0.4)),
                        pool -> pool.weight(4).limit("nodes", "1"))
                .pool("second", List.of(cores("b", 4, 1)), pool -> pool.weight(3))
                .pool(
                        "third",
                        List.of(cores("c", 4, 0.1)),
                        pool -> pool.weight(2).limit("nodes", "9"))
                .pool("fourth", List.of(cores("d", 4, 0.1)), pool -> pool)
                .waiting(Pods.pod("p").cpu(4000).times(2)));

        assertThat(inFractions(pass, node(pass, "first", "a", "p", 1), node(pass, "second", "b", "p", 1)))
                .isCloseTo(1.4, within(1e-9));
    }

    @Test
    void countsNoMorePodsOnAMachineThanFitWhole() {
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(cores("a", 4, 0.4), cores("b", 8, 0.8)))
                .waiting(Pods.pod("p").cpu(1500).times(8)));

        // Two on a, five on b.
        assertThat(inFractions(pass, node(pass, "default", "b", "p", 5), node(pass, "default", "a", "p", 3)))
                .isCloseTo(8 * 0.8 / 5, within(1e-9));
    }

    @Test
    void countsPodsOfOneKindOnSeveralNodesOnce() {
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(cores("a", 4, 0.4)))
                .waiting(Pods.pod("small").cpu(100).times(2))
                .waiting(Pods.pod("large").cpu(1400).times(4)));

        // Both small ones and two large ones on a; cpu alone would do with 1.45 machines.
        assertThat(inFractions(
                        pass,
                        node(pass, "default", "a", "small", 1),
                        node(pass, "default", "a", "small", 1),
                        node(pass, "default", "a", "large", 2),
                        node(pass, "default", "a", "large", 2)))
                .isCloseTo(1.5 * 0.4, within(1e-9));
    }

    @Test
    void countsTheSmallestPodsOnlyWhereTheyMayGo() {
        // The small ones would leave room for more pods on a, but go to b.
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(cores("a", 4, 0.4), inZone("b", "zone-2", 1)))
                .waiting(Pods.pod("small")
                        .cpu(100)
                        .selector(Labels.ZONE, "zone-2")
                        .times(10))
                .waiting(Pods.pod("large")
                        .cpu(2100)
                        .selector(Labels.ZONE, "zone-1")
                        .times(3)));

        assertThat(inFractions(pass, node(pass, "default", "b", "small", 10), node(pass, "default", "a", "large", 3)))
                .isCloseTo(3 * 0.4 + 0.25, within(1e-9));
    }

    @Test
    void countsANodeForEachOfSeveralKindsOfPodsThatKeepApart() {
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(cores("a", 4, 0.4), inZone("b", "zone-2", 1)))
                .waiting(loner("p", 100).selector(Labels.ZONE, "zone-1").times(5))
                .waiting(loner("q", 100).selector(Labels.ZONE, "zone-2").times(3)));

        assertThat(inFractions(pass, node(pass, "default", "a", "p", 5), node(pass, "default", "b", "q", 3)))
                .isCloseTo(5 * 0.4 + 3, within(1e-9));
    }

    @Test
    void countsThoseApartWhoNeedMostNodes() {
        Problem problem = new Problem();
        List<InstanceType> types = new ArrayList<>();
        for (int zone = 0; zone < 6; zone++) {
            types.add(inZone("t" + zone, "zone-" + zone, 0.4));
            problem.waiting(loner("p" + zone, 1000)
                    .selector(Labels.ZONE, "zone-" + zone)
                    .times(zone + 1));
        }
        SchedulingPass pass = pass(problem.pool(types));
        PlannedNode[] nodes = new PlannedNode[6];
        for (int zone = 0; zone < 6; zone++) {
            nodes[zone] = node(pass, "default", "t" + zone, "p" + zone, zone + 1);
        }

        // Of six kinds four: those of 3, 4, 5 and 6 pods take a machine each, of the others four share one.
        assertThat(inFractions(pass, nodes)).isCloseTo(0.4 * (18 + 3 / 4.0), within(1e-9));
    }

    @Test
    void countsPodsThatKeepApartInTheirOwnPoolsAlone() {
        SchedulingPass pass = pass(new Problem()
                .pool("heavy", List.of(cores("a", 4, 0.4)), pool -> pool.weight(2))
                .pool("light", List.of(cores("b", 4, 1)), pool -> pool)
                .waiting(loner("p", 100).selector(Labels.NODE_POOL, "heavy").times(5))
                .waiting(loner("q", 100).selector(Labels.NODE_POOL, "light").times(3)));

        assertThat(inFractions(
                        pass,
                        node(pass, "heavy", "a", "p", 5),
                        node(pass, "light", "b", "q", 1),
                        node(pass, "light", "b", "q", 1),
                        node(pass, "light", "b", "q", 1)))
                .isCloseTo(5 * 0.4 + 3, within(1e-9));
    }

    @Test
    void countsPodsThatKeepApartOnAllMachinesTheyMayHave() {
        // They have one label, but insist on different zones.
        Problem problem = new Problem()
                .pool(twoZones())
                .waiting(loner("p", 100).selector(Labels.ZONE, "zone-1").times(3))
                .waiting(loner("p", 100).selector(Labels.ZONE, "zone-2").build());
        SchedulingPass pass = pass(problem);
        List<PodClass> classes = pass.classes();
        assertThat(classes).hasSize(2);
        PlannedNode near = node(pass, "default", "near", "p-", 3);
        PodClass other = classes.stream()
                .filter(each -> each.waiting().size() == 1)
                .findFirst()
                .orElseThrow();
        PlannedNode far = new PlannedNode(
                near.template(),
                row(near.template(), "far"),
                near.leastValues(),
                near.charge(),
                pass.columns().count());
        far.add(new Demand.Lot(other, other.asks().getFirst()), 1);

        // Four nodes; no more is known of the one in the dear zone than what it must hold.
        assertThat(inFractions(pass, near, far)).isBetween(4 * 0.4, 3 * 0.4 + 1);
    }

    @Test
    void keepsToTheLimitsOfEachPool() {
        SchedulingPass pass = pass(new Problem()
                .pool(
                        "first",
                        List.of(cores("a", 4, 0.1)),
                        pool -> pool.weight(3).limit("cpu", "100").limit("nodes", "2"))
                .pool(
                        "second",
                        List.of(cores("b", 4, 0.4)),
                        pool -> pool.weight(2).limit("cpu", "4").limit("nodes", "7"))
                .pool("third", List.of(cores("c", 4, 1)), pool -> pool)
                .waiting(loner("p", 1000).times(5)));

        assertThat(inFractions(
                        pass,
                        node(pass, "first", "a", "p", 1),
                        node(pass, "first", "a", "p", 1),
                        node(pass, "second", "b", "p", 1),
                        node(pass, "third", "c", "p", 1),
                        node(pass, "third", "c", "p", 1)))
                .isCloseTo(2 * 0.1 + 0.4 + 2, within(1e-9));
    }

    @Test
    void countsPodsThatFewerMachinesAreOpenToAgainstWiderSets() {
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(inZone("a", "zone-1", 1), inZone("b", "zone-2", 0.8), inZone("c", "zone-3", 0.1)))
                .waiting(Pods.pod("one")
                        .cpu(4000)
                        .require(Pods.in(Labels.ZONE, "zone-2"))
                        .times(3))
                .waiting(Pods.pod("either")
                        .cpu(4000)
                        .require(Pods.in(Labels.ZONE, "zone-1", "zone-2"))
                        .times(2))
                .waiting(Pods.pod("any").cpu(4000).times(5)));

        assertThat(inFractions(
                        pass,
                        node(pass, "default", "b", "one", 3),
                        node(pass, "default", "b", "either", 2),
                        node(pass, "default", "c", "any", 5)))
                .isCloseTo(5 * 0.8 + 5 * 0.1, within(1e-9));
    }

    /** More sets of machines that some insist on than are kept: those are, of which most is asked in any resource. */
    @Test
    void keepsTheSetsOfWhichMostIsAsked() {
        for (int most : new int[] {0, 10, 19}) {
            List<InstanceType> types = new ArrayList<>();
            Problem problem = new Problem();
            for (int zone = 0; zone < 20; zone++) {
                types.add(inZone("t" + zone, "zone-" + zone, zone == most ? 4 : 0.4));
                problem.waiting(Pods.pod("p" + zone + "-")
                        .cpu(zone == most ? 4000 : 100)
                        .memoryMib(zone == most ? 1 : 2048)
                        .selector(Labels.ZONE, "zone-" + zone)
                        .times(10));
            }
            SchedulingPass pass = pass(problem.pool(types));
            PlannedNode[] nodes = new PlannedNode[20];
            for (int zone = 0; zone < 20; zone++) {
                nodes[zone] = node(pass, "default", "t" + zone, "p" + zone + "-", 10);
            }

            assertThat(inFractions(pass, nodes)).isGreaterThanOrEqualTo(40);
        }
    }

    @Test
    void saysThatWholeMachinesDecideWhereLimitsAreWide() {
        Problem problem = new Problem()
                .pool("default", List.of(cores("a", 4, 0.4)), pool -> pool.limit("cpu", "1000"))
                .waiting(Pods.pod("p").cpu(1000).times(9));
        SchedulingPass pass = pass(problem);

        CostBound bound = bound(
                pass,
                node(pass, "default", "a", "p", 4),
                node(pass, "default", "a", "p", 4),
                node(pass, "default", "a", "p", 1));

        assertThat(bound.kind()).isEqualTo(CostBound.Kind.WHOLE_NODES);
        assertThat(bound.pricePerHourUsd()).isCloseTo(1.2, within(1e-9));
    }

    @Test
    void saysThatResourcesDecideWhereWholeMachinesCostAsMuch() {
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(cores("a", 4, 0.4)))
                .waiting(Pods.pod("p").cpu(1000).times(8)));

        // A node too many.
        CostBound bound = bound(
                pass,
                node(pass, "default", "a", "p", 4),
                node(pass, "default", "a", "p", 3),
                node(pass, "default", "a", "p", 1));

        assertThat(bound.kind()).isEqualTo(CostBound.Kind.RESOURCES);
        assertThat(bound.pricePerHourUsd()).isCloseTo(0.8, within(1e-9));
    }

    @Test
    void isNeverAboveWhatTheCheapestStandInsCost() {
        // Planned for b, but a would do.
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(cores("a", 4, 0.4), cores("b", 4, 0.8)))
                .waiting(Pods.pod("p").cpu(1000).times(2)));

        CostBound bound = bound(pass, node(pass, "default", "b", "p", 2));

        assertThat(bound.pricePerHourUsd()).isCloseTo(0.4, within(1e-9));
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
}
