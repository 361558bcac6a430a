package karpenter.app.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan, and what the real scheduler makes of it. */
class FreeRunIT {
    private static final int PODS = 2_000;

    /** Twice the goal: on a busy machine the scheduler hears of nominations later. Without any it is up to 8 %. */
    private static final double MOST_OF_SECOND_ROUND = 0.02;

    @TempDir
    private Path logs;

    @Test
    void schedulerFollowsThePlan() throws InterruptedException {
        FreeRunFigures figures = FreeRun.run(PODS, true, logs, step -> {});

        assertThat(figures.pods()).isEqualTo(PODS);
        assertThat(figures.bound()).isEqualTo(PODS);
        assertThat(figures.plannedNodes()).isGreaterThan(10);
        assertThat(figures.crowding()).isLessThanOrEqualTo(figures.elsewhere());
        assertThat((double) figures.secondRoundPods()).isLessThanOrEqualTo(MOST_OF_SECOND_ROUND * PODS);
        assertThat(figures.realisedUsdPerHour()).isLessThanOrEqualTo(1.03 * figures.plannedUsdPerHour());
    }
}
