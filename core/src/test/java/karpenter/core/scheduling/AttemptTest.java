package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.requirement.Requirement;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** What one attempt comes to, before another one or {@link Latecomers} make up for it. */
class AttemptTest {
    private static final List<InstanceType> TYPES = List.of(type("x").build());

    private final Map<Seating.Limit, Integer> limits = new HashMap<>();

    private static Pods.Builder web(String name) {
        return pod(name).label("app", "web").cpu(1000);
    }

    private static Pods.Builder spreading(String name) {
        return web(name).spread(spread(Labels.ZONE, "app", "web").build());
    }

    /** One zone a pool. */
    private static Problem.Pool zone(Problem.Pool pool, String zone) {
        return pool.require(in(Labels.ZONE, zone));
    }

    private static Problem withoutPool() {
        return new Problem().pool("none", List.of(), pool -> pool);
    }

    private Attempt tried(SchedulingPass pass) {
        Attempt attempt =
                new Attempt(pass, limits, new UnexpectedDomains(pass.topology().spreads()));
        attempt.run();
        return attempt;
    }

    private static SchedulingPass pass(SchedulingInput input) {
        return new SchedulingPass(input, new Cutoff(() -> false));
    }

    private static int left(SchedulingPass pass) {
        return pass.classes().stream().mapToInt(PodClass::unplaced).sum();
    }

    /** How many pods a first attempt leaves without a place. */
    static int leftByFirst(SchedulingInput input) {
        SchedulingPass pass = pass(input);
        new AttemptTest().tried(pass);
        return left(pass);
    }

    /** Pods per domain, on machines and on planned nodes. */
    private static Map<String, Integer> counts(Attempt attempt, String key) {
        Map<String, Integer> counts = new TreeMap<>();
        for (ExistingMachine machine : attempt.machines().all()) {
            machine.shares()
                    .forEach((share, count) ->
                            counts.merge(machine.labels().getOrDefault(key, "none"), count, Integer::sum));
        }
        for (PlannedNode node : attempt.planned()) {
            Requirement label = node.narrowing().requirements().get(key);
            node.parts().forEach(part -> counts.merge(String.join(",", label.values()), part.count(), Integer::sum));
        }
        return counts;
    }

    private static List<Integer> sizes(Attempt attempt) {
        return attempt.planned().stream()
                .map(node ->
                        node.parts().stream().mapToInt(PlannedNode.Part::count).sum())
                .toList();
    }

    /** Zone-1 holds many, zone-2 a single pod. */
    private static Problem lopsided() {
        return new Problem()
                .pool("one", TYPES, pool -> zone(pool, "zone-1"))
                .pool("two", TYPES, pool -> zone(pool, "zone-2").limit("nodes", "1"));
    }

    @Test
    void findsOutWhatAZoneHoldsForTheNextAttempt() {
        SchedulingPass pass =
                pass(lopsided().waiting(spreading("a").cpu(3000).times(6)).input());
        Attempt first = tried(pass);

        assertThat(counts(first, Labels.ZONE)).isEqualTo(Map.of("zone-1", 3, "zone-2", 1));
        assertThat(limits.values()).containsExactly(1);
        assertThat(first.seating().violated())
                .singleElement()
                .satisfies(place -> assertThat(place.cell().values()).containsEntry(Labels.ZONE, "zone-1"));
        Attempt second = tried(pass);
        assertThat(counts(second, Labels.ZONE)).isEqualTo(Map.of("zone-1", 2, "zone-2", 1));
        assertThat(second.seating().violated()).isEmpty();
    }

    @Test
    void allowsOnePodLessWhereMoreThanThatBreakASpread() {
        Attempt attempt =
                tried(pass(lopsided().waiting(spreading("a").cpu(3000).times(6)).input()));
        Seating.Place place = attempt.seating().violated().getFirst();

        attempt.seating().limit(place);

        assertThat(limits).containsEntry(place.name(), 2);
    }

