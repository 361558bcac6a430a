package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import org.junit.jupiter.api.Test;

/** Bounds against what plans cost. */
class LowerBoundPropertyTest {
    @Test
    void isNeverAboveTheOptimum() {
        List<InstanceType> types = Types.kwok();
        for (Workloads family : Workloads.values()) {
            for (int count = 1; count <= 6; count++) {
                for (int seed = 1; seed <= 10; seed++) {
                    List<Pod> pods = family.pods(count, seed);
                    SchedulingResult result =
                            new Problem().pool(types).waiting(pods).solve();
                    assertThat(result.lowerBoundPricePerHourUsd())
                            .as("%s, %d pods, seed %d", family, count, seed)
                            .isPositive()
                            .isLessThanOrEqualTo(new TinyOptimum(types, pods).pricePerHourUsd() * (1 + 1e-9));
                }
            }
        }
    }

    /** Two ways to pack, one bound: neither may be below the bound that comes with the other, unless pods were left out. */
    @Test
    void holdsForEveryWayToPack() {
        int close = 0;
        for (int seed = 0; seed < 300; seed++) {
            SchedulingInput input = (seed % 3 == 0 ? RandomProblems.withTopology(seed) : new RandomProblems(seed))
                    .problem()
                    .input();
            SchedulingResult result = Scheduler.schedule(input);
            SchedulingResult other = Scheduler.schedule(UpstreamPackingTest.upstream(input));
            assertThat(result.lowerBoundPricePerHourUsd())
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(result.pricePerHourUsd() * (1 + 1e-9));
            assertThat(other.lowerBoundPricePerHourUsd())
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(other.pricePerHourUsd() * (1 + 1e-9));
            close += result.gap() < 0.05 ? 1 : 0;
        }
        assertThat(close).isGreaterThan(100);
    }
}
