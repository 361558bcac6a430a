package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import karpenter.core.cluster.Pod;
import org.junit.jupiter.api.Test;

/** What the planning of one pool's nodes leaves behind: every pod placed, and limits charged for what is bought. */
class NewNodesPlanTest {
    /** A plan dearer by this share is dearer. */
    private static final double NOTICED = 2e-4;

    /** The planning of all waiting pods by a single pool. */
    private static final class Planned {
        final SchedulingPass pass;
        final PoolTemplate pool;
        final long[] limitsBefore;
        final List<PlannedNode> nodes;

        Planned(List<Pod> pods, UnaryOperator<Problem.Pool> change) {
            pass = new SchedulingPass(
                    new Problem()
                            .pool("default", Types.kwok(), change)
                            .waiting(pods)
                            .input(),
                    new Cutoff(() -> false));
            pool = pass.pools().getFirst();
            limitsBefore = pool.limits().left();
            nodes = NewNodes.plan(
                            pool,
                            pass.classes().stream()
                                    .map(each ->
                                            new Demand.Lot(each, each.asks().getFirst()))
                                    .toList(),
                            pass.columns(),
                            Offers.PLAIN,
                            pass.cutoff())
                    .nodes();
        }

        int placed() {
            return nodes.stream()
                    .flatMap(node -> node.parts().stream())
                    .mapToInt(PlannedNode.Part::count)
                    .sum();
        }

        /** That limits have been charged for exactly the nodes that are planned. */
        void checkLimits() {
            long[] left = limitsBefore.clone();
            for (PlannedNode node : nodes) {
                for (int limit = 0; limit < left.length; limit++) {
                    left[limit] -= node.charge()[limit];
                }
            }
            assertThat(pool.limits().left()).containsExactly(left);
            for (long each : left) {
                assertThat(each).isNotNegative();
            }
        }
    }

    @Test
    void chargesLimitsForTheNodesThatRemainAfterRepair() {
        for (Workloads workload : Workloads.values()) {
            Planned planned = new Planned(workload.pods(60, 3), pool -> pool.limit("cpu", "500"));

            assertThat(planned.placed()).as("%s", workload).isEqualTo(60);
            assertThat(planned.pass.classes()).allMatch(each -> each.unplaced() == 0);
            planned.checkLimits();
        }
    }

    @Test
    void staysWithinALimitThatBinds() {
        for (Workloads workload : Workloads.values()) {
            List<Pod> pods = workload.pods(200, 5);
            Planned planned = new Planned(pods, pool -> pool.limit("cpu", "6"));

            assertThat(planned.placed()).as("%s", workload).isPositive();
            int left =
                    planned.pass.classes().stream().mapToInt(PodClass::unplaced).sum();
            assertThat(planned.placed() + left).isEqualTo(200);
            planned.checkLimits();
        }
    }

    @Test
    void placesEachOfThousandsOfPods() {
        List<Pod> pods = Workloads.UNIFORM.pods(2_500, 1);
        Planned planned = new Planned(pods, pool -> pool);

        assertThat(planned.placed()).isEqualTo(2_500);
        assertThat(planned.pass.classes()).allMatch(each -> each.unplaced() == 0);
    }

    private static double price(Workloads workload, int pods, int seed) {
        Planned planned = new Planned(workload.pods(pods, seed), pool -> pool);
        return planned.nodes.stream()
                .mapToDouble(node -> planned.pool.offerings().row(node.row()).price())
                .sum();
    }

    private static void check(Workloads workload, double of150, double of600, double of1600) {
        assertThat(price(workload, 150, 2)).as("150 %s", workload).isLessThan(of150 * (1 + NOTICED));
        assertThat(price(workload, 600, 3)).as("600 %s", workload).isLessThan(of600 * (1 + NOTICED));
        assertThat(price(workload, 1600, 4)).as("1600 %s", workload).isLessThan(of1600 * (1 + NOTICED));
    }

    /** As measured: each step after the first plan saves something for some of these. */
    @Test
    void costsNoMoreThanItDid() {
        check(Workloads.UNIFORM, 2.0143, 7.6084, 20.6185);
        check(Workloads.CPU_HEAVY, 7.2402, 31.5454, 83.8803);
        check(Workloads.MEMORY_HEAVY, 3.0332, 13.8491, 36.5626);
        check(Workloads.TINY, 0.1915, 0.7236, 1.9033);
        check(Workloads.SPIKY, 3.4909, 14.9119, 36.9808);
    }
}
