package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** Which node pods gather on that must share one. */
class CompanyTest {
    private static final InstanceType FOUR_CORES = type("x").build();
    private static final InstanceType EIGHT_CORES =
            type("y").size(8, 32, 110).price(0.2).build();

    private static Pods.Builder db(String name) {
        return pod(name).label("app", "db").cpu(1000);
    }

    /** Needs one of its own kind on its node. */
    private static Pods.Builder sociable(String name) {
        return db(name).affinity(term(Labels.HOSTNAME, "app", "db"));
    }

    /** Needs a db pod on its node, and is none. */
    private static Pods.Builder follower(String name) {
        return pod(name).cpu(1000).affinity(term(Labels.HOSTNAME, "app", "db"));
    }

    private static Problem withoutPool() {
        return new Problem().pool("none", List.of(), pool -> pool);
    }

    /** Solves, and checks all rules; and that the first attempt leaves nobody to latecomers. */
    private static SchedulingResult solve(Problem problem) {
        SchedulingInput input = problem.input();
        SchedulingResult result = SpreadTest.solve(problem);
        assertThat(AttemptTest.leftByFirst(input))
                .as("left by the first attempt")
                .isEqualTo(result.rejections().size());
        return result;
    }

    /** How many pods each machine got. */
    private static Map<String, Integer> onMachines(SchedulingResult result) {
        Map<String, Integer> counts = new TreeMap<>();
        result.placements()
                .forEach(placement ->
                        counts.put(placement.machine().name(), placement.pods().size()));
        return counts;
    }

    private static List<Integer> onNewNodes(SchedulingResult result) {
        return result.plans().stream().map(plan -> plan.pods().size()).toList();
    }

    @Test
    void gathersOnTheMachineThatHoldsMostOfThem() {
        Problem problem = withoutPool()
                .machine("a-small", machine -> machine.size(Types.resources(2, 16, 110)))
                .machine("b-large", machine -> machine.size(Types.resources(5, 16, 110)))
                .machine("c-medium", machine -> machine.size(Types.resources(3, 16, 110)))
                .waiting(sociable("p").times(9));
        SchedulingResult result = solve(problem);

        assertThat(onMachines(result)).isEqualTo(Map.of("b-large", 5));
        assertThat(result.rejections()).hasSize(4);
    }

    @Test
    void gathersWhereVolumesCanBeAttachedToMostOfThem() {
        Problem problem = withoutPool()
                .machine("a-cores", machine -> machine.size(Types.resources(8, 16, 110)))
                .given(Volumes.limit("a-cores", 1))
                .machine("b-volumes", machine -> machine.size(Types.resources(3, 16, 110)))
                .given(Volumes.limit("b-volumes", 9));
        for (int i = 0; i < 4; i++) {
            problem.given(Volumes.bound("data-" + i, "pv-" + i)).given(Volumes.volume("pv-" + i));
            problem.waiting(sociable("p" + i).volumeClaim("data-" + i).build());
        }

        assertThat(onMachines(solve(problem))).isEqualTo(Map.of("b-volumes", 3));
    }

    @Test
    void gathersWhereSpreadOverHostsLetsItAsWell() {
        // One more pod on the machine would be two more than on any other host.
        SchedulingResult result = solve(withoutPool()
                .machine("a", machine -> machine.size(Types.resources(4, 16, 110)))
                .machine("b", machine -> machine.size(Types.resources(3, 16, 110)))
                .waiting(sociable("p")
                        .spread(spread(Labels.HOSTNAME, "app", "db").maxSkew(2).build())
                        .times(4)));

        assertThat(onMachines(result)).isEqualTo(Map.of("a", 2));
    }

    @Test
    void staysOnAMachineThatHoldsAllOfThem() {
        Problem problem = new Problem()
                .pool(List.of(EIGHT_CORES))
                .machine("m", machine -> machine)
                .waiting(sociable("p").times(4));

        assertThat(onMachines(solve(problem))).isEqualTo(Map.of("m", 4));
    }

    @Test
    void goesOntoANewNodeThatHoldsMoreOfThemThanAnyMachine() {
        Problem problem = new Problem()
                .pool(List.of(EIGHT_CORES))
                .machine("m", machine -> machine)
                .waiting(sociable("p").times(6));
        SchedulingResult result = solve(problem);

        assertThat(onNewNodes(result)).containsExactly(6);
        assertThat(result.rejections()).isEmpty();
    }