    @Test
    void takesNoMorePodsAwayFromNewNodesThanBreakASpread() {
        SchedulingPass pass =
                pass(lopsided().waiting(spreading("a").cpu(3000).times(9)).input());
        Attempt attempt = tried(pass);

        attempt.removeViolators();

        assertThat(counts(attempt, Labels.ZONE)).isEqualTo(Map.of("zone-1", 2, "zone-2", 1));
        assertThat(attempt.planned()).as("no empty nodes").hasSize(3);
        assertThat(left(pass)).isEqualTo(6);
    }

    @Test
    void givesBackWhatNodesThatLoseAllTheirPodsTookOfALimit() {
        SchedulingPass pass = pass(new Problem()
                .pool("one", TYPES, pool -> zone(pool, "zone-1").limit("nodes", "9"))
                .pool("two", TYPES, pool -> zone(pool, "zone-2").limit("nodes", "1"))
                .waiting(spreading("a").cpu(3000).times(9))
                .input());
        Attempt attempt = tried(pass);
        attempt.removeViolators();

        PoolTemplate one = pass.pools().stream()
                .filter(pool -> pool.pool().name().equals("one"))
                .findFirst()
                .orElseThrow();
        assertThat(one.limits().left()).containsExactly(7);
    }

    @Test
    void takesNoMorePodsAwayFromMachinesThanBreakASpread() {
        SchedulingPass pass = pass(withoutPool()
                .machine("a", machine -> machine.label(Labels.ZONE, "zone-1"))
                .machine("b", machine -> machine.label(Labels.ZONE, "zone-2").size(Types.resources(1, 16, 110)))
                .waiting(spreading("a").times(8))
                .input());
        Attempt attempt = tried(pass);
        assertThat(counts(attempt, Labels.ZONE)).isEqualTo(Map.of("zone-1", 4, "zone-2", 1));

        attempt.removeViolators();

        assertThat(counts(attempt, Labels.ZONE)).isEqualTo(Map.of("zone-1", 2, "zone-2", 1));
        assertThat(left(pass)).isEqualTo(5);
    }

    @Test
    void takesThoseAwayWhoseCompanyWasTaken() {
        Pods.Builder leader = spreading("leader").cpu(3000);
        Pods.Builder follower = pod("follower")
                .label("app", "follower")
                .cpu(700)
                .affinity(term(Labels.HOSTNAME, "app", "web"))
                .spread(spread(Labels.ZONE, "app", "follower").build());
        for (boolean machines : new boolean[] {true, false}) {
            limits.clear();
            Problem problem = machines ? withoutPool() : lopsided();
            for (int i = 0; machines && i < 6; i++) {
                String zone = i == 0 ? "zone-2" : "zone-1";
                problem.machine("m" + i, machine -> machine.label(Labels.ZONE, zone));
            }
            SchedulingPass pass = pass(problem.waiting(leader.times(10))
                    .waiting(follower.times(10))
                    .input());
            Attempt attempt = tried(pass);
            assertThat(counts(attempt, Labels.ZONE)).containsEntry("zone-1", 10);

            attempt.removeViolators();

            assertThat(counts(attempt, Labels.ZONE))
                    .as("machines: %s; two of each kind for one in zone-2", machines)
                    .isEqualTo(Map.of("zone-1", 4, "zone-2", 2));
            assertThat(sizes(attempt)).allMatch(size -> size == 2);
            assertThat(attempt.seating().violated()).isEmpty();
        }
    }

    @Test
    void letsTheFirstOfItsKindBeAlone() {
        // A pod of company that spreads as well may be in one zone only, and there is room for one.
        for (boolean machines : new boolean[] {true, false}) {
            limits.clear();
            Problem problem = machines
                    ? withoutPool()
                            .machine("a", machine -> machine.label(Labels.ZONE, "zone-1"))
                            .machine("b", machine -> machine.label(Labels.ZONE, "zone-2"))
                    : new Problem()
                            .pool("one", TYPES, pool -> zone(pool, "zone-1"))
                            .pool("two", TYPES, pool -> zone(pool, "zone-2"));
            SchedulingPass pass = pass(problem.waiting(spreading("a")
                            .affinity(term(Labels.HOSTNAME, "app", "web"))
                            .times(4))
                    .input());
            Attempt attempt = tried(pass);
            attempt.removeViolators();

            assertThat(left(pass)).as("machines: %s", machines).isLessThan(4);
            assertThat(attempt.seating().violated()).isEmpty();
        }
    }

