package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.SpreadTest.counts;
import static karpenter.core.scheduling.SpreadTest.solve;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** Pod affinity and anti-affinity, required and preferred, of pods that wait and of pods that run. */
class PodAffinityTest {
    private static final List<InstanceType> TYPES = List.of(type("x").build());

    private static Pods.Builder db(String name) {
        return pod(name).label("app", "db").cpu(100);
    }

    private static SchedulingResult solved(Pods.Builder pod, int count) {
        return solve(new Problem().pool(TYPES).waiting(pod.times(count)));
    }

    @Test
    @Covers("scheduling/topology: anti-affinity")
    void keepsPodsThatCannotStandEachOtherOnHostsOfTheirOwn() {
        assertThat(solved(db("a").antiAffinity(term(Labels.HOSTNAME, "app", "db")), 5)
                        .plans())
                .hasSize(5);
    }

    @Test
    @Covers("scheduling/topology: anti-affinity")
    void hasNoMoreOfThemThanZones() {
        SchedulingResult result = solved(db("a").antiAffinity(term(Labels.ZONE, "app", "db")), 5);

        assertThat(counts(result, Labels.ZONE).values()).containsExactly(1, 1, 1);
        assertThat(result.rejections()).hasSize(2);
    }

    @Test
    @Covers("scheduling/topology: anti-affinity")
    void keepsOffPodsThatRun() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .running(db("r").on("m").build())
                .waiting(pod("a").antiAffinity(term(Labels.ZONE, "app", "db")).build());

