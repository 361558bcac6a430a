package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ResourcePricesTest {
    @Test
    void pricesTheOnlyResourceAtTheCheapestMachinesRate() {
        double[] prices =
                ResourcePrices.of(new long[][] {{2}, {4}, {8}}, new double[] {0.3, 0.4, 1.6}, new double[] {100});

        assertThat(prices[0]).isCloseTo(0.1, within(1e-12));
    }

    @Test
    void mixesTwoMachinesThatComplementEachOther() {
        // One of each holds the demand exactly; both prices follow from the two equations.
        double[] prices =
                ResourcePrices.of(new long[][] {{4, 8}, {4, 32}}, new double[] {0.16, 0.24}, new double[] {8, 40});

        assertThat(4 * prices[0] + 8 * prices[1]).isCloseTo(0.16, within(1e-12));
        assertThat(4 * prices[0] + 32 * prices[1]).isCloseTo(0.24, within(1e-12));
    }

    @Test
    void givesNoPriceToWhatIsNotAskedForOrAbundant() {
        double[] prices = ResourcePrices.of(new long[][] {{4, 1000, 7}}, new double[] {1}, new double[] {8, 40, 0});

        assertThat(prices).containsExactly(new double[] {0.25, 0, 0}, within(1e-12));
    }

    @Test
    void neverMakesAMachineWorthMoreThanItCosts() {
        Random random = new Random(3);
        for (int problem = 0; problem < 500; problem++) {
            int columns = 1 + random.nextInt(5);
            int rows = 1 + random.nextInt(40);
            long[][] capacities = new long[rows][columns];
            double[] machinePrices = new double[rows];
            for (int row = 0; row < rows; row++) {
                machinePrices[row] = 0.01 + random.nextDouble();
                for (int column = 0; column < columns; column++) {
                    capacities[row][column] = 1L + random.nextInt(1_000_000);
                }
            }
            double[] demand = new double[columns];
            for (int column = 0; column < columns; column++) {
                demand[column] = random.nextInt(3) == 0 ? 0 : random.nextInt(1_000_000_000);
            }
            double[] prices = ResourcePrices.of(capacities, machinePrices, demand);
            double bound = 0;
            for (int column = 0; column < columns; column++) {
                assertThat(prices[column]).isNotNegative();
                bound += prices[column] * demand[column];
            }
            double single = Double.POSITIVE_INFINITY;
            for (int row = 0; row < rows; row++) {
                double worth = 0;
                double needed = 0;
                for (int column = 0; column < columns; column++) {
                    worth += prices[column] * capacities[row][column];
                    needed = Math.max(needed, demand[column] / capacities[row][column]);
                }
                assertThat(worth).isLessThanOrEqualTo(machinePrices[row] * (1 + 1e-9));
                single = Math.min(single, needed * machinePrices[row]);
            }
            // Fractions of one kind alone are a solution, so the bound can't be above the best of these.
            assertThat(bound).isLessThanOrEqualTo(single * (1 + 1e-9));
        }
    }
}
