package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DualFeasibleFunctionTest {
    /** Machines of one price, short of the one or of the other resource; and what pods ask for that need as much of both. */
    private static final double[][] LOPSIDED = {{4, 16}, {16, 4}};

    private static final List<double[]> EVEN = List.of(new double[] {10, 10}, new double[] {10, 10});

    @Test
    void isTheLeastThatAnyPricesSay() {
        DualFeasibleFunction function = new DualFeasibleFunction(new double[][] {{1, 0}, {0, 2}});

        assertThat(function.of(new double[] {3, 1})).isEqualTo(2);
        assertThat(function.pricesAt(new double[] {3, 1})).containsExactly(0, 2);
        assertThat(function.of(new double[] {1, 3})).isEqualTo(1);
        assertThat(function.pricesAt(new double[] {1, 3})).containsExactly(1, 0);
    }

    @Test
    void isWorthNoMoreApartThanTogether() {
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            double[][] prices = new double[1 + random.nextInt(4)][];
            Arrays.setAll(prices, row -> random.doubles(3).toArray());
            DualFeasibleFunction function = new DualFeasibleFunction(prices);
            double[] one = random.doubles(3).toArray();
            double[] other = random.doubles(3).toArray();
            double[] both = {one[0] + other[0], one[1] + other[1], one[2] + other[2]};

            assertThat(function.of(one) + function.of(other)).isLessThanOrEqualTo(function.of(both) * (1 + 1e-12));
            assertThat(function.of(one)).isLessThanOrEqualTo(function.of(both) * (1 + 1e-12));
        }
    }

    @Test
    void seesThatWhatIsFreeOnTwoMachinesIsNotFreeOnOne() {
        DualFeasibleFunction function =
                DualFeasibleFunction.best(DualFeasibleFunction.groups(EVEN, 2), LOPSIDED, new double[] {1, 1});

        // Each machine holds 4 of both, so that five are needed for 20; their sum says that two will do.
        assertThat(EVEN.stream().mapToDouble(function::of).sum()).isCloseTo(5, within(1e-3));
        assertThat(function.of(LOPSIDED[0])).isCloseTo(1, within(1e-3));
        assertThat(function.of(LOPSIDED[1])).isCloseTo(1, within(1e-3));
    }

    @Test
    void saysThatPodsAreWorthNoMoreThanMachinesCost() {
        Random random = new Random(2);
        int better = 0;
        for (int i = 0; i < 50; i++) {
            double[][] machines = new double[5][];
            Arrays.setAll(machines, row -> random.doubles(3, 1, 10).toArray());
            double[] costs = random.doubles(5, 1, 5).toArray();
            List<double[]> pods = random.ints(40, 0, 1)
                    .mapToObj(zero -> random.doubles(3, 0, 5).toArray())
                    .toList();
            double[] total = new double[3];
            pods.forEach(pod -> Arrays.setAll(total, column -> total[column] + pod[column]));
            List<WholeNodes.Machine> sold = new ArrayList<>();
            for (int machine = 0; machine < costs.length; machine++) {
                sold.add(new WholeNodes.Machine(costs[machine], machines[machine]));
            }
            double common = Covering.worth(Covering.prices(sold, total), total);

            DualFeasibleFunction function =
                    DualFeasibleFunction.best(DualFeasibleFunction.groups(pods, 3), machines, costs);

            for (int machine = 0; machine < costs.length; machine++) {
                assertThat(function.of(machines[machine])).isLessThanOrEqualTo(costs[machine] * (1 + 1e-3));
            }
            double worth = pods.stream().mapToDouble(function::of).sum();
            assertThat(worth).isGreaterThanOrEqualTo(common * (1 - 1e-3));
            better += worth > common * 1.001 ? 1 : 0;
        }
        assertThat(better).isPositive();
    }

    @Test
    void saysWhetherPodsFitTheseMachines() {
        double[][] groups = DualFeasibleFunction.groups(EVEN, 2);
        double[][] four = {LOPSIDED[0], LOPSIDED[1], LOPSIDED[0], LOPSIDED[1]};
        double[][] six = {LOPSIDED[0], LOPSIDED[1], LOPSIDED[0], LOPSIDED[1], LOPSIDED[0], LOPSIDED[1]};

        assertThat(excess(Objects.requireNonNull(DualFeasibleFunction.within(groups, four)), four))
                .isCloseTo(20.0 / 16, within(1e-3));
        assertThat(excess(Objects.requireNonNull(DualFeasibleFunction.within(groups, six)), six))
                .isCloseTo(20.0 / 24, within(1e-3));
    }

    private static double excess(DualFeasibleFunction function, double[][] machines) {
        return EVEN.stream().mapToDouble(function::of).sum()
                / Arrays.stream(machines).mapToDouble(function::of).sum();
    }

    @Test
    void groupsPodsByTheRatioOfWhatTheyAskFor() {
        double[][] groups = DualFeasibleFunction.groups(
                List.of(new double[] {1, 2}, new double[] {4, 2}, new double[] {10, 20}, new double[] {2, 1}), 2);

        assertThat(List.of(groups)).containsExactlyInAnyOrder(new double[] {11, 22}, new double[] {6, 3});
    }
}
