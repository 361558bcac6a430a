package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** Topology spread: which domains pods get, and when there is none for them. */
class SpreadTest {
    private static final List<InstanceType> TYPES = List.of(type("x").build());
    private static final Map<String, Integer> ONE_EACH = Map.of("zone-1", 1, "zone-2", 1, "zone-3", 1);

    private static Pods.Builder web(String name) {
        return pod(name).label("app", "web").cpu(100);
    }

    private static Constraints.Spread over(String key) {
        return spread(key, "app", "web");
    }

    /** Pods that were placed, by the domain they are in. */
    static Map<String, Integer> counts(SchedulingResult result, String key) {
        Map<String, Integer> counts = new TreeMap<>();
        result.placements()
                .forEach(placement -> counts.merge(
                        placement.machine().labels().getOrDefault(key, "none"),
                        placement.pods().size(),
                        Integer::sum));
        result.plans()
                .forEach(plan -> counts.merge(
                        String.join(",", plan.requirements().get(key).values()),
                        plan.pods().size(),
                        Integer::sum));
        return counts;
    }

    /** Solves, and checks all rules on the way. */
    static SchedulingResult solve(Problem problem) {
        SchedulingInput input = problem.input();
        SchedulingResult result = Scheduler.schedule(input);
        new SolutionChecker(input).check(result);
        return result;
    }

    private static Collection<Integer> sizes(SchedulingResult result) {
        return result.plans().stream().map(plan -> plan.pods().size()).sorted().toList();
    }

    private static SchedulingResult solve(int pods, TopologySpreadConstraint... constraints) {
        Pods.Builder builder = web("a");
        for (TopologySpreadConstraint constraint : constraints) {
            builder.spread(constraint);
        }
        return solve(new Problem().pool(TYPES).waiting(builder.times(pods)));
    }

    @Test
    @Covers("scheduling/topology: zonal spread")
    void spreadsEvenlyOverZones() {
        assertThat(counts(solve(8, over(Labels.ZONE).build()), Labels.ZONE).values())
                .containsExactlyInAnyOrder(3, 3, 2);
    }

