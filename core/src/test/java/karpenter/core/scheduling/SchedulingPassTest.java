package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** What a pass makes of its attempts: when it tries again, and what it says of pods in the end. */
class SchedulingPassTest {
    private static final List<InstanceType> TYPES = List.of(type("x").build());

    private static SchedulingPass pass(Problem problem) {
        return new SchedulingPass(problem.input(), new Cutoff(() -> false));
    }

    private static List<String> rejected(SchedulingResult result) {
        return result.rejections().stream()
                .map(rejection -> rejection.pod().key().name())
                .toList();
    }

    @Test
    void startsOverWhenAnothersNodeOpensADomain() {
        // Nobody spreads the pods that are counted, and zone-1 is cheap. But then another's node in zone-2 has none of
        // them.
        Problem problem = new Problem()
                .pool(List.of(
                        type("cheap").zones("zone-1").build(),
                        type("dear").price(1).zones("zone-2").build()))
                .waiting(pod("counted").label("app", "web").cpu(500).times(4))
                .waiting(pod("owner")
                        .cpu(100)
                        .selector(Labels.ZONE, "zone-1")
                        .spread(spread(Labels.ZONE, "app", "web")
                                .affinityPolicy("Ignore")
                                .build())
                        .build())
                .waiting(pod("other").cpu(100).selector(Labels.ZONE, "zone-2").build());
        SchedulingResult result = SpreadTest.solve(problem);

        assertThat(result.rejections()).isEmpty();
    }

    @Test
    void takesASeatAwayWhereAPodHasNoCompanyAndNothingElseWasLearned() {
        // The pod wishes to be apart from its kind, though it needs company, which is led elsewhere at first.
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(pod("needy")
                        .label("app", "web")
                        .cpu(2000)
                        .selector(Labels.ZONE, "zone-1")
                        .affinity(Labels.ZONE)
                        .preferAntiAffinity(Labels.ZONE)
                        .build())
                .waiting(pod("other")
                        .label("app", "web")
                        .cpu(200)
                        .prefer(1, in(Labels.ZONE, "zone-9"))
                        .spread(spread(Labels.ZONE, "app", "web")
                                .maxSkew(3)
                                .affinityPolicy("Ignore")
                                .build())
                        .build());

        assertThat(SpreadTest.solve(problem).rejections()).isEmpty();
    }

    @Test
    void triesWithSoftTaintsOnlyWhereThereAreAny() {
        Problem none = new Problem()
                .pool("default", TYPES, pool -> pool.taint("x", "", Taint.NO_SCHEDULE))
                .machine("m", machine -> machine.taint("x", Taint.NO_SCHEDULE))
                .waiting(pod("a").build());
        Problem pool = new Problem()
                .pool("default", TYPES, each -> each.taint("x", "", Taint.PREFER_NO_SCHEDULE))
                .waiting(pod("a").build());
        Problem machine = new Problem()
                .pool(TYPES)
                .machine("m", each -> each.taint("x", Taint.PREFER_NO_SCHEDULE))
                .waiting(pod("a").build());

        assertThat(pass(none).classes().getFirst().asks()).hasSize(1);
        for (Problem problem : List.of(pool, machine)) {
            assertThat(pass(problem).classes().getFirst().asks())
                    .extracting(ask -> ask.terms().toleratesSoftTaints())
                    .containsExactly(false, true);
        }
    }

    @Test
    void usesAMachineWithASoftTaintWhenThereIsNothingElse() {
        Problem problem = new Problem()
                .pool("other", TYPES, pool -> pool.limit("nodes", "1"))
                .machine("m", machine -> machine.taint("x", Taint.PREFER_NO_SCHEDULE))
                .waiting(pod("a").cpu(3000).times(2));
        SchedulingResult result = problem.solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans()).hasSize(1);
        assertThat(result.placements()).hasSize(1);
    }

    @Test
    void namesThePodsOfAMachineInTheirOrder() {
        SchedulingResult result = new Problem()
                .machine("m", machine -> machine)
                .waiting(
                        pod("b").cpu(900).build(),
                        pod("c").cpu(100).build(),
                        pod("a").cpu(500).build())
                .solve();

        assertThat(result.placements())
                .singleElement()
                .satisfies(placement -> assertThat(placement.pods())
                        .extracting(pod -> pod.key().name())
                        .containsExactly("a", "b", "c"));
    }

    @Test
    void saysThatTimeWasOverForPodsThatAMachineCouldHaveTaken() {
        SchedulingInput input = new Problem()
                .pool("none", List.of(), pool -> pool)
                .machine("m", machine -> machine.label("disk", "ssd"))
                .waiting(
                        pod("fits").cpu(1000).build(),
                        pod("large").cpu(9000).build(),
                        pod("refused").cpu(1000).selector("disk", "hdd").build())
                .input();
        SchedulingResult result = Scheduler.schedule(input, () -> true);

        assertThat(result.partial()).isTrue();
        assertThat(rejected(result)).containsExactly("fits", "large", "refused");
        assertThat(result.rejections())
                .extracting(rejection -> rejection.reason() instanceof RejectionReason.OutOfTime)
                .containsExactly(true, false, false);
    }

    @Test
    void reckonsWithDomainsOfOthersNodesEvenWhenThereIsNoTimeToStartOver() {
        SchedulingInput input = new Problem()
                .pool(List.of(
                        type("large")
                                .size(8, 32, 110)
                                .zones("zone-1", "zone-2")
                                .price(1)
                                .build(),
                        type("small").size(2, 4, 110).zones("zone-3").build()))
                .waiting(pod("web")
                        .label("app", "web")
                        .cpu(4000)
                        .spread(spread(Labels.ZONE, "app", "web").build())
                        .times(4))
                .waiting(pod("other").selector(Labels.ZONE, "zone-3").build())
                .input();
        SolutionChecker checker = new SolutionChecker(input);
        for (int questions = 0; questions < 40; questions++) {
            int last = questions;
            int[] asked = {0};
            SchedulingResult result = Scheduler.schedule(input, () -> ++asked[0] > last);

            checker.checkRules(result);
        }
    }
}
