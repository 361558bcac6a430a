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