        assertThat(counts(solve(problem), Labels.ZONE)).doesNotContainKey("zone-1");
    }

    @Test
    @Covers("scheduling/topology: inverse anti-affinity")
    void heedsTheAntiAffinityOfPodsThatRun() {
        for (String key : List.of(Labels.ZONE, Labels.HOSTNAME)) {
            Problem problem = new Problem()
                    .pool(TYPES)
                    .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                    .running(pod("r").antiAffinity(term(key, "app", "db"))
                            .on("m")
                            .build())
                    .waiting(db("a").build());

            assertThat(solve(problem).placements()).as(key).isEmpty();
        }
    }

    @Test
    @Covers("scheduling/topology: inverse anti-affinity")
    void heedsTheAntiAffinityOfOtherPodsOfThePass() {
        // One keeper in each zone: nowhere is left for the pod they can't stand.
        Problem problem = new Problem().pool(TYPES).waiting(db("kept-off").build());
        for (String zone : Types.ZONES) {
            problem.waiting(pod("keeper-" + zone)
                    .cpu(2000)
                    .selector(Labels.ZONE, zone)
                    .antiAffinity(term(Labels.ZONE, "app", "db"))
                    .build());
        }

        assertThat(solve(problem).rejections().stream()
                        .map(rejection -> rejection.pod().key().name()))
                .containsExactly("kept-off");
    }

    @Test
    @Covers({"scheduling/topology: inverse anti-affinity", "Topology: inverse anti-affinity with existing nodes"})
    void hasNoPlaceWhereRunningPodsOfEveryZoneKeepItOff() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(db("kept-off").build(), pod("free").build());
        for (String zone : Types.ZONES) {
            problem.machine("m-" + zone, machine -> machine.label(Labels.ZONE, zone))
                    .running(pod("keeper-" + zone)
                            .antiAffinity(term(Labels.ZONE, "app", "db"))
                            .on("m-" + zone)
                            .build());
        }

        assertThat(solve(problem).rejections())
                .extracting(rejection -> rejection.pod().key().name())
                .containsExactly("kept-off");
    }

    @Test
    @Covers("scheduling/topology: inverse anti-affinity")
    void disregardsPreferredAntiAffinityOfPodsThatRun() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .running(pod("r").preferAntiAffinity(100, term(Labels.HOSTNAME, "app", "db"))
                        .on("m")
                        .build())
                .waiting(db("a").build());

        assertThat(solve(problem).placements()).hasSize(1);
    }

    @Test
    @Covers("scheduling/topology: anti-affinity of pods without a place yet")
    void decidesWhereAPodIsBeforeAnotherKeepsAwayFromIt() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(db("anywhere").cpu(2000).build())
                .waiting(pod("apart")
                        .cpu(100)
                        .antiAffinity(term(Labels.ZONE, "app", "db"))
                        .build());

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    @Covers("scheduling/topology: affinity")
    void gathersPodsOfAKindInOneZone() {
        SchedulingResult result = solved(db("a").cpu(1500).affinity(term(Labels.ZONE, "app", "db")), 10);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, Labels.ZONE)).hasSize(1);
    }

    @Test
    @Covers("scheduling/topology: affinity")
    void gathersPodsOfAKindOnOneHost() {
        Problem problem = new Problem()
                .pool(Types.ladder(10))
                .waiting(db("a").cpu(1000)
                        .affinity(term(Labels.HOSTNAME, "app", "db"))
                        .times(6));
        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans()).hasSize(1);
    }

    @Test
    void gathersAsManyOnOneHostAsTheLargestMachineHolds() {
        SchedulingResult result = solved(db("a").cpu(1000).affinity(term(Labels.HOSTNAME, "app", "db")), 6);

        assertThat(result.plans()).hasSize(1);
        assertThat(result.rejections()).hasSize(3);
    }

    @Test
    @Covers("scheduling/topology: affinity")
    void followsPodsThatRun() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-2").size(Types.resources(1, 1, 1)))
                .running(db("r").on("m").build())
                .waiting(pod("a").cpu(1000)
                        .affinity(term(Labels.ZONE, "app", "db"))
                        .times(5));

        assertThat(counts(solve(problem), Labels.ZONE)).containsOnlyKeys("zone-2");
    }

    @Test
    void followsPodsOfThePassOntoTheirHostOrIntoTheirZone() {
        for (String key : List.of(Labels.HOSTNAME, Labels.ZONE)) {
            Problem problem = new Problem()
                    .pool(TYPES)
                    .waiting(pod("follower")
                            .cpu(2000)
                            .affinity(term(key, "app", "db"))
                            .build())
                    .waiting(db("leader").build());

            assertThat(solve(problem).rejections()).as(key).isEmpty();
        }
    }

    @Test
    void leadsWhereFollowersCanFollow() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(db("leader").build())
                .waiting(pod("follower")
                        .selector(Labels.ZONE, "zone-3")
                        .affinity(term(Labels.ZONE, "app", "db"))
                        .build());

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    @Covers("scheduling/topology: affinity")
    void followsAChainOfPods() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(pod("c").label("app", "c")
                        .affinity(term(Labels.ZONE, "app", "b"))
                        .build())
                .waiting(pod("b").label("app", "b")
                        .affinity(term(Labels.ZONE, "app", "a"))
                        .build())
                .waiting(pod("a").label("app", "a").build());

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    @Covers("scheduling/topology: affinity")
    void hasNoPlaceForPodsThatFollowNobody() {
        assertThat(solved(pod("a").affinity(term(Labels.ZONE, "app", "db")), 1).rejections())
                .hasSize(1);
    }

    @Test
    void startsNoSecondCompanyWhileThereIsOneItCannotReach() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.require(in(Labels.ZONE, "zone-1")))
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-2").size(Types.resources(1, 1, 1)))
                .running(db("r").on("m").build())
                .waiting(db("a").affinity(term(Labels.ZONE, "app", "db")).build());

        assertThat(solve(problem).rejections()).hasSize(1);
    }

    @Test
    void needsAPodThatMeetsAllRequiredTerms() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(pod("half").labels(Map.of("app", "db")).build())
                .waiting(pod("a").affinity(term(Labels.ZONE, "app", "db"))
                        .affinity(term(Labels.ZONE, "tier", "gold"))
                        .build());

        assertThat(solve(problem).rejections()).hasSize(1);
    }

    @Test
    @Covers("scheduling/topology: namespaces")
    void looksOnlyIntoTheNamespacesNamed() {
        for (String namespace : List.of("default", "other")) {
            Problem problem = new Problem()
                    .pool(TYPES)
                    .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                    .running(db("r").namespace("other").on("m").build())
                    .waiting(pod("a").affinity(term(Labels.ZONE, "app", "db", namespace))
                            .build());

            assertThat(solve(problem).rejections()).hasSize(namespace.equals("other") ? 0 : 1);
        }
    }

    @Test
    @Covers("scheduling/topology: namespaces")
    void looksIntoNamespacesByTheirLabels() {
        PodAffinityTerm everywhere = new PodAffinityTerm(
                Labels.ZONE,
                Constraints.selecting("app", "db"),
                List.of(),
                new LabelSelector(Map.of(), List.of()),
                List.of(),
                List.of());
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .running(db("r").namespace("other").on("m").build())
                .waiting(pod("a").affinity(everywhere).build());

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    @Covers("scheduling/topology: matchLabelKeys")
    void tellsRevisionsApartByMatchAndMismatchLabelKeys() {
        PodAffinityTerm others = new PodAffinityTerm(
                Labels.HOSTNAME, Constraints.selecting("app", "db"), List.of(), null, List.of(), List.of("tenant"));
        Problem problem = new Problem().pool(TYPES);
        for (String tenant : List.of("a", "b")) {
            problem.waiting(pod(tenant)
                    .labels(Map.of("app", "db", "tenant", tenant))
                    .cpu(100)
                    .antiAffinity(others)
                    .times(3));
        }

        assertThat(solve(problem).plans()).hasSize(2);
    }

    @Test
    void combinesAntiAffinityWithSpread() {
        SchedulingResult result = solved(
                db("a").antiAffinity(term(Labels.HOSTNAME, "app", "db"))
                        .spread(Constraints.spread(Labels.ZONE, "app", "db").build()),
                6);

        assertThat(result.plans()).hasSize(6);
        assertThat(counts(result, Labels.ZONE).values()).containsExactly(2, 2, 2);
    }

    @Test
    void letsSomePodsHaveTheWishThatNotAllCanHave() {
        SchedulingResult result = solved(db("a").preferAntiAffinity(10, term(Labels.ZONE, "app", "db")), 8);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, Labels.ZONE).keySet()).contains("zone-1", "zone-2", "zone-3");
    }

    @Test
    void givesUpTheHeaviestWishFirst() {
        SchedulingResult result = solved(
                db("a").preferAntiAffinity(10, term(Labels.ZONE, "app", "db"))
                        .preferAntiAffinity(1, term(Labels.HOSTNAME, "app", "db")),
                8);

        assertThat(result.plans()).hasSize(8);
    }

    @Test
    void followsPreferredCompanyAndDoesWithout() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-3").size(Types.resources(1, 1, 1)))
                .running(db("r").on("m").build())
                .waiting(pod("a").cpu(100)
                        .preferAffinity(1, term(Labels.ZONE, "app", "db"))
                        .build())
                .waiting(pod("b").cpu(100)
                        .preferAffinity(1, term(Labels.ZONE, "app", "nobody"))
                        .build());
        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, Labels.ZONE)).containsKey("zone-3");
    }

    @Test
    void keepsAPromiseOnlyWhereThePodIsStillWelcome() {
        Problem problem = new Problem()
                .pool(TYPES)
                .machine("m1", machine -> machine.label(Labels.ZONE, "zone-1"))
                .machine("m2", machine -> machine.label(Labels.ZONE, "zone-2"))
                .running(db("r").on("m1").build());
        var pods = db("a").antiAffinity(term(Labels.ZONE, "app", "db")).times(2);
        problem.promise(pods.getFirst(), "m1").promise(pods.getLast(), "m2").waiting(pods);
        SchedulingResult result = solve(problem);

        assertThat(result.placements().getFirst().machine().name()).isEqualTo("m2");
        assertThat(result.placements().getFirst().pods()).containsExactly(pods.getLast());
        assertThat(counts(result, Labels.ZONE)).containsOnlyKeys("zone-2", "zone-3");
    }

    @Test
    @Covers("scheduling: no pre-binding")
    void followsPodsThatArePromisedToAMachineButNotBoundYet() {
        Pod first = db("first").affinity(term(Labels.ZONE, "app", "db")).build();
        Problem problem = new Problem()
                .pool(TYPES)
                .machine(
                        "m",
                        machine ->
                                machine.launched().label(Labels.ZONE, "zone-2").size(Types.resources(1, 1, 1)))
                .waiting(first)
                .waiting(db("second").affinity(term(Labels.ZONE, "app", "db")).build())
                .promise(first, "m");
        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, Labels.ZONE)).isEqualTo(Map.of("zone-2", 2));
    }
}
