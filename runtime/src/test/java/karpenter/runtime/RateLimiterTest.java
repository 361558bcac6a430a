package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RateLimiterTest {
    private final TestingTimeSource time = new TestingTimeSource();

    @Test
    void givesTheBurstAtOnceAndThenTheRate() {
        RateLimiter limiter = RateLimiter.of(time, 2, 3);
        assertThat(limiter.tryAcquire()).isTrue();
        assertThat(limiter.tryAcquire()).isTrue();
        assertThat(limiter.tryAcquire()).isTrue();
        assertThat(limiter.tryAcquire()).isFalse();
        time.advance(Duration.ofMillis(500));
        assertThat(limiter.tryAcquire()).isTrue();
        assertThat(limiter.tryAcquire()).isFalse();
    }

    @Test
    void savesNoMoreThanTheBurst() {
        RateLimiter limiter = RateLimiter.of(time, 100, 2);
        time.advance(Duration.ofHours(1));
        assertThat(limiter.reserve()).isEqualTo(Duration.ZERO);
        assertThat(limiter.reserve()).isEqualTo(Duration.ZERO);
        assertThat(limiter.reserve()).isEqualTo(Duration.ofMillis(10));
        assertThat(limiter.reserve()).isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void refusesAtOnceAndTakesNothingWhenTheDeadlineIsTooShort() throws InterruptedException {
        RateLimiter limiter = RateLimiter.of(time, 1, 1);
        assertThat(limiter.acquire(Duration.ZERO)).isTrue();
        assertThat(limiter.acquire(Duration.ofMillis(999))).isFalse();
        assertThat(limiter.reserve()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void parksUntilTheTokenIsDue() throws Exception {
        RateLimiter limiter = RateLimiter.of(time, 1, 1);
        assertThat(limiter.tryAcquire()).isTrue();
        CompletableFuture<Boolean> acquired = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                acquired.complete(limiter.acquire(Duration.ofSeconds(5)));
            } catch (InterruptedException e) {
                acquired.completeExceptionally(e);
            }
        });
        time.awaitPending(1);
        time.advance(Duration.ofMillis(999));
        assertThat(acquired).isNotDone();
        time.advance(Duration.ofMillis(1));
        assertThat(acquired.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void neverHoldsAnybodyBackWhenUnlimited() {
        RateLimiter limiter = RateLimiter.unlimited();
        for (int i = 0; i < 1000; i++) {
            assertThat(limiter.tryAcquire()).isTrue();
            assertThat(limiter.reserve()).isEqualTo(Duration.ZERO);
        }
    }

    @Test
    void refusesARateOfNothing() {
        assertThatThrownBy(() -> RateLimiter.of(time, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RateLimiter.of(time, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
