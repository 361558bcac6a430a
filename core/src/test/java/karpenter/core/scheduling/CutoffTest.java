package karpenter.core.scheduling;

import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.BooleanSupplier;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import org.junit.jupiter.api.Test;

class CutoffTest {
    /** Says yes from the n-th question on. */
    private static BooleanSupplier after(int questions) {
        return new BooleanSupplier() {
            private int asked;

            @Override
            public boolean getAsBoolean() {
                return ++asked > questions;
            }
        };
    }

    @Test
    void refusesEveryPodThatHasNoTurn() {
        SchedulingResult result = Scheduler.schedule(
                new Problem()
                        .pool(Types.kwok())
                        .waiting(Pods.pod("p").cpu(1000).times(3))
                        .input(),
                after(0));

        assertThat(result.partial()).isTrue();
        assertThat(result.rejections())
                .hasSize(3)
                .allSatisfy(rejection -> assertThat(rejection.reason()).isEqualTo(new RejectionReason.OutOfTime()));
    }

    @Test
    void saysWhyAPodFitsNowhereEvenWhenTimeIsOver() {
        SchedulingResult result = Scheduler.schedule(
                new Problem()
                        .pool(Types.kwok())
                        .waiting(Pods.pod("p").cpu(1000).times(3))
                        .waiting(Pods.pod("huge").cpu(1_000_000).build())
                        .input(),
                after(0));

        assertThat(result.partial()).isTrue();
        assertThat(result.rejections().getFirst().pod().key().name()).isEqualTo("huge");
        assertThat(result.rejections().getFirst().reason()).isInstanceOf(RejectionReason.NoPoolFits.class);
        assertThat(result.rejections().subList(1, 4))
                .allSatisfy(rejection -> assertThat(rejection.reason()).isEqualTo(new RejectionReason.OutOfTime()));
    }

    @Test
    void isNotPartialWhenEveryPodHadItsTurn() {
        SchedulingInput input = new Problem()
                .pool(Types.kwok())
                .waiting(Pods.pod("p").cpu(1000).times(3))
                .waiting(Pods.pod("huge").cpu(1_000_000).build())
                .input();

        SchedulingResult result = Scheduler.schedule(input);

        assertThat(result.partial()).isFalse();
        assertThat(result.rejections()).hasSize(1);
        assertThat(result.rejections().getFirst().reason()).isInstanceOf(RejectionReason.NoPoolFits.class);
    }

    @Test
    void answersWithWhatItHasWheneverItIsStopped() {
        for (Packing packing : Packing.values()) {
            SchedulingInput all = new Problem()
                    .pool(Types.ladder(9))
                    .waiting(Workloads.CPU_HEAVY.pods(150, 3))
                    .options(options -> options.withPacking(packing))
                    .input();
            int partial = 0;
            int complete = 0;
            for (int questions = 1; questions < 400; questions = questions * 5 / 4 + 1) {
                SchedulingResult result = Scheduler.schedule(all, after(questions));
                new SolutionChecker(all).check(result);
                assertThat(result.partial()).isEqualTo(!result.rejections().isEmpty());
                partial += result.partial() && !result.plans().isEmpty() ? 1 : 0;
                complete += result.partial() ? 0 : 1;
                assertThat(Scheduler.schedule(all, after(questions))).isEqualTo(result);
            }
            assertThat(partial).as("%s", packing).isPositive();
            assertThat(complete).as("%s", packing).isPositive();
        }
    }

    /** Pods that watch each other, of whom a first attempt promises more than domains hold. */
    private static List<Problem> tooFullDomains() {
        Pods.Builder web = Pods.pod("web").label("app", "web").cpu(1000);
        TopologySpreadConstraint zones =
                Constraints.spread(Labels.ZONE, "app", "web").build();
        PodAffinityTerm company = Constraints.term(Labels.HOSTNAME, "app", "web");
        Pods.Builder follower = Pods.pod("follower").cpu(500).affinity(company);
        List<InstanceType> types = List.of(type("x").build());
        return List.of(
                new Problem()
                        .pool("one", types, pool -> pool.require(Pods.in(Labels.ZONE, "zone-1")))
                        .pool(
                                "two",
                                types,
                                pool -> pool.require(Pods.in(Labels.ZONE, "zone-2"))
                                        .limit("nodes", "1"))
                        .waiting(web.spread(zones).times(12))
                        .waiting(follower.times(4)),
                new Problem()
                        .pool("none", List.of(), pool -> pool)
                        .machine("a", machine -> machine.label(Labels.ZONE, "zone-1"))
                        .machine(
                                "b",
                                machine -> machine.label(Labels.ZONE, "zone-2").size(Types.resources(1, 16, 110)))
                        .waiting(web.times(8))
                        .waiting(follower.times(1)));
    }

    @Test
    void breaksNoSpreadWhenThereIsNoTimeToStartOver() {
        for (Problem problem : tooFullDomains()) {
            SchedulingInput input = problem.input();
            int placed =
                    input.pods().size() - Scheduler.schedule(input).rejections().size();
            for (int questions = 0; questions < 25; questions++) {
                SchedulingResult result = Scheduler.schedule(input, after(questions));
                new SolutionChecker(input).checkRules(result);
                assertThat(input.pods().size() - result.rejections().size())
                        .as("%d questions", questions)
                        .isLessThanOrEqualTo(placed);
            }
        }
    }

    @Test
    void placesOnMachinesAsLongAsThereIsTime() {
        SchedulingInput input = new RandomProblems(7).problem().input();

        SchedulingResult result = Scheduler.schedule(input, after(2));

        new SolutionChecker(input).check(result);
        assertThat(result.partial()).isTrue();
    }
}
