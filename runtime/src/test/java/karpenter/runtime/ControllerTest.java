package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ControllerTest {
    private final TestingTimeSource time = new TestingTimeSource();
    private final ControllerContext context = ControllerContext.standalone(time);

    @Test
    void retriesWithGrowingDelayUntilItWorks() {
        List<Duration> at = new ArrayList<>();
        Controller<String> controller = Controller.<String>named("test")
                .backoff(Duration.ofMillis(100), Duration.ofSeconds(10))
                .reconciler(key -> {
                    at.add(Duration.ofNanos(time.nanoTime()));
                    return at.size() < 4 ? Outcome.retry("not yet") : Outcome.done();
                })
                .build(context);
        controller.enqueue("a");
        do {
            controller.runReady();
        } while (time.advanceToNext());
        assertThat(at)
                .containsExactly(Duration.ZERO, Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofMillis(700));
    }
}
