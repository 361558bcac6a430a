package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import karpenter.core.cluster.Pod;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.core.topology.Membership;
import org.junit.jupiter.api.Test;

class KnapsackTest {
    private static final double[] NO_PRICES = {0.4, 0.1, 0};

    private static Demand demand(long[][] amounts, int[] counts) {
        List<ResourceVector> requests = new ArrayList<>();
        for (long[] amount : amounts) {
            requests.add(ResourceVector.of(amount[0], amount[1]).with(ResourceVector.PODS, 1));
        }
        ResourceColumns columns = ResourceColumns.of(requests);
        NodeAsk.Interner interner = new NodeAsk.Interner();
        List<Demand.Lot> lots = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            List<Pod> pods = Pods.pod("p" + i).requests(requests.get(i)).times(counts[i]);
            NodeAsk ask = interner.intern(
                    new NodeAsk.Terms(Requirements.NONE, List.of(), false, HostPorts.NONE, Membership.NONE));
            PodClass podClass = new PodClass(pods.getFirst().shape(), List.of(ask), VolumeNeeds.NONE, columns, pods);
            lots.add(new Demand.Lot(podClass, ask));
        }
        return new Demand(lots, columns.count());
    }

    @Test
    void findsTheMostValuablePods() {
        Random random = new Random(11);
        int improved = 0;
        for (int problem = 0; problem < 300; problem++) {
            int items = 1 + random.nextInt(5);
            long[][] amounts = new long[items][];
            int[] counts = new int[items];
            double[] values = new double[items];
            for (int i = 0; i < items; i++) {
                amounts[i] = new long[] {1 + random.nextInt(6), 1 + random.nextInt(6)};
                counts[i] = 1 + random.nextInt(4);
                values[i] = 0.4 * amounts[i][0] + 0.1 * amounts[i][1] + random.nextDouble();
            }
            long[] machine = {5 + random.nextInt(12), 5 + random.nextInt(12), 3 + random.nextInt(8)};
            Demand demand = demand(amounts, counts);
            Knapsack knapsack = new Knapsack(demand);
            int[] open = IntStream.range(0, items).toArray();

            boolean possible = knapsack.solve(machine, open, values, NO_PRICES, 0, Long.MAX_VALUE);

            double best = brute(amounts, counts, values, machine, 0);
            assertThat(knapsack.upper()).as("problem %d", problem).isCloseTo(best, within(1e-9));
            assertThat(possible && knapsack.found()).isEqualTo(best > 0);
            double worth = 0;
            for (int pod : knapsack.pods()) {
                worth += values[pod];
            }
            assertThat(worth).isCloseTo(best, within(1e-9));
            knapsack.solve(machine, open, values, NO_PRICES, 0, 3);
            assertThat(knapsack.upper()).isGreaterThanOrEqualTo(best - 1e-9);
            improved += best > 0 ? 1 : 0;
        }
        assertThat(improved).isGreaterThan(200);
    }

    private static final double[] CPU_ONLY = {1, 0, 0};

    @Test
    void looksForPodsWorthMoreThanTheFloorOnly() {
        Knapsack knapsack = new Knapsack(demand(new long[][] {{2, 1}, {3, 1}}, new int[] {2, 1}));
        long[] machine = {5, 9, 9};
        double[] values = {2, 3};

        assertThat(knapsack.solve(machine, new int[] {0, 1}, values, CPU_ONLY, 4, 1000))
                .isTrue();
        assertThat(knapsack.found()).isTrue();
        assertThat(knapsack.pods()).containsExactlyInAnyOrder(0, 1);
        assertThat(knapsack.upper()).isCloseTo(5, within(1e-9));

        assertThat(knapsack.solve(machine, new int[] {0, 1}, values, CPU_ONLY, 5, 1000))
                .as("nothing above what is known")
                .isFalse();
        assertThat(knapsack.found()).isFalse();
        assertThat(knapsack.pods()).isEmpty();
        assertThat(knapsack.upper()).isCloseTo(5, within(1e-9));
    }

    @Test
    void findsNothingWhenWholePodsReachTheFloorAtMost() {
        // Two pods of three cores are worth 6, but only one of them fits.
        Knapsack knapsack = new Knapsack(demand(new long[][] {{3, 1}, {3, 2}}, new int[] {1, 1}));

        assertThat(knapsack.solve(new long[] {5, 9, 9}, new int[] {0, 1}, new double[] {3, 3}, CPU_ONLY, 3, 1000))
                .as("in fractions there is more")
                .isTrue();
        assertThat(knapsack.found()).isFalse();
        assertThat(knapsack.upper()).isCloseTo(3, within(1e-9));
    }

    @Test
    void keepsTheBoundOfFractionsWhenTheBudgetEnds() {
        Knapsack knapsack = new Knapsack(demand(new long[][] {{3, 1}, {4, 1}}, new int[] {2, 2}));
        long[] machine = {5, 9, 9};
        double[] values = {3, 4};

        knapsack.solve(machine, new int[] {0, 1}, values, CPU_ONLY, 0, 0);
        assertThat(knapsack.upper()).isCloseTo(5, within(1e-9));
        long stepsInVain = knapsack.steps();

        knapsack.solve(machine, new int[] {0, 1}, values, CPU_ONLY, 0, 1000);
        assertThat(knapsack.upper()).isCloseTo(4, within(1e-9));
        assertThat(knapsack.steps()).isGreaterThan(stepsInVain);
    }

    @Test
    void takesOnlyPodsThatAreLeftAndFit() {
        Demand demand = demand(new long[][] {{2, 1}, {9, 1}, {2, 2}}, new int[] {3, 1, 1});
        demand.take(0, 2);
        Knapsack knapsack = new Knapsack(demand);

        knapsack.solve(new long[] {6, 9, 9}, new int[] {0, 1, 2}, new double[] {2, 90, 1}, CPU_ONLY, 0, 1000);

        assertThat(knapsack.pods()).containsExactlyInAnyOrder(0, 2);
    }

    @Test
    void packsByWorthPerWeightOfAllResources() {
        // By cpu alone the first looks better; memory decides that two of the second fit.
        Knapsack knapsack = new Knapsack(demand(new long[][] {{2, 8}, {3, 4}}, new int[] {1, 2}));

        knapsack.solve(new long[] {6, 8, 9}, new int[] {0, 1}, new double[] {5, 4}, new double[] {0.1, 1, 0}, 0, 1000);

        assertThat(knapsack.pods()).containsExactly(1, 1);
    }

    private static double brute(long[][] amounts, int[] counts, double[] values, long[] free, int at) {
        if (at == counts.length) {
            return 0;
        }
        double best = 0;
        for (int take = 0; take <= counts[at]; take++) {
            long[] left = {free[0] - take * amounts[at][0], free[1] - take * amounts[at][1], free[2] - take};
            if (left[0] >= 0 && left[1] >= 0 && left[2] >= 0) {
                best = Math.max(best, take * values[at] + brute(amounts, counts, values, left, at + 1));
            }
        }
        return best;
    }
}
