package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class DeadlineTest {
    @Test
    void isOverOnceTheTimeHasGoneBy() {
        AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);
        BooleanSupplier over = Deadline.after(Duration.ofNanos(10), clock::get);

        clock.addAndGet(9);
        assertThat(over.getAsBoolean()).isFalse();
        clock.addAndGet(1);
        assertThat(over.getAsBoolean()).isTrue();
    }
}
