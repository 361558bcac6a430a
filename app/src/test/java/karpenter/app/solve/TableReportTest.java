package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import karpenter.core.scheduling.CostBound;
import karpenter.core.scheduling.SchedulingResult;
import org.junit.jupiter.api.Test;

class TableReportTest {
    @Test
    void showsNodesPlacesRefusalsAndTotals() {
        assertThat(String.join("\n", TableReport.of(Results.mixed()))).isEqualTo("""
                Nodes to launch
                COUNT   NODEPOOL   INSTANCE TYPE      ZONE          CAPACITY TYPE   $/HOUR   PODS             CPU            MEMORY
                    2   default    s-2x-amd64-linux   test-zone-a   spot            0.0410      2   1.0/1.9 (53%)   2.0/8.0Gi (25%)
                    1   default    m-4x-amd64-linux   test-zone-a   spot            0.0941      2   1.0/3.9 (26%)   2.0/32.0Gi (6%)

                Existing nodes used
                NODE     PODS
                node-a      2

                Pods without a place
                PODS   OF                       REASON
                   3   Deployment default/gpu   nodepool "default": did not tolerate taint (taint=gpu:NoSchedule)

                8 of 11 pods scheduled: 6 pods on 3 new nodes, 2 pods on 1 existing node
                $0.1761 per hour, $128.54 per month
                no plan is below $0.1700 per hour, counting whole nodes: at most 3.6% above the cheapest
                solved in 0.012 s""");
    }

    @Test
    void showsOnlyTotalsWhenThereIsNothingToLaunch() {
        SchedulingResult nothing = new SchedulingResult(
                List.of(), List.of(), List.of(), List.of(), new CostBound(0, CostBound.Kind.NONE), false);

        assertThat(TableReport.of(new SolveAnswer(0, nothing, Duration.ZERO)))
                .containsExactly("0 of 0 pods scheduled", "$0.0000 per hour, $0.00 per month", "solved in 0.000 s");
    }
}