    @Test
    @Covers("scheduling/topology: zonal spread")
    void spreadsOverTheZonesThatThePoolAllows() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.require(in(Labels.ZONE, "zone-1", "zone-2")))
                .waiting(web("a").spread(over(Labels.ZONE).build()).times(4));

        assertThat(counts(solve(problem), Labels.ZONE)).isEqualTo(Map.of("zone-1", 2, "zone-2", 2));
    }

    @Test
    @Covers("scheduling/topology: zonal spread")
    void spreadsOverTheZonesThatThePodAllows() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(web("a").require(in(Labels.ZONE, "zone-1", "zone-3"))
                        .spread(over(Labels.ZONE).build())
                        .times(4));

        assertThat(counts(solve(problem), Labels.ZONE)).isEqualTo(Map.of("zone-1", 2, "zone-3", 2));
    }

    @Test
    @Covers("Topology: only count scheduled pods in valid domains")
    void countsPodsThatRunButNotThoseThatEndedOrAreElsewhere() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1").taint("x", Taint.NO_SCHEDULE))
                .running(web("r1").on("m").build())
                .running(web("r2").on("m").build())
                .machine("nowhere-in-particular", machine -> machine.taint("x", Taint.NO_SCHEDULE))
                .machine("m2", machine -> machine.label(Labels.ZONE, "zone-2").taint("x", Taint.NO_SCHEDULE))
                .running(web("lost").on("nowhere").build())
                .running(web("domainless").on("nowhere-in-particular").build())
                .running(web("done").phase(PodPhase.SUCCEEDED).on("m2").build())
                .running(web("crashed").phase(PodPhase.FAILED).on("m2").build())
                .running(web("going").terminating().on("m2").build())
                .running(web("unscheduled").build())
                .running(web("foreign").namespace("other").on("m").build())
                .running(pod("else").label("app", "db").on("m").build())
                .waiting(web("a").spread(over(Labels.ZONE).build()).times(4));

        assertThat(counts(solve(problem), Labels.ZONE)).isEqualTo(Map.of("zone-2", 2, "zone-3", 2));
    }

    @Test
    @Covers("scheduling/topology: zonal spread")
    void letsZonesDifferByTheSkew() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.require(in(Labels.ZONE, "zone-1")))
                .machine("m2", machine -> machine.label(Labels.ZONE, "zone-2").taint("x", Taint.NO_SCHEDULE))
                .waiting(web("a").spread(over(Labels.ZONE).maxSkew(3).build()).times(5));
        SchedulingResult result = solve(problem);

        assertThat(counts(result, Labels.ZONE)).isEqualTo(Map.of("zone-1", 3));
        assertThat(result.rejections()).hasSize(2);
    }

    @Test
    void disregardsZonesWhereNothingCanBeBought() {
        Problem problem = new Problem()
                .pool(List.of(
                        type("x").unavailable("zone-3/spot", "zone-3/on-demand").build()))
                .waiting(web("a").spread(over(Labels.ZONE).build()).times(6));

        assertThat(counts(solve(problem), Labels.ZONE)).isEqualTo(Map.of("zone-1", 3, "zone-2", 3));
    }

    @Test
    void heedsZonesThatOthersNodesBringAbout() {
        // Pods of the first kind fit no machine of zone-3, but those of the second open a node there.
        Problem problem = new Problem()
                .pool(List.of(
                        type("large")
                                .size(8, 32, 110)
                                .zones("zone-1", "zone-2")
                                .price(1)
                                .build(),
                        type("small").size(2, 4, 110).zones("zone-3").build()))
                .waiting(web("a").cpu(4000).spread(over(Labels.ZONE).build()).times(4))
                .waiting(pod("b").selector(Labels.ZONE, "zone-3").build());
        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).hasSize(2);
    }

    @Test
    @Covers("scheduling/topology: minDomains")
    void takesTheLeastCountForNoneWhileThereAreFewerDomainsThanAskedFor() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.require(in(Labels.ZONE, "zone-1", "zone-2")))
                .waiting(
                        web("a").spread(over(Labels.ZONE).minDomains(3).build()).times(4));
        SchedulingResult result = solve(problem);

        assertThat(counts(result, Labels.ZONE)).isEqualTo(Map.of("zone-1", 1, "zone-2", 1));
        assertThat(result.rejections()).hasSize(2);
    }

    @Test
    @Covers("scheduling/topology: minDomains")
    void spreadsFullyWhenThereAreAsManyDomainsAsAskedFor() {
        assertThat(counts(solve(9, over(Labels.ZONE).minDomains(3).build()), Labels.ZONE)
                        .values())
                .containsExactly(3, 3, 3);
    }

    @Test
    @Covers("scheduling/topology: hostname spread")
    void spreadsOverHosts() {
        assertThat(sizes(solve(4, over(Labels.HOSTNAME).build()))).containsExactly(1, 1, 1, 1);
    }

    @Test
    @Covers({"scheduling/topology: hostname spread", "Topology: hostname skew up to maxSkew"})
    void putsAsManyOnAHostAsTheSkewAllows() {
        assertThat(sizes(solve(8, over(Labels.HOSTNAME).maxSkew(4).build()))).containsExactly(4, 4);
    }

    @Test
    @Covers("scheduling/topology: hostname spread")
    void countsPodsThatRunOnAHost() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m1", machine -> machine.label(Labels.ZONE, "zone-1"))
                .machine("m2", machine -> machine.label(Labels.ZONE, "zone-1"))
                .running(web("r").on("m1").build())
                .waiting(web("a").spread(over(Labels.HOSTNAME).build()).build());

        assertThat(solve(problem).placements().getFirst().machine().name()).isEqualTo("m2");
    }

    @Test
    @Covers({"scheduling/topology: capacity type spread", "scheduling/topology: arch spread"})
    void spreadsOverCapacityTypesAndArchitectures() {
        assertThat(counts(solve(6, over(Labels.CAPACITY_TYPE).build()), Labels.CAPACITY_TYPE))
                .isEqualTo(Map.of("on-demand", 3, "spot", 3));
        Problem problem = new Problem()
                .pool(List.of(type("x").build(), type("y").arch("arm64").build()))
                .waiting(web("a").spread(over(Labels.ARCH).build()).times(6));

        assertThat(counts(solve(problem), Labels.ARCH)).isEqualTo(Map.of("amd64", 3, "arm64", 3));
    }

    @Test
    void spreadsOverACustomLabelOfPools() {
        Problem problem = new Problem()
                .pool("a", TYPES, pool -> pool.labels(Map.of("rack", "1")))
                .pool("b", TYPES, pool -> pool.labels(Map.of("rack", "2")))
                .pool("c", TYPES, pool -> pool)
                .waiting(web("a").spread(over("rack").build()).times(4));

        assertThat(counts(solve(problem), "rack")).isEqualTo(Map.of("1", 2, "2", 2));
    }

    @Test
    @Covers("scheduling/topology: combined spreads")
    void keepsSeveralConstraintsAtOnce() {
        SchedulingResult result = solve(
                12,
                over(Labels.ZONE).build(),
                over(Labels.CAPACITY_TYPE).build(),
                over(Labels.HOSTNAME).maxSkew(2).build());

        assertThat(counts(result, Labels.ZONE).values()).containsExactly(4, 4, 4);
        assertThat(counts(result, Labels.CAPACITY_TYPE).values()).containsExactly(6, 6);
        assertThat(sizes(result)).allMatch(size -> size <= 2);
    }

    @Test
    @Covers("scheduling/topology: matchLabelKeys")
    void spreadsRevisionsOfADeploymentApart() {
        TopologySpreadConstraint constraint =
                over(Labels.ZONE).matchLabelKeys("hash", "nobody-has-it").build();
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(pod("old")
                        .labels(Map.of("app", "web", "hash", "1"))
                        .spread(constraint)
                        .times(3))
                .waiting(pod("new")
                        .labels(Map.of("app", "web", "hash", "2"))
                        .spread(constraint)
                        .times(3));
        SchedulingResult result = solve(problem);

        for (String revision : List.of("old", "new")) {
            assertThat(result.plans().stream()
                            .filter(plan -> plan.pods().stream()
                                    .anyMatch(pod -> pod.key().name().startsWith(revision)))
                            .map(plan -> plan.requirements().get(Labels.ZONE).values())
                            .distinct())
                    .hasSize(3);
        }
    }

    @Test
    @Covers("scheduling/topology: taints and affinity policy")
    void countsDomainsThatThePodMayNotUseWhenItsAffinityIsIgnored() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-2").taint("x", Taint.NO_SCHEDULE))
                .waiting(web("a").selector(Labels.ZONE, "zone-1")
                        .spread(over(Labels.ZONE).affinityPolicy("Ignore").build())
                        .times(3));

        assertThat(solve(problem).rejections()).hasSize(2);
    }

    @Test
    @Covers("scheduling/topology: taints and affinity policy")
    void leavesTaintedNodesOutWhenTaintsAreHonored() {
        for (String policy : List.of("Honor", "Ignore")) {
            Problem problem = new Problem()
                    .pool("default", TYPES, pool -> pool.require(in(Labels.ZONE, "zone-1")))
                    .machine(
                            "m", machine -> machine.label(Labels.ZONE, "zone-2").taint("x", Taint.NO_SCHEDULE))
                    .waiting(web("a").spread(
                                    over(Labels.ZONE).taintsPolicy(policy).build())
                            .times(3));

            assertThat(solve(problem).rejections()).hasSize(policy.equals("Honor") ? 0 : 2);
        }
    }

    @Test
    void balancesPodsThatAreOnlyCounted() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(web("counted").times(7))
                .waiting(pod("a").cpu(100).spread(over(Labels.ZONE).build()).times(3));

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    @Covers("Topology: interdependent selectors")
    void putsPodsTogetherThatSpreadOverOthersOfWhomThereAreNone() {
        SchedulingResult result = solve(new Problem()
                .pool(TYPES)
                .waiting(pod("a").cpu(100).spread(over(Labels.HOSTNAME).build()).times(5)));

        assertThat(sizes(result)).containsExactly(5);
    }

    @Test
    @Covers("Topology: interdependent selectors")
    void spreadsPodsThatCountEachOther() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(pod("a").label("app", "x")
                        .spread(spread(Labels.ZONE, "app", "y").build())
                        .times(5))
                .waiting(pod("b").label("app", "y")
                        .spread(spread(Labels.ZONE, "app", "x").build())
                        .times(5));

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    void spreadsNothingWithoutASelector() {
        assertThat(solve(4, over(Labels.ZONE).noSelector().build()).rejections())
                .isEmpty();
    }

    @Test
    void startsOverWhenAZoneHoldsLessThanWasThought() {
        Problem problem = new Problem()
                .pool("one", TYPES, pool -> pool.require(in(Labels.ZONE, "zone-1")))
                .pool(
                        "two",
                        TYPES,
                        pool -> pool.require(in(Labels.ZONE, "zone-2")).limit("nodes", "1"))
                .waiting(web("a").cpu(3000).spread(over(Labels.ZONE).build()).times(6));
        SchedulingResult result = solve(problem);

        assertThat(counts(result, Labels.ZONE)).isEqualTo(Map.of("zone-1", 2, "zone-2", 1));
        assertThat(result.rejections()).hasSize(3);
    }

    @Test
    void prefersRoomOnMachinesAmongEvenZones() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-2"))
                .waiting(web("a").spread(over(Labels.ZONE).build()).build());

        assertThat(solve(problem).placements()).hasSize(1);
    }

    @Test
    void givesUpASpreadThatMayBeViolated() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.require(in(Labels.ZONE, "zone-1")))
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-2").taint("x", Taint.NO_SCHEDULE))
                .waiting(web("a").spread(over(Labels.ZONE).soft().build()).times(5));

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    void followsASpreadThatMayBeViolatedWhileItCan() {
        assertThat(counts(solve(6, over(Labels.ZONE).soft().build()), Labels.ZONE)
                        .values())
                .containsExactly(2, 2, 2);
    }

    @Test
    void disregardsASpreadThatMayBeViolatedWhenPreferencesAreIgnored() {
        Problem problem = new Problem()
                .options(options -> new SchedulingOptions(options.wellKnownLabels(), false, false, true, 600))
                .pool(TYPES)
                .waiting(web("a").spread(over(Labels.ZONE).soft().build()).times(6));

        assertThat(solve(problem).plans()).hasSize(1);
    }

    @Test
    @Covers({
        "Topology: NodeTaintsPolicy with exclusive pools sharing domains",
        "scheduling/topology: taints and affinity policy"
    })
    void spreadsOverEachOfTwoExclusivePoolsForItselfWhenTaintsAreHonored() {
        Problem problem = new Problem()
                .pool(
                        "first",
                        TYPES,
                        pool -> pool.taint("team", "first", Taint.NO_SCHEDULE).require(in("rack", "shared", "one")))
                .pool(
                        "second",
                        TYPES,
                        pool -> pool.taint("team", "second", Taint.NO_SCHEDULE).require(in("rack", "shared", "two")));
        for (String team : List.of("first", "second")) {
            problem.waiting(web(team)
                    .tolerate("team", "Equal", team, "")
                    .spread(over("rack").taintsPolicy("Honor").build())
                    .times(4));
        }
        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(countsOf(result, ofPool("first"), "rack")).isEqualTo(Map.of("one", 2, "shared", 2));
        assertThat(countsOf(result, ofPool("second"), "rack")).isEqualTo(Map.of("shared", 2, "two", 2));
    }

    private static Predicate<NodePlan> ofPool(String pool) {
        return plan -> plan.pool().name().equals(pool);
    }

    private static Predicate<NodePlan> of(String key, String value) {
        return plan -> plan.requirements().get(key).values().equals(Set.of(value));
    }

    /** New pods per domain on some of the nodes. */
    private static Map<String, Integer> countsOf(SchedulingResult result, Predicate<NodePlan> nodes, String key) {
        Map<String, Integer> counts = new TreeMap<>();
        result.plans().stream()
                .filter(nodes)
                .forEach(plan -> counts.merge(
                        String.join(",", plan.requirements().get(key).values()),
                        plan.pods().size(),
                        Integer::sum));
        return counts;
    }

    private static Problem twoArchitectures() {
        return new Problem()
                .pool(List.of(type("x").build(), type("y").arch("arm64").build()));
    }

    @Test
    @Covers("scheduling/topology: taints and affinity policy")
    void disregardsOthersOnNodesThatItsOwnersMayNotUse() {
        Problem problem = twoArchitectures()
                .waiting(web("others")
                        .selector(Labels.ARCH, "arm64")
                        .selector(Labels.ZONE, "zone-1")
                        .times(5))
                .waiting(web("a").selector(Labels.ARCH, "amd64")
                        .spread(over(Labels.ZONE).build())
                        .times(3));

        assertThat(countsOf(solve(problem), of(Labels.ARCH, "amd64"), Labels.ZONE))
                .isEqualTo(ONE_EACH);
    }

    @Test
    @Covers("scheduling/topology: taints and affinity policy")
    void countsOthersThatAskForTheSameNodesAsItsOwners() {
        Problem problem = twoArchitectures()
                .waiting(web("others").selector(Labels.ARCH, "amd64").times(4))
                .waiting(web("a").selector(Labels.ARCH, "amd64")
                        .spread(over(Labels.ZONE).build())
                        .times(2));

        assertThat(counts(solve(problem), Labels.ZONE).values()).containsExactly(2, 2, 2);
    }

    @Test
    @Covers("scheduling/topology: taints and affinity policy")
    void settlesOnWhichNodesOthersComeToBeCountedOrNot() {
        Problem problem = twoArchitectures()
                .waiting(web("others").times(4))
                .waiting(web("a").selector(Labels.ARCH, "amd64")
                        .spread(over(Labels.ZONE).build())
                        .times(2));
        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans())
                .allSatisfy(
                        plan -> assertThat(plan.requirements().get(Labels.ARCH).values())
                                .hasSize(1));
    }

    @Test
    @Covers("scheduling/topology: taints and affinity policy")
    void disregardsOthersOnTaintedNodesWhenTaintsAreHonored() {
        for (String policy : List.of("Honor", "Ignore")) {
            Problem problem = new Problem()
                    .pool("plain", TYPES, pool -> pool)
                    .pool(
                            "tainted",
                            TYPES,
                            pool -> pool.taint("x", "", Taint.NO_SCHEDULE).labels(Map.of("team", "x")))
                    .waiting(web("others")
                            .tolerate("x", "Exists", "", "")
                            .selector("team", "x")
                            .selector(Labels.ZONE, "zone-1")
                            .times(3))
                    .waiting(web("a").spread(
                                    over(Labels.ZONE).taintsPolicy(policy).build())
                            .times(3));

            assertThat(countsOf(solve(problem), ofPool("plain"), Labels.ZONE).containsKey("zone-1"))
                    .as(policy)
                    .isEqualTo(policy.equals("Honor"));
        }
    }

    @Test
    void disregardsOthersOnNodesWithoutTheLabelsOfAllItsConstraints() {
        Problem problem = new Problem()
                .pool("racks", TYPES, pool -> pool.labels(Map.of("rack", "1")))
                .pool("plain", TYPES, pool -> pool)
                .waiting(web("others")
                        .selector(Labels.NODE_POOL, "plain")
                        .selector(Labels.ZONE, "zone-1")
                        .times(4))
                .waiting(web("a").spread(over(Labels.ZONE).build())
                        .spread(over("rack").maxSkew(9).build())
                        .times(3));

        assertThat(countsOf(solve(problem), ofPool("racks"), Labels.ZONE)).isEqualTo(ONE_EACH);
    }

    @Test
    @Covers("scheduling/topology: spread with volumes")
    void countsZonesThatThePodsVolumeCannotReach() {
        // kube-scheduler's spread looks at node affinity, not at volumes: an empty zone-2 still pins the least count at
        // 0.
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-2").taint("x", Taint.NO_SCHEDULE));
        for (String claim : List.of("one", "two")) {
            problem.given(Volumes.bound(claim, "pv-" + claim)).given(Volumes.zonal("pv-" + claim, "zone-1"));
            problem.waiting(web(claim)
                    .volumeClaim(claim)
                    .spread(over(Labels.ZONE).build())
                    .build());
        }
        SchedulingResult result = solve(problem);

        assertThat(counts(result, Labels.ZONE)).isEqualTo(Map.of("zone-1", 1));
        assertThat(result.rejections()).hasSize(1);
    }

    @Test
    @Covers("scheduling/topology: spread with volumes")
    void spreadsOverTheZonesThatTheStorageClassAllows() {
        Problem problem =
                new Problem().pool(TYPES).given(Volumes.storageClass("fast", Volumes.inZones("zone-1", "zone-3")));
        for (int i = 0; i < 4; i++) {
            problem.given(Volumes.unbound("data-" + i, "fast"));
            problem.waiting(web("a-" + i)
                    .volumeClaim("data-" + i)
                    .spread(over(Labels.ZONE).build())
                    .build());
        }

        assertThat(counts(solve(problem), Labels.ZONE)).isEqualTo(Map.of("zone-1", 2, "zone-3", 2));
    }
}