    @Test
    void seatsThoseWhoKeepOthersOffBeforeThese() {
        SchedulingPass pass = pass(new Problem()
                .pool(TYPES)
                .waiting(web("kept-off").cpu(2000).times(4))
                .waiting(pod("keeper")
                        .selector(Labels.ZONE, "zone-1")
                        .antiAffinity(term(Labels.ZONE, "app", "web"))
                        .build())
                .input());
        tried(pass);

        assertThat(left(pass)).isZero();
    }

    @Test
    void seatsThoseWhoAreOnlyCountedBeforeThoseWhoSpread() {
        SchedulingPass pass = pass(new Problem()
                .pool(TYPES)
                .waiting(spreading("spread").cpu(2000).times(4))
                .waiting(web("counted").selector(Labels.ZONE, "zone-1").times(2))
                .input());
        Attempt attempt = tried(pass);

        assertThat(left(pass)).isZero();
        assertThat(counts(attempt, Labels.ZONE).values()).containsExactly(2, 2, 2);
    }

    @Test
    void seatsAFollowerWhereverItsLeaderComesToBe() {
        SchedulingPass pass = pass(new Problem()
                .pool(TYPES)
                .waiting(pod("follower")
                        .cpu(2000)
                        .affinity(term(Labels.ZONE, "app", "web"))
                        .times(3))
                .waiting(spreading("leader").times(3))
                .input());
        tried(pass);

        assertThat(left(pass)).isZero();
    }

    @Test
    void startsCompanyWhereNodesCanBeBoughtRatherThanOnMachinesAlone() {
        SchedulingPass pass = pass(new Problem()
                .pool("one", TYPES, pool -> zone(pool, "zone-1"))
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-0"))
                .waiting(web("a").affinity(term(Labels.ZONE, "app", "web")).times(10))
                .input());
        Attempt attempt = tried(pass);

        assertThat(counts(attempt, Labels.ZONE)).isEqualTo(Map.of("zone-1", 10));
    }

    @Test
    void seesNoViolationInPlacesThatNobodyTook() {
        SchedulingPass pass = pass(new Problem()
                .pool(TYPES)
                .waiting(web("a").affinity(term(Labels.ZONE, "app", "web")).times(3))
                .input());

        assertThat(tried(pass).seating().violated()).isEmpty();
    }

    @Test
    void givesNoSeatInAZoneWhoseMachinesAreFull() {
        SchedulingPass pass = pass(new Problem()
                .pool("one", TYPES, pool -> zone(pool, "zone-1"))
                .machine("full", machine -> machine.label(Labels.ZONE, "zone-2").size(Types.resources(1, 1, 0)))
                .waiting(spreading("a").times(3))
                .input());
        Attempt attempt = tried(pass);

        assertThat(counts(attempt, Labels.ZONE)).isEqualTo(Map.of("zone-1", 1));
        assertThat(limits).isEmpty();
    }

    @Test
    void disregardsAZoneThatIsKnownToHoldNobody() {
        SchedulingPass pass =
                pass(lopsided().waiting(spreading("a").cpu(3000).times(6)).input());
        tried(pass);
        assertThat(limits).hasSize(1);
        limits.replaceAll((place, most) -> 0);
        Attempt attempt = tried(pass);

        assertThat(counts(attempt, Labels.ZONE)).isEqualTo(Map.of("zone-1", 6));
    }