    @Test
    void prefersAMachineToANewNodeThatHoldsNoMoreOfThem() {
        // Four cores of a machine hold four pods; of a new node, overhead leaves room for three.
        Problem problem = new Problem()
                .pool(List.of(FOUR_CORES))
                .machine("m", machine -> machine.size(Types.resources(3, 16, 110)))
                .waiting(sociable("p").times(6));
        SchedulingResult result = solve(problem);

        assertThat(onMachines(result)).isEqualTo(Map.of("m", 3));
        assertThat(result.plans()).isEmpty();
    }

    @Test
    void needsNoCompanyForAPodThatIsTheFirstOfItsKind() {
        assertThat(onMachines(solve(withoutPool()
                        .machine("m", machine -> machine)
                        .waiting(sociable("p").build()))))
                .isEqualTo(Map.of("m", 1));
        assertThat(onNewNodes(solve(new Problem()
                        .pool(List.of(FOUR_CORES))
                        .waiting(sociable("p").build()))))
                .containsExactly(1);
    }

    @Test
    void startsNoCompanyOnAMachineThatKeepsItOff() {
        Problem problem = withoutPool()
                .machine("m", machine -> machine.taint("x", Taint.NO_SCHEDULE))
                .waiting(sociable("p").times(2));

        assertThat(solve(problem).rejections()).hasSize(2);
    }

    @Test
    void startsNoSecondCompanyWhileTheFirstHasAFullNode() {
        Problem problem = new Problem()
                .pool(List.of(FOUR_CORES))
                .machine("full", machine -> machine.size(Types.resources(1, 16, 110)))
                .running(db("r").on("full").build())
                .waiting(sociable("p").build());

        assertThat(solve(problem).rejections()).hasSize(1);
    }

    @Test
    void leadsOntoNoMachineThatFollowersMayNotUse() {
        Problem problem = withoutPool()
                .machine(
                        "a",
                        machine -> machine.size(Types.resources(8, 16, 110)).taint("x", Taint.NO_SCHEDULE))
                .machine("b", machine -> machine.size(Types.resources(2, 16, 110)))
                .waiting(db("leader").tolerate("x", "Exists", "", "").build())
                .waiting(follower("f").build());

        assertThat(onMachines(solve(problem))).isEqualTo(Map.of("b", 2));
    }

    @Test
    void followsOntoNoMachineThatTheLeaderMayNotUse() {
        Problem problem = withoutPool()
                .machine(
                        "a",
                        machine -> machine.size(Types.resources(8, 16, 110)).taint("x", Taint.NO_SCHEDULE))
                .machine("b", machine -> machine.size(Types.resources(2, 16, 110)))
                .waiting(db("leader").build())
                .waiting(follower("f").tolerate("x", "Exists", "", "").build());

        assertThat(onMachines(solve(problem))).isEqualTo(Map.of("b", 2));
    }

    @Test
    void leadsOntoANodeThatAllFollowersFitOn() {
        Problem problem = new Problem()
                .pool(List.of(FOUR_CORES, EIGHT_CORES))
                .waiting(db("leader").build())
                .waiting(follower("f").times(6));
        SchedulingResult result = solve(problem);

        assertThat(onNewNodes(result)).containsExactly(7);
    }

    @Test
    void oneLeaderAfterTheOtherGoesAheadWhenANodeDoesNotHoldAllFollowers() {
        Problem problem = new Problem()
                .pool(List.of(FOUR_CORES))
                .waiting(db("leader").cpu(1900).times(2))
                .waiting(follower("f").cpu(900).times(4));
        SchedulingResult result = solve(problem);

        assertThat(onNewNodes(result)).containsExactly(3, 3);
    }

    @Test
    void followsNobodyWhoFitsOnNoNodeWithIt() {
        Problem problem = new Problem()
                .pool(List.of(FOUR_CORES))
                .waiting(db("leader").cpu(3800).build())
                .waiting(follower("f").build());
        SchedulingResult result = solve(problem);

        assertThat(onNewNodes(result)).containsExactly(1);
        assertThat(result.rejections())
                .extracting(rejection -> rejection.pod().key().name())
                .containsExactly("f");
    }

