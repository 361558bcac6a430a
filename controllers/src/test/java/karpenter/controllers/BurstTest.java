package karpenter.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import karpenter.controllers.testing.Faults.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Pods come, run and go, with one thing going wrong at one call that changes the world. Each call has its turn with some of the
 * faults; all faults at each call are tried where a single controller is tested.
 */
final class BurstTest {
    private static final int STRIDE = 4;

    @Test
    void buysNodesAtOnceAndTakesThemAwaySoonAfterTheirPodsAreGone() {
        Burst burst = new Burst();
        assertThat(burst.scaleUp()).as("window, launch, boot and bind").isLessThanOrEqualTo(Duration.ofSeconds(4));
        Duration settled = Duration.ofSeconds(60);
        burst.world.pass(settled);
        assertThat(burst.anyTaintLeft()).isFalse();
        // Ten seconds of consolidateAfter, half a second for the taint, five of drain; and the budget lets four go at
        // once.
        assertThat(burst.scaleDown()).isLessThanOrEqualTo(Duration.ofSeconds(28));
        burst.assertGoodEnd();
    }

    @ParameterizedTest
    @CsvSource({"CRASH_BEFORE, 1", "CRASH_AFTER, 2", "LOST_ANSWER, 3", "UNAVAILABLE, 4", "CONFLICT, 1"})
    void endsTheSameWhateverGoesWrong(Fault fault, int first) {
        Burst undisturbed = new Burst();
        undisturbed.scaleUp();
        undisturbed.scaleDown();
        int calls = undisturbed.world.faults.calls().size();
        IntStream.iterate(first, call -> call <= calls, call -> call + STRIDE).forEach(call -> {
            Burst burst = new Burst();
            burst.world.faults.at(call, fault);
            try {
                burst.scaleUp();
                burst.scaleDown();
                burst.assertGoodEnd();
            } catch (AssertionError e) {
                throw new AssertionError(
                        fault + " at call " + call + " ("
                                + burst.world.faults.calls().get(call - 1) + "): " + e.getMessage(),
                        e);
            }
        });
    }

    @Test
    void endsTheSameWhenTheProcessDiesAgainAndAgain() {
        Burst burst = new Burst();
        for (int call = 5; call < 200; call += 7) {
            burst.world.faults.at(call, call % 2 == 1 ? Fault.CRASH_AFTER : Fault.CRASH_BEFORE);
        }
        burst.scaleUp();
        burst.scaleDown();
        burst.assertGoodEnd();
    }
}
