package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WholeNodesTest {
    private static final List<WholeNodes.Machine> SIZES =
            List.of(machine(1, 4, 8), machine(1.9, 8, 16), machine(3.9, 16, 8));

    private static WholeNodes.Machine machine(double price, double... holds) {
        return new WholeNodes.Machine(price, holds);
    }

    private static WholeNodes search(List<WholeNodes.Machine> machines, double[] demand, double known, double step) {
        return new WholeNodes(machines, demand, Covering.prices(machines, demand), known, step, 2000);
    }

    private static double least(List<WholeNodes.Machine> machines, double[] demand, double known) {
        return WholeNodes.least(machines, demand, Covering.prices(machines, demand), known, 1);
    }

    @Test
    void listsSetsByPriceEachOnce() {
        WholeNodes search = search(SIZES, new double[] {9, 9}, 4.5, 0);
        List<Double> prices = new ArrayList<>();
        for (WholeNodes.Fleet fleet = search.next(); fleet != null; fleet = search.next()) {
            prices.add(fleet.price());
            double cpu = fleet.machines().stream()
                    .mapToDouble(machine -> machine.holds()[0])
                    .sum();
            assertThat(cpu).isGreaterThanOrEqualTo(9);
        }
        // 8 + 4, 4 + 4 + 4, 8 + 8; the third in 16 + 4 would reach 4.9.
        assertThat(prices).containsExactly(2.9, 3.0, 3.8);
        assertThat(search.bound()).isEqualTo(4.5);
    }

    @Test
    void leavesOutWhatIsAsDearAsAKnownPlan() {
        WholeNodes search = search(SIZES, new double[] {9, 9}, 4.5, 0);
        assertThat(Objects.requireNonNull(search.next()).price()).isCloseTo(2.9, within(1e-12));
        search.know(3);
        assertThat(search.next()).isNull();
        assertThat(least(SIZES, new double[] {9, 9}, 2.9)).isEqualTo(2.9);
        assertThat(least(SIZES, new double[] {9, 9}, 2.8)).isEqualTo(2.8);
    }

    @Test
    void findsFractionsAndPricesThatAgree() {
        double[] demand = {12, 16};
        double[] prices = Covering.prices(SIZES, demand);
        double[] fractions = Covering.fractions(SIZES, demand);
        double cost = 0;
        for (int at = 0; at < fractions.length; at++) {
            cost += fractions[at] * SIZES.get(at).price();
        }
        assertThat(prices[0] * demand[0] + prices[1] * demand[1]).isCloseTo(cost, within(1e-9));
        assertThat(SIZES)
                .allSatisfy(machine -> assertThat(prices[0] * machine.holds()[0] + prices[1] * machine.holds()[1])
                        .isLessThanOrEqualTo(machine.price() * (1 + 1e-12)));
    }

    // Against all sets of machines, with and without time to finish.
    @Test
    void isTheOptimumOrBelowIt() {
        Random random = new Random(1);
        int aboveFractions = 0;
        for (int problem = 0; problem < 200; problem++) {
            List<WholeNodes.Machine> machines = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(5); i++) {
                int cpu = 1 + random.nextInt(16);
                int memory = 1 + random.nextInt(16);
                machines.add(machine((cpu + 0.5 * memory) * (0.8 + 0.4 * random.nextDouble()), cpu, memory));
            }
            double[] demand = {1 + random.nextInt(40), 1 + random.nextInt(40)};
            double best = cheapest(machines, demand[0], demand[1], 0);
            double[] prices = Covering.prices(machines, demand);
            double fractions = prices[0] * demand[0] + prices[1] * demand[1];
            assertThat(least(machines, demand, 2 * best)).isCloseTo(best, within(1e-9));
            WholeNodes hasty = new WholeNodes(machines, demand, prices, 2 * best, 0, 1);
            hasty.next();
            assertThat(hasty.bound()).isBetween(fractions * (1 - 1e-9), best * (1 + 1e-9));
            WholeNodes early = search(machines, demand, 2 * best, 0.1 * best);
            assertThat(Objects.requireNonNull(early.next()).price()).isBetween(best * (1 - 1e-9), 1.1 * best + 1e-9);
            aboveFractions += best > 1.01 * fractions ? 1 : 0;
        }
        assertThat(aboveFractions).isGreaterThan(100);
    }

    private static double cheapest(List<WholeNodes.Machine> machines, double cpu, double memory, int from) {
        if (cpu <= 0 && memory <= 0) {
            return 0;
        }
        double best = Double.POSITIVE_INFINITY;
        for (int at = from; at < machines.size(); at++) {
            WholeNodes.Machine machine = machines.get(at);
            best = Math.min(
                    best,
                    machine.price() + cheapest(machines, cpu - machine.holds()[0], memory - machine.holds()[1], at));
        }
        return best;
    }
}
