package karpenter.core.scheduling;

import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import karpenter.core.catalog.InstanceType;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

class ObjectiveTest {
    private static InstanceType cores(String name, int cores, double price) {
        return type(name)
                .size(cores, 100 * cores, 110)
                .overhead(ResourceVector.ZERO)
                .price(price)
                .onDemandOnly()
                .build();
    }

    @Test
    void takesFewerNodesWhenEachCostsSomething() {
        List<InstanceType> types = List.of(cores("small", 1, 0.1), cores("large", 8, 0.808));
        Problem problem =
                new Problem().pool(types).waiting(Pods.pod("p").cpu(1000).times(8));

        assertThat(problem.solve().plans()).hasSize(8);
        assertThat(problem.options(options -> options.withObjective(Objective.withNodeCost(0.002)))
                        .solve()
                        .plans())
                .hasSize(1);
    }

    @Test
    void refusesCostsThatAreNone() {
        assertThatThrownBy(() -> Objective.withNodeCost(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> Objective.withNodeCost(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Twenty types of four cores at much the same price, and one of eight that costs a little less per core. */
    private static List<InstanceType> manySmallAndOneLarge(double largePrice) {
        List<InstanceType> types = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            types.add(type("small" + i)
                    .size(4, 16, 110)
                    .overhead(ResourceVector.ZERO)
                    .price(0.2 + 0.0001 * i)
                    .build());
        }
        types.add(type("large")
                .size(8, 32, 110)
                .overhead(ResourceVector.ZERO)
                .price(largePrice)
                .build());
        return types;
    }

    @Test
    void leavesSpotNodesTypesToChooseFrom() {
        Problem problem = new Problem()
                .pool(manySmallAndOneLarge(0.38))
                .waiting(Pods.pod("p").cpu(1000).memoryMib(1000).times(16));

        assertThat(problem.solve().plans())
                .hasSize(4)
                .allSatisfy(plan ->
                        assertThat(plan.instanceTypes().size()).isGreaterThanOrEqualTo(Objective.LEAST_SPOT_TYPES));
        assertThat(problem.options(options -> options.withObjective(new Objective(0, 1, 0)))
                        .solve()
                        .plans())
                .hasSize(2);
    }

    @Test
    void paysNoMoreThanTheSlackForTypesToChooseFrom() {
        SchedulingResult result = new Problem()
                .pool(manySmallAndOneLarge(0.3))
                .waiting(Pods.pod("p").cpu(1000).memoryMib(1000).times(16))
                .solve();

        assertThat(result.plans()).hasSize(2);
    }

    @Test
    void countsPriceCostPerNodeAndWhatSpotLacksInTypes() {
        Objective objective = new Objective(0.05, 3, 0.1);
        assertThat(objective.cost(2, false, 0)).isCloseTo(2.05, within(1e-12));
        assertThat(objective.cost(2, true, 3)).as("as many types as wanted").isCloseTo(2.05, within(1e-12));
        assertThat(objective.cost(2, true, 2)).isCloseTo(2.25, within(1e-12));
    }

    @Test
    void looksAtTypesOnlyWhenTheyCanMakeADifference() {
        assertThat(new Objective(0, 2, 0.1).wantsSpotTypes()).isTrue();
        assertThat(new Objective(0, 1, 0.1).wantsSpotTypes()).isFalse();
        assertThat(new Objective(0, 2, 0).wantsSpotTypes()).isFalse();
    }

    @Test
    void refusesASlackThatIsNone() {
        for (double wrong : new double[] {-0.1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new Objective(0, 1, wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Double.toString(wrong));
            assertThatThrownBy(() -> Objective.withNodeCost(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(new Objective(0, 1, 0).nodeCostPerHourUsd()).isZero();
    }

    @Test
    void takesTheHigherOfTwoBounds() {
        CostBound low = new CostBound(1, CostBound.Kind.RESOURCES);
        CostBound high = new CostBound(2, CostBound.Kind.PATTERNS);
        assertThat(low.max(high)).isSameAs(high);
        assertThat(high.max(low)).isSameAs(high);
        assertThat(low.max(new CostBound(1, CostBound.Kind.WHOLE_NODES)))
                .as("of equals the first")
                .isSameAs(low);
    }
}
