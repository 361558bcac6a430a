package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** Pods of which each required term leaves fewer types than minValues ask for, but all of them enough. */
class EitherTermTest {
    private static final String TEAM = "team";
    private static final List<InstanceType> TYPES = List.of(
            type("x").zones("zone-1").build(),
            type("y").zones("zone-1", "zone-2").arch("arm64").build());

    private static Problem flexible() {
        return new Problem()
                .pool(
                        "default",
                        TYPES,
                        pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2).require(TEAM, "Exists", null));
    }

    @Test
    void plansNodesOfTheTypesThatAnyTermAllows() {
        Problem problem = flexible()
                .waiting(pod("a").cpu(100)
                        .require(in(Labels.ARCH, "amd64"))
                        .require(in(Labels.ARCH, "arm64"))
                        .times(3));
        SchedulingInput input = problem.input();

        SchedulingResult result = Scheduler.schedule(input);

        new SolutionChecker(input).checkRules(result);
        assertThat(result.plans()).singleElement().satisfies(plan -> {
            assertThat(plan.pods()).hasSize(3);
            assertThat(plan.instanceTypes()).hasSize(2);
        });
    }

    @Test
    void keepsWhatAllTermsAskAlike() {
        Problem problem = flexible()
                .waiting(pod("a").cpu(100)
                        .selector(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_ON_DEMAND)
                        .require(in(Labels.ARCH, "amd64"))
                        .require(in(Labels.ARCH, "arm64"))
                        .build());

        assertThat(problem.solve().plans())
                .singleElement()
                .satisfies(plan -> assertThat(
                                plan.requirements().get(Labels.CAPACITY_TYPE).values())
                        .containsExactly(Labels.CAPACITY_TYPE_ON_DEMAND));
    }

    @Test
    void plansNoTypeOfWhichAnOfferingHoldsNoTerm() {
        Problem problem = flexible()
                .waiting(pod("a").cpu(100)
                        .require(in(Labels.ARCH, "amd64"))
                        .require(in(Labels.ZONE, "zone-2"))
                        .build());

        assertThat(problem.solve().rejections()).hasSize(1);
    }

    @Test
    void plansNoTypeForATermThatAnotherLabelDecides() {
        Problem problem = flexible()
                .waiting(pod("a").cpu(100)
                        .require(in(Labels.ARCH, "amd64"))
                        .require(in(TEAM, "red"), in(Labels.ARCH, "arm64"))
                        .build());

        assertThat(problem.solve().rejections()).hasSize(1);
    }
}
