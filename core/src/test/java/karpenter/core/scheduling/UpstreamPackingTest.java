package karpenter.core.scheduling;

import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

class UpstreamPackingTest {
    static SchedulingInput upstream(SchedulingInput input) {
        return input.with(input.options().withPacking(Packing.UPSTREAM));
    }

    private static SchedulingResult solve(Problem problem) {
        SchedulingInput input = upstream(problem.input());
        SchedulingResult result = Scheduler.schedule(input);
        new SolutionChecker(input).check(result);
        return result;
    }

    private static InstanceType cores(String name, int cores, double price) {
        return type(name)
                .size(cores, 100 * cores, 110)
                .overhead(ResourceVector.ZERO)
                .price(price)
                .onDemandOnly()
                .build();
    }

    @Test
    void fillsOneNodeForAsLongAsAnyTypeHoldsItsPods() {
        SchedulingResult result = solve(new Problem()
                .pool(List.of(cores("small", 2, 0.1), cores("large", 16, 10)))
                .waiting(Pods.pod("p").cpu(1000).times(16)));

        assertThat(result.plans()).hasSize(1);
        assertThat(result.pricePerHourUsd()).isCloseTo(10, within(1e-9));
    }

    @Test
    void pricesANodeAtTheCheapestTypeLeft() {
        SchedulingResult result = solve(new Problem()
                .pool(List.of(cores("small", 2, 0.1), cores("large", 16, 10)))
                .waiting(Pods.pod("p").cpu(1000).times(2)));

        assertThat(result.plans()).hasSize(1);
        assertThat(result.plans().getFirst().instanceTypes())
                .extracting(InstanceType::name)
                .containsExactly("small", "large");
        assertThat(result.pricePerHourUsd()).isCloseTo(0.1, within(1e-9));
    }

    @Test
    void joinsTheNodeWithTheFewestPods() {
        // The pods of 3 cores open a node each; one gets the two pods of half a core, then the last goes to the other.
        SchedulingResult result = solve(new Problem()
                .pool(List.of(cores("a", 4, 1)))
                .waiting(Pods.pod("big").cpu(3000).times(2))
                .waiting(Pods.pod("small").cpu(400).times(2)));

        assertThat(result.plans())
                .hasSize(2)
                .allSatisfy(plan -> assertThat(plan.pods()).hasSize(2));
    }

    @Test
    void takesThePoolOfGreatestWeightWhateverItCosts() {
        SchedulingResult result = solve(new Problem()
                .pool("dear", List.of(cores("a", 4, 5)), pool -> pool.weight(10))
                .pool("cheap", List.of(cores("b", 4, 1)), pool -> pool)
                .waiting(Pods.pod("p").cpu(1000).build()));

        assertThat(result.plans().getFirst().pool().name()).isEqualTo("dear");
    }

    @Test
    void joinsANodeOfAnyPoolBeforeItOpensOne() {
        SchedulingResult result = solve(new Problem()
                .pool("first", List.of(cores("a", 2, 1)), pool -> pool.weight(10))
                .pool("second", List.of(cores("b", 8, 1)), pool -> pool)
                .waiting(
                        Pods.pod("big").cpu(6000).build(),
                        Pods.pod("small").cpu(1000).build()));

        assertThat(result.plans()).hasSize(1);
        assertThat(result.plans().getFirst().pool().name()).isEqualTo("second");
    }

    @Test
    void fillsExistingMachinesFirst() {
        SchedulingResult result = solve(new Problem()
                .pool(List.of(cores("a", 4, 1)))
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .waiting(Pods.pod("p").cpu(1000).times(3)));

        assertThat(result.plans()).isEmpty();
        assertThat(result.placements()).hasSize(1);
    }

    @Test
    void chargesTheLargestTypeAgainstLimits() {
        SchedulingResult result = solve(new Problem()
                .pool("default", List.of(cores("small", 2, 0.1), cores("large", 8, 1)), pool -> pool.limit("cpu", "9"))
                .waiting(Pods.pod("p").cpu(2000).selector(Labels.ZONE, "zone-1").build())
                .waiting(Pods.pod("q").cpu(2000).selector(Labels.ZONE, "zone-2").build()));

        // The first node might become a large one, which leaves one core.
        assertThat(result.plans()).hasSize(1);
        assertThat(result.rejections()).hasSize(1);
    }

    @Test
    void settlesNoLabelThatOnlyMachinesHaveWhichANodeHasOutgrown() {
        // The node of the four pods can't stay small, so it won't be in zone-3. Then one pod there keeps the second one
        // out.
        SchedulingResult result = solve(new Problem()
                .pool(
                        "default",
                        List.of(
                                type("small").size(2, 100, 110).zones("zone-3").build(),
                                type("large")
                                        .size(16, 100, 110)
                                        .price(10)
                                        .zones("zone-1", "zone-2")
                                        .build()),
                        pool -> pool)
                .pool("spread", List.of(type("m").zones("zone-3").build()), pool -> pool)
                .waiting(Pods.pod("grows")
                        .cpu(1000)
                        .selector(Labels.NODE_POOL, "default")
                        .times(4))
                .waiting(Pods.pod("a")
                        .label("app", "a")
                        .cpu(100)
                        .selector(Labels.NODE_POOL, "spread")
                        .spread(Constraints.spread(Labels.ZONE, "app", "a")
                                .affinityPolicy("Ignore")
                                .build())
                        .times(2)));

        assertThat(result.rejections())
                .extracting(rejection -> rejection.pod().key().name())
                .containsExactly("a-1");
        assertThat(result.plans()).extracting(plan -> plan.pods().size()).containsExactlyInAnyOrder(4, 1);
    }

    @Test
    void keepsEveryRule() {
        int planned = 0;
        for (int seed = 0; seed < 400; seed++) {
            SchedulingInput input = upstream(new RandomProblems(seed).problem().input());
            SchedulingResult result = Scheduler.schedule(input);
            try {
                new SolutionChecker(input).check(result);
            } catch (AssertionError | RuntimeException broken) {
                throw new AssertionError("seed " + seed + ": " + broken.getMessage(), broken);
            }
            planned += result.plans().size();
        }
        assertThat(planned).isGreaterThan(400);
    }
}