    @Test
    void triesAnotherLeaderWhenOneIsTooLarge() {
        Problem problem = new Problem()
                .pool(List.of(FOUR_CORES))
                .waiting(db("large").cpu(3800).build())
                .waiting(db("small").cpu(100).build())
                .waiting(follower("f").build());

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    void letsOneFollowerOntoANodeWhenTheyUseTheSamePort() {
        SchedulingResult result = solve(new Problem()
                .pool(List.of(FOUR_CORES))
                .waiting(db("leader").times(2))
                .waiting(follower("f").port("", 80, "TCP").times(2)));

        assertThat(result.rejections()).isEmpty();
        assertThat(onNewNodes(result)).containsExactly(2, 2);
    }

    @Test
    void startsNoCompanyOfPodsThatUseTheSamePort() {
        Problem problem = withoutPool()
                .machine("a", machine -> machine)
                .machine("b", machine -> machine)
                .waiting(sociable("p").port("", 80, "TCP").times(2));
        SchedulingResult result = solve(problem);

        assertThat(onMachines(result)).isEqualTo(Map.of("a", 1));
        assertThat(result.rejections()).hasSize(1);
    }

    @Test
    void followsNobodyWhoTakesItsPort() {
        Problem problem = withoutPool()
                .machine("m", machine -> machine)
                .waiting(db("leader").port("", 80, "TCP").build())
                .waiting(follower("f").port("", 80, "TCP").build());
        SchedulingResult result = solve(problem);

        assertThat(onMachines(result)).isEqualTo(Map.of("m", 1));
        assertThat(result.rejections())
                .extracting(rejection -> rejection.pod().key().name())
                .containsExactly("f");
    }

    @Test
    void countsANodeForCompanyAgainstThePoolsLimit() {
        Problem problem = new Problem()
                .pool("default", List.of(FOUR_CORES), pool -> pool.limit("nodes", "1"))
                .waiting(sociable("p").cpu(1900).times(2))
                .waiting(pod("other").cpu(1000).build());
        SchedulingResult result = solve(problem);

        assertThat(onNewNodes(result)).containsExactly(2);
        assertThat(result.rejections()).hasSize(1);
    }

    @Test
    void opensANodeOfTheNextPoolWhenTheFirstHasNone() {
        Problem problem = new Problem()
                .pool(
                        "first",
                        List.of(FOUR_CORES),
                        pool -> pool.weight(9)
                                .require(in(Labels.ZONE, "zone-1"))
                                .limit("nodes", "0"))
                .pool("second", List.of(FOUR_CORES), pool -> pool)
                .waiting(sociable("p").times(3));
        SchedulingResult result = solve(problem);

        assertThat(onNewNodes(result)).containsExactly(3);
        assertThat(result.plans().getFirst().pool().name()).isEqualTo("second");
    }

    @Test
    void gathersBeforeOthersFillTheNodes() {
        Problem problem = withoutPool()
                .machine("m", machine -> machine)
                .waiting(sociable("p").times(3))
                .waiting(pod("other").cpu(2000).build());

        assertThat(onMachines(solve(problem))).isEqualTo(Map.of("m", 3));
    }

    @Test
    void needsSomebodyWhoIsCompanyInEveryRespect() {
        Problem problem = new Problem()
                .pool(List.of(FOUR_CORES))
                .waiting(pod("only-db").label("app", "db").cpu(100).build())
                .waiting(pod("both")
                        .labels(Map.of("app", "db", "tier", "gold"))
                        .cpu(50)
                        .build())
                .waiting(pod("f").cpu(100)
                        .affinity(term(Labels.HOSTNAME, "app", "db"))
                        .affinity(term(Labels.HOSTNAME, "tier", "gold"))
                        .build());

        assertThat(solve(problem).rejections()).isEmpty();
    }

    @Test
    void gathersInEachZoneItIsSpreadOver() {
        Problem problem = new Problem()
                .pool(List.of(FOUR_CORES))
                .waiting(db("leader")
                        .cpu(100)
                        .spread(spread(Labels.ZONE, "app", "db").build())
                        .times(3))
                .waiting(follower("f").cpu(3000).times(3));
        SchedulingResult result = solve(problem);

        assertThat(onNewNodes(result)).containsExactly(2, 2, 2);
    }
}
