package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Pods that need as much of one resource as of another, and machines that are short of either. */
class CutUpPodsTest {
    private static final WholeNodes.Machine CPU = new WholeNodes.Machine(1, new double[] {16, 4});
    private static final WholeNodes.Machine MEMORY = new WholeNodes.Machine(1, new double[] {4, 16});
    private static final CutUpPods PODS = new CutUpPods(List.of(new double[] {8, 8}, new double[] {8, 8}), 2);

    @Test
    void seesThatMachinesDoNotHoldThemThoughTheirSumWould() {
        DualFeasibleFunction worth = Objects.requireNonNull(PODS.exceeding(List.of(CPU, MEMORY)));

        assertThat(2 * worth.of(new double[] {8, 8}))
                .isGreaterThan(1.9 * (worth.of(CPU.holds()) + worth.of(MEMORY.holds())));
        assertThat(PODS.exceeding(List.of(CPU, CPU, MEMORY)))
                .as("12 of 16 have a place")
                .isNotNull();
        assertThat(PODS.exceeding(List.of(CPU, CPU, MEMORY, MEMORY)))
                .as("each holds 4 of both")
                .isNull();
        assertThat(PODS.exceeding(List.of())).isNull();
    }

    @Test
    void asksForTheirWorth() {
        DualFeasibleFunction worth = PODS.worthMost(List.of(CPU, MEMORY));

        double[] asked = PODS.withWorth(new double[] {16, 16}, worth);
        List<WholeNodes.Machine> machines = PODS.withWorth(List.of(CPU, MEMORY), worth, 2);

        assertThat(asked).hasSize(3).startsWith(16, 16);
        assertThat(asked[2]).as("four machines").isCloseTo(4, within(1e-3)).isLessThan(4);
        assertThat(machines).hasSize(2).allSatisfy(machine -> {
            assertThat(machine.price()).isEqualTo(1);
            assertThat(machine.holds()[2]).isCloseTo(1, within(1e-3));
        });
        assertThat(machines.getFirst().holds()).startsWith(16, 4);
    }

    @Test
    void keepsWhatMachinesUseOfLimitsLast() {
        WholeNodes.Machine limited = new WholeNodes.Machine(1, new double[] {16, 4, -7});

        List<WholeNodes.Machine> machines =
                PODS.withWorth(List.of(limited), new DualFeasibleFunction(new double[][] {{1, 0}, {0, 1}}), 2);

        assertThat(machines.getFirst().holds()).containsExactly(16, 4, 4, -7);
    }
}
