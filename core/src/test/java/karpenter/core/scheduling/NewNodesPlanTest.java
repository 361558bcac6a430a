package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import karpenter.core.cluster.Pod;
import org.junit.jupiter.api.Test;

/** What the planning of one pool's nodes leaves behind: every pod placed, and limits charged for what is bought. */
class NewNodesPlanTest {
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
}
