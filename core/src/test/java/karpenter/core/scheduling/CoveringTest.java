package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Machines bought in fractions, and what a unit of the demand is worth then. */
class CoveringTest {
    private static WholeNodes.Machine machine(double price, double... holds) {
        return new WholeNodes.Machine(price, holds);
    }

    @Test
    void pricesAUnitByTheCheapestMachine() {
        List<WholeNodes.Machine> machines = List.of(machine(1, 4), machine(1.6, 8), machine(3, 8));

        assertThat(Covering.prices(machines, new double[] {40})).containsExactly(new double[] {0.2}, within(1e-12));
        assertThat(Covering.fractions(machines, new double[] {40}))
                .containsExactly(new double[] {0, 5, 0}, within(1e-12));
    }

    @Test
    void chargesForALimitThatKeepsFromBuyingMore() {
        // Two of the cheap ones are allowed; another would save 2 for the 2 it uses of the limit.
        List<WholeNodes.Machine> machines = List.of(machine(1, 4, -2), machine(3, 4, 0));

        double[] prices = Covering.prices(machines, new double[] {16}, new double[] {4});

        assertThat(prices).containsExactly(new double[] {0.75, 1}, within(1e-12));
    }

    @Test
    void chargesNothingForALimitThatIsWide() {
        List<WholeNodes.Machine> machines = List.of(machine(1, 4, -2), machine(3, 4, 0));

        double[] prices = Covering.prices(machines, new double[] {16}, new double[] {9});

        assertThat(prices).containsExactly(new double[] {0.25, 0}, within(1e-12));
    }

    @Test
    void chargesForEachLimitByItself() {
        List<WholeNodes.Machine> machines = List.of(machine(1, 4, -1, 0), machine(2, 4, 0, -1), machine(5, 4, 0, 0));

        double[] prices = Covering.prices(machines, new double[] {16}, new double[] {2, 1});

        assertThat(prices).containsExactly(new double[] {1.25, 4, 3}, within(1e-12));
    }

    @Test
    void lowersPricesForAMachineThatIsTooSmallForTheSolver() {
        // A hundred bytes of two million millions, which the solver can't tell from none.
        WholeNodes.Machine large = machine(1, 1e12, -1);
        WholeNodes.Machine dear = machine(3, 1e12, 0);
        WholeNodes.Machine tiny = machine(1e-12, 100, -1e-10);

        double[] prices = Covering.prices(List.of(large, dear, tiny), new double[] {2e12}, new double[] {1});

        // As much as the tiny one costs and is charged: 1e-12 and, at 2 for a unit of the limit, 2e-10.
        assertThat(prices[0] * 100).isCloseTo(2.01e-10, within(1e-20));
        assertThat(prices[1]).isCloseTo(2, within(1e-12));
    }

    @Test
    void countsNoAmountThatIsNegative() {
        assertThat(Covering.worth(new double[] {2, 3}, new double[] {5, -1})).isEqualTo(10);
        assertThat(Covering.worth(new double[] {2, 3}, new double[] {-5, 1})).isEqualTo(3);
    }

    /** What prices say the demand is worth is what the fractions cost that hold it, so that each proves the other. */
    @Test
    void findsPricesThatFractionsProve() {
        Random random = new Random(3);
        for (int problem = 0; problem < 300; problem++) {
            int cells = 1 + random.nextInt(4);
            List<WholeNodes.Machine> machines = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(6); i++) {
                double[] holds = random.doubles(cells, 0.1, 20).toArray();
                machines.add(machine(0.1 + random.nextDouble() * 4, holds));
            }
            double[] demand = new double[cells];
            for (int cell = 0; cell < cells; cell++) {
                demand[cell] = random.nextInt(4) == 0 ? -random.nextInt(3) : 200 * random.nextDouble();
            }

            double[] prices = Covering.prices(machines, demand);
            double[] fractions = Covering.fractions(machines, demand);

            double cost = 0;
            double[] held = new double[cells];
            for (int at = 0; at < fractions.length; at++) {
                WholeNodes.Machine machine = machines.get(at);
                assertThat(Covering.worth(prices, machine.holds())).isLessThanOrEqualTo(machine.price() * (1 + 1e-12));
                cost += fractions[at] * machine.price();
                for (int cell = 0; cell < cells; cell++) {
                    held[cell] += fractions[at] * machine.holds()[cell];
                }
            }
            for (int cell = 0; cell < cells; cell++) {
                assertThat(prices[cell]).isNotNegative();
                assertThat(held[cell]).isGreaterThanOrEqualTo(demand[cell] - 1e-6);
                if (demand[cell] <= 0) {
                    assertThat(prices[cell]).as("of what nobody asks for").isZero();
                }
            }
            assertThat(Covering.worth(prices, demand)).as("problem %d", problem).isCloseTo(cost, within(1e-6));
        }
    }
}
