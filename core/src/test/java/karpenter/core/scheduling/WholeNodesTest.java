package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
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

    /** Every set under the known price that would be too small without any of its machines. */
    private static void addMinimal(
            List<WholeNodes.Machine> machines,
            double[] demand,
            double known,
            int from,
            int[] counts,
            List<Double> found) {
        double price = 0;
        double[] left = demand.clone();
        for (int at = 0; at < counts.length; at++) {
            price += counts[at] * machines.get(at).price();
            for (int cell = 0; cell < left.length; cell++) {
                left[cell] -= counts[at] * machines.get(at).holds()[cell];
            }
        }
        if (price >= known) {
            return;
        }
        if (isCovered(left)) {
            for (int at = 0; at < counts.length; at++) {
                double[] without = left.clone();
                for (int cell = 0; cell < left.length; cell++) {
                    without[cell] += machines.get(at).holds()[cell];
                }
                if (counts[at] > 0 && isCovered(without)) {
                    return;
                }
            }
            found.add(price);
            return;
        }
        for (int at = from; at < counts.length; at++) {
            counts[at]++;
            addMinimal(machines, demand, known, at, counts, found);
            counts[at]--;
        }
    }

    private static boolean isCovered(double[] left) {
        return Arrays.stream(left).allMatch(amount -> amount <= 0);
    }

    @Test
    void listsEverySetThatIsCheaperThanTheKnownPlanAndNoneThatIsNotLargeEnough() {
        Random random = new Random(2);
        int sets = 0;
        for (int problem = 0; problem < 150; problem++) {
            List<WholeNodes.Machine> machines = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(4); i++) {
                machines.add(machine(1 + random.nextDouble() * 4, 1 + random.nextInt(8), 1 + random.nextInt(8)));
            }
            machines.add(machine(6, 9, 9));
            double[] demand = {random.nextInt(25), 1 + random.nextInt(24)};
            double known = 1.4 * cheapest(machines, demand[0], demand[1], 0);
            List<Double> expected = new ArrayList<>();
            addMinimal(machines, demand, known, 0, new int[machines.size()], expected);

            WholeNodes search = search(machines, demand, known, 0);
            List<Double> listed = new ArrayList<>();
            double before = 0;
            for (WholeNodes.Fleet fleet = search.next(); fleet != null; fleet = search.next()) {
                assertThat(fleet.price()).isBetween(before - 1e-9, known);
                assertThat(search.bound()).isLessThanOrEqualTo(fleet.price() + 1e-9);
                before = fleet.price();
                double[] left = demand.clone();
                double price = 0;
                for (WholeNodes.Machine machine : fleet.machines()) {
                    price += machine.price();
                    for (int cell = 0; cell < left.length; cell++) {
                        left[cell] -= machine.holds()[cell];
                    }
                }
                assertThat(fleet.price()).isCloseTo(price, within(1e-9));
                assertThat(isCovered(left)).isTrue();
                listed.add(price);
            }

            assertThat(search.bound()).isEqualTo(known);
            for (double price : expected) {
                assertThat(listed).as("problem %d", problem).anyMatch(other -> Math.abs(other - price) < 1e-9);
            }
            sets += expected.size();
        }
        assertThat(sets).isGreaterThan(500);
    }

    @Test
    void buysNothingThatHoldsNoneOfWhatIsWanted() {
        List<WholeNodes.Machine> machines =
                List.of(machine(1, 4, 0, 0), machine(1.6, 8, 0, 0), machine(0.1, 0, 8, 0), machine(0.1, 0, 0, 8));

        WholeNodes search = search(machines, new double[] {12, 0, -1}, 3, 0);

        // 8 + 4; three of 4 cost as much as the known plan.
        assertThat(Objects.requireNonNull(search.next()).price()).isCloseTo(2.6, within(1e-12));
        assertThat(search.next()).isNull();
    }

    /** Of three resources, which many sets of machines hold at nearly the least price. */
    private static final class Hard {
        final List<WholeNodes.Machine> machines = new ArrayList<>();
        final double[] demand;
        final double[] prices;
        final double fractions;

        Hard(Random random) {
            for (int i = 0; i < 10; i++) {
                double[] holds = {3 + random.nextInt(14), 3 + random.nextInt(14), 3 + random.nextInt(14)};
                double worth = holds[0] + holds[1] / 2 + holds[2] / 3;
                machines.add(machine(worth * (0.8 + 0.4 * random.nextDouble()), holds));
            }
            demand = new double[] {40 + random.nextInt(40), 40 + random.nextInt(40), 40 + random.nextInt(40)};
            prices = Covering.prices(machines, demand);
            fractions = Covering.worth(prices, demand);
        }

        WholeNodes search(int programs) {
            return new WholeNodes(machines, demand, prices, 2 * fractions, 0, programs);
        }
    }

    /** The prices for the whole demand say too little about what is left of it. */
    @Test
    void findsTheCheapestSetsWithinFewPrograms() {
        Random random = new Random(4);
        int found = 0;
        for (int problem = 0; problem < 20; problem++) {
            found += new Hard(random).search(32).next() == null ? 0 : 1;
        }
        assertThat(found).isGreaterThan(16);
    }

    @Test
    void isNeverTooHighHoweverOftenItIsAskedAfterItsBudget() {
        Random random = new Random(5);
        for (int problem = 0; problem < 20; problem++) {
            Hard hard = new Hard(random);
            double best = Objects.requireNonNull(hard.search(2000).next()).price();
            WholeNodes hasty = hard.search(2);
            for (int times = 0; times < 200; times++) {
                assertThat(hasty.next()).isNull();
                assertThat(hasty.bound()).isLessThanOrEqualTo(best);
            }
        }
    }

    @Test
    void searchesLessWhereThereAreManyNodes() {
        Random random = new Random(6);
        int lower = 0;
        for (int problem = 0; problem < 20; problem++) {
            Hard hard = new Hard(random);
            double best = Objects.requireNonNull(hard.search(2000).next()).price();
            assertThat(WholeNodes.least(hard.machines, hard.demand, hard.prices, 2 * best, 1))
                    .isCloseTo(best, within(1e-9));
            double hasty = WholeNodes.least(hard.machines, hard.demand, hard.prices, 2 * best, 10_000);
            assertThat(hasty).isBetween(hard.fractions * (1 - 1e-9), best * (1 + 1e-9));
            lower += hasty < best * (1 - 1e-6) ? 1 : 0;
        }
        assertThat(lower).isGreaterThan(10);
    }

    private static final double[] ALIKE = {1.0 / 12, 1.0 / 12};

    /** Within a step the dearer ones first, which hold more; of equally dear ones those that lack less. */
    @Test
    void seesThroughThoseThatLackLeastWithinAStep() {
        WholeNodes.Machine one = machine(1, 4, 8);
        WholeNodes.Machine other = machine(1, 8, 4);
        double[] demand = {8, 4};

        WholeNodes search = new WholeNodes(List.of(one, other), demand, ALIKE, 3, 10, 2000);

        assertThat(Objects.requireNonNull(search.next()).machines()).containsExactly(other);
    }

    @Test
    void seesThroughDearerOnesFirstWithinAStep() {
        WholeNodes.Machine one = machine(1, 8, 4);
        WholeNodes.Machine larger = machine(1.5, 9, 9);
        double[] demand = {8, 4};

        WholeNodes search = new WholeNodes(List.of(one, larger), demand, ALIKE, 3, 10, 2000);

        assertThat(Objects.requireNonNull(search.next()).machines()).containsExactly(larger);
        assertThat(Objects.requireNonNull(search.next()).machines()).containsExactly(one);
    }

    @Test
    void listsEqualsInTheirOrder() {
        List<WholeNodes.Machine> equals =
                List.of(machine(1, 8, 4), machine(1, 8, 4), machine(1, 8, 4), machine(1, 8, 4), machine(1, 8, 4));

        WholeNodes search = new WholeNodes(equals, new double[] {8, 4}, ALIKE, 3, 0, 2000);

        for (WholeNodes.Machine machine : equals) {
            WholeNodes.Fleet fleet = Objects.requireNonNull(search.next());
            assertThat(fleet.machines()).hasSize(1);
            assertThat(fleet.machines().getFirst()).isSameAs(machine);
        }
        assertThat(search.next()).isNull();
    }

    @Test
    void tellsAMachineThatIsAsGoodAndNoDearer() {
        WholeNodes.Machine machine = machine(1, 4, 8);
        assertThat(machine.isAtLeast(machine(1, 4, 8))).isTrue();
        assertThat(machine.isAtLeast(machine(1.1, 3, 8))).isTrue();
        assertThat(machine.isAtLeast(machine(0.9, 4, 8))).isFalse();
        assertThat(machine.isAtLeast(machine(1, 5, 1))).isFalse();
        assertThat(machine.isAtLeast(machine(1, 1, 9))).isFalse();
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
