package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
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
            double unit = i % 2 == 0 ? 1 : 0.01;
            double[] costs = random.doubles(5, unit, 5 * unit).toArray();
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

    @Test
    void groupsPodsWhateverTheUnits() {
        double[][] groups = DualFeasibleFunction.groups(
                List.of(new double[] {1, 2e9}, new double[] {4, 2e9}, new double[] {10, 20e9}, new double[] {2, 1e9}),
                2);

        assertThat(List.of(groups)).containsExactlyInAnyOrder(new double[] {11, 22e9}, new double[] {6, 3e9});
    }

    @Test
    void groupsPodsThatAskForNothing() {
        double[] nothing = {0, 0, 0};
        double[][] groups =
                DualFeasibleFunction.groups(List.of(new double[] {1, 0, 2}, nothing, new double[] {2, 0, 4}), 3);

        assertThat(List.of(groups)).containsExactlyInAnyOrder(new double[] {3, 0, 6}, nothing);
    }

    @Test
    void groupsNoPodsThatAskForAResourceWithThoseThatDoNot() {
        List<double[]> pods = new ArrayList<>();
        for (int pod = 1; pod <= 300; pod++) {
            pods.add(new double[] {pod, 301 - pod, pod % 20 == 0 ? 1 : 0});
        }

        double[][] groups = DualFeasibleFunction.groups(pods, 3);

        assertThat(groups.length).isLessThanOrEqualTo(48);
        double[][] with = Arrays.stream(groups).filter(group -> group[2] > 0).toArray(double[][]::new);
        assertThat(with).as("few, so that each has a group of its own").hasNumberOfRows(15);
        assertThat(Arrays.stream(with).mapToDouble(group -> group[0]).sum()).isEqualTo(20 * (15 * 16 / 2));
    }

    @Test
    void groupsPodsOfManyRatiosWithThoseNextToThem() {
        List<double[]> pods = new ArrayList<>();
        for (int pod = 0; pod < 300; pod++) {
            int number = pod * 77 % 300;
            pods.add(new double[] {300 - number, 1 + number});
        }

        double[][] groups = DualFeasibleFunction.groups(pods, 2);

        assertThat(groups).hasNumberOfRows(48);
        assertThat(Arrays.stream(groups).mapToDouble(group -> group[0]).sum()).isEqualTo(300 * 301 / 2);
        assertThat(Arrays.stream(groups).mapToDouble(group -> group[1]).sum()).isEqualTo(300 * 301 / 2);
        // Each pod asks for 301 altogether, so that a group's sum says how many it has, and its second amount which.
        Arrays.sort(groups, Comparator.comparingDouble(group -> group[1] / (group[0] + group[1])));
        int from = 0;
        for (double[] group : groups) {
            int pod = from;
            int to = pod + (int) Math.round((group[0] + group[1]) / 301);
            assertThat(group[1])
                    .isEqualTo(
                            IntStream.range(pod, to).map(number -> 1 + number).sum());
            assertThat(to - pod).isBetween(4, 10);
            from = to;
        }
        assertThat(from).isEqualTo(300);
    }

    @Test
    void takesMachinesThatAreWorthMoreTogetherForNoMoreThanOne() {
        double[][] groups = DualFeasibleFunction.groups(EVEN, 2);
        double[][] machines = {LOPSIDED[0], LOPSIDED[0], LOPSIDED[0], LOPSIDED[1]};

        DualFeasibleFunction function = Objects.requireNonNull(DualFeasibleFunction.within(groups, machines));

        assertThat(Arrays.stream(machines).mapToDouble(function::of).sum()).isCloseTo(1, within(1e-3));
        assertThat(EVEN.stream().mapToDouble(function::of).sum()).isCloseTo(20.0 / 16, within(1e-3));
    }

    /** Of two kinds of machines one has no graphics cards; a pod that asks for one goes on the other. */
    @Test
    void knowsThatPodsGoNowhereButOnMachinesThatHaveWhatTheyAskFor() {
        double[][] machines = {{8, 0}, {8, 1}};
        List<double[]> pods = List.of(new double[] {80, 0}, new double[] {12, 3});

        DualFeasibleFunction function =
                DualFeasibleFunction.best(DualFeasibleFunction.groups(pods, 2), machines, new double[] {1, 5});

        assertThat(function.of(machines[0])).isCloseTo(1, within(1e-3));
        assertThat(function.of(machines[1])).isCloseTo(5, within(1e-3));
        assertThat(Arrays.stream(function.prices()).flatMapToDouble(Arrays::stream))
                .allMatch(Double::isFinite);
        // Three with cards, which have room for twelve cores more; the other 68 cores on eight and a half machines.
        assertThat(pods.stream().mapToDouble(function::of).sum()).isCloseTo(3 * 5 + 8.5, within(1e-2));
    }

    /** Also those that ask for less of it than the others of their group. */
    @Test
    void findsNoPodWorthLessOnMachinesThatLackWhatItAsksFor() {
        Random random = new Random(3);
        double[][] machines = {{8, 0}, {8, 1}};
        List<double[]> pods = new ArrayList<>(List.of(new double[] {400, 0}));
        for (int i = 0; i < 200; i++) {
            pods.add(new double[] {4 + 4 * random.nextDouble(), i % 3 == 0 ? 0.05 : random.nextDouble()});
        }

        DualFeasibleFunction function =
                DualFeasibleFunction.best(DualFeasibleFunction.groups(pods, 2), machines, new double[] {1, 5});

        for (double[] pod : pods.subList(1, pods.size())) {
            // At the prices of the machine without, the other would be worth more than it costs.
            assertThat(Covering.worth(function.pricesAt(pod), machines[1])).isLessThanOrEqualTo(5 * (1 + 1e-3));
        }
        assertThat(function.of(machines[0])).isCloseTo(1, within(1e-3));
    }

    @Test
    void saysThatPodsDoNotFitMachinesOfWhichTooFewHaveWhatTheyAskFor() {
        double[][] machines = {{8, 0}, {8, 0}, {8, 0}, {8, 1}};
        List<double[]> pods = List.of(new double[] {4, 0}, new double[] {4, 2});

        DualFeasibleFunction function =
                Objects.requireNonNull(DualFeasibleFunction.within(DualFeasibleFunction.groups(pods, 2), machines));

        assertThat(Arrays.stream(machines).mapToDouble(function::of).sum()).isCloseTo(1, within(1e-3));
        assertThat(pods.stream().mapToDouble(function::of).sum())
                .as("two cards, where there is one")
                .isCloseTo(2, within(1e-2));
    }
}