    @Test
    void countsOthersOnceTheirNodesAreKnownToBeAmongThoseCounted() {
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(type("x").build(), type("y").arch("arm64").build()))
                .waiting(web("others")
                        .selector(Types.FAMILY, "x")
                        .selector(Labels.ZONE, "zone-1")
                        .times(2))
                .waiting(spreading("a").selector(Labels.ARCH, "amd64").times(4))
                .input());

        assertThat(counts(tried(pass), Labels.ZONE).values()).containsExactly(2, 2, 2);
    }

    @Test
    void settlesLabelsOnWhichItDependsWhetherPodsAreCounted() {
        SchedulingPass pass = pass(new Problem()
                .pool(List.of(type("x").build(), type("y").arch("arm64").build()))
                .waiting(web("others").times(4))
                .waiting(spreading("a").selector(Labels.ARCH, "amd64").times(2))
                .input());

        assertThat(counts(tried(pass), Labels.ARCH).keySet()).isSubsetOf("amd64", "arm64");
    }

    @Test
    void settlesThePoolWhereTaintsDecideWhetherPodsAreCounted() {
        SchedulingPass pass = pass(new Problem()
                .pool("plain", TYPES, pool -> pool.weight(1))
                .pool(
                        "tainted",
                        TYPES,
                        pool -> pool.taint("x", "", Taint.NO_SCHEDULE).weight(9))
                .waiting(web("others")
                        .tolerate("x", "Exists", "", "")
                        .selector(Labels.ZONE, "zone-1")
                        .times(6))
                .waiting(web("a").spread(spread(Labels.ZONE, "app", "web")
                                .taintsPolicy("Honor")
                                .build())
                        .times(3))
                .input());
        Attempt attempt = tried(pass);

        assertThat(left(pass)).isZero();
        assertThat(counts(attempt, Labels.NODE_POOL)).isEqualTo(Map.of("plain", 3, "tainted", 6));
    }

    @Test
    void joinsNodesThatWerePlannedForOthersWhenAWishIsGivenUp() {
        SchedulingPass pass = pass(new Problem()
                .pool("any", TYPES, pool -> pool)
                .pool("arm", List.of(type("y").arch("arm64").build()), pool -> pool.limit("nodes", "1"))
                .waiting(pod("small").cpu(500).selector(Labels.ARCH, "amd64").build())
                .waiting(pod("wishful")
                        .cpu(3000)
                        .prefer(1, in(Labels.ARCH, "arm64"))
                        .times(2))
                .input());
        Attempt attempt = tried(pass);

        assertThat(left(pass)).isZero();
        assertThat(sizes(attempt)).containsExactlyInAnyOrder(1, 2);
    }

    @Test
    void joinsCompanyOnNodesOfAnEarlierRound() {
        // The second kind gives up its wish for nodes that there are none of when the first has its node.
        SchedulingPass pass = pass(new Problem()
                .pool("any", TYPES, pool -> pool)
                .pool("arm", List.of(type("y").arch("arm64").build()), pool -> pool.limit("nodes", "0"))
                .waiting(web("a").affinity(term(Labels.HOSTNAME, "app", "web"))
                        .selector(Labels.ARCH, "amd64")
                        .times(2))
                .waiting(pod("follower")
                        .cpu(1000)
                        .prefer(1, in(Labels.ARCH, "arm64"))
                        .affinity(term(Labels.HOSTNAME, "app", "web"))
                        .build())
                .input());
        Attempt attempt = tried(pass);

        assertThat(left(pass)).isZero();
        assertThat(sizes(attempt)).containsExactly(3);
    }

    @Test
    void keepsNoPromiseOfAMachineWithoutTheLabelThatAPodSpreadsOver() {
        Problem problem = new Problem().pool(TYPES).machine("m", machine -> machine);
        var pods = spreading("a").times(1);
        SchedulingPass pass =
                pass(problem.waiting(pods).promise(pods.getFirst(), "m").input());
        Attempt attempt = tried(pass);

        assertThat(attempt.machines().all().getFirst().kept()).isEmpty();
        assertThat(left(pass)).isZero();
    }

    private static List<String> kept(Attempt attempt, String machine) {
        ExistingMachine named = attempt.machines().named(machine);
        assertThat(named).isNotNull();
        return named.kept().keySet().stream()
                .map(podClass -> podClass.sample().labels().getOrDefault("app", "none"))
                .sorted()
                .toList();
    }

    @Test
    void keepsAPromiseThoughAnotherMachineFitsBetter() {
        Pod promised = web("a").build();
        SchedulingPass pass = pass(withoutPool()
                .machine("large", machine -> machine)
                .machine("tight", machine -> machine.size(Types.resources(1, 1, 1)))
                .waiting(promised)
                .promise(promised, "large")
                .input());
        Attempt attempt = tried(pass);

        assertThat(kept(attempt, "large")).containsExactly("web");
        assertThat(left(pass)).isZero();
    }

    @Test
    void keepsAPromiseUnderALaterAlternative() {
        Pod promised = web("a").prefer(1, in(Labels.ZONE, "zone-9")).build();
        SchedulingPass pass = pass(withoutPool()
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .waiting(promised)
                .promise(promised, "m")
                .input());

        assertThat(kept(tried(pass), "m")).containsExactly("web");
    }

    @Test
    void keepsAPromiseOnceTheCompanyHasComeThatItDependsOn() {
        Pod follower = pod("follower")
                .label("app", "follower")
                .cpu(2000)
                .affinity(term(Labels.HOSTNAME, "app", "web"))
                .build();
        Pod leader = web("leader").build();
        SchedulingPass pass = pass(withoutPool()
                .machine("m", machine -> machine)
                .waiting(follower, leader)
                .promise(follower, "m")
                .promise(leader, "m")
                .input());

        assertThat(kept(tried(pass), "m")).containsExactly("follower", "web");
        assertThat(left(pass)).isZero();
    }

    @Test
    void keepsNoPromiseOfAMachineThatIsFullOrGone() {
        List<Pod> pods = web("a").times(2);
        SchedulingPass pass = pass(new Problem()
                .pool(TYPES)
                .machine("full", machine -> machine.size(Types.resources(1, 1, 0)))
                .waiting(pods)
                .promise(pods.getFirst(), "full")
                .promise(pods.getLast(), "gone")
                .input());
        Attempt attempt = tried(pass);

        assertThat(kept(attempt, "full")).isEmpty();
        assertThat(sizes(attempt)).containsExactly(2);
    }

    @Test
    void knowsWhatWholePodsCostWhereOneRunPlannedAllNodes() {
        Pods.Builder pods = pod("p").cpu(2100);
        List<InstanceType> types = List.of(type("x")
                .overhead(ResourceVector.ZERO)
                .price(0.1)
                .onDemandOnly()
                .build());
        SchedulingPass one =
                pass(new Problem().pool(types).waiting(pods.times(10)).input());

        assertThat(tried(one).patternBound().pricePerHourUsd()).isCloseTo(1, within(1e-6));

        SchedulingPass twoPools = pass(new Problem()
                .pool("first", types, pool -> pool.limit("nodes", "3").weight(2))
                .pool("second", types, pool -> pool)
                .waiting(pods.times(10))
                .input());
        Attempt attempt = tried(twoPools);
        assertThat(sizes(attempt)).hasSize(10);
        assertThat(attempt.patternBound()).isEqualTo(CostBound.NONE);

        SchedulingPass seated = pass(new Problem()
                .pool(types)
                .waiting(pods.times(10))
                .waiting(spreading("a").times(1))
                .input());
        assertThat(tried(seated).patternBound()).isEqualTo(CostBound.NONE);
    }

    @Test
    void goesOnToTheNextPoolWithWhatLimitsLeaveOver() {
        SchedulingPass pass = pass(new Problem()
                .pool("none", TYPES, pool -> pool.weight(3).taint("x", "", Taint.NO_SCHEDULE))
                .pool("few", TYPES, pool -> pool.weight(2).limit("nodes", "1"))
                .pool("many", TYPES, pool -> pool)
                .waiting(web("a").cpu(3000).times(3))
                .input());

        assertThat(counts(tried(pass), Labels.NODE_POOL)).isEqualTo(Map.of("few", 1, "many", 2));
    }

    @Test
    void plansNothingWhenTimeIsUp() {
        SchedulingPass pass = new SchedulingPass(
                new Problem().pool(TYPES).waiting(web("a").times(3)).input(), new Cutoff(() -> true));

        assertThat(tried(pass).planned()).isEmpty();
        assertThat(left(pass)).isEqualTo(3);
    }
}
