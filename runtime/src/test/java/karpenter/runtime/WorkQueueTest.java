package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class WorkQueueTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestingTimeSource time = new TestingTimeSource();
    private final WorkQueue<String> queue =
            new WorkQueue<>(time, Duration.ofMillis(100), SECOND, null, WorkQueue.Observer.NONE);

    @Test
    void holdsAKeyOnceHoweverOftenItIsAdded() {
        queue.add("a");
        queue.add("b");
        queue.add("a");
        assertThat(queue.depth()).isEqualTo(2);
        assertThat(queue.poll()).isEqualTo("a");
        assertThat(queue.poll()).isEqualTo("b");
        assertThat(queue.poll()).isNull();
    }

    @Test
    void queuesAKeyAgainWhenItWasAddedDuringWork() {
        queue.add("a");
        queue.poll();
        queue.add("a");
        queue.add("a");
        assertThat(queue.poll()).isNull();
        queue.done("a");
        assertThat(queue.poll()).isEqualTo("a");
        queue.done("a");
        assertThat(queue.poll()).isNull();
    }

    @Test
    void letsTheEarliestOfSeveralDelaysWin() {
        queue.addAfter("a", SECOND.multipliedBy(5));
        queue.addAfter("a", SECOND.multipliedBy(2));
        queue.addAfter("a", SECOND.multipliedBy(9));
        assertThat(time.pending()).isEqualTo(1);
        time.advance(SECOND.multipliedBy(2));
        assertThat(queue.poll()).isEqualTo("a");
        queue.done("a");
        time.advance(SECOND.multipliedBy(60));
        assertThat(queue.poll()).isNull();
    }

    @Test
    void dropsTheDelayOfAKeyThatIsQueuedAtOnce() {
        queue.addAfter("a", SECOND);
        queue.add("a");
        assertThat(queue.delayed()).isZero();
        assertThat(queue.poll()).isEqualTo("a");
        queue.done("a");
        time.advance(SECOND);
        assertThat(queue.poll()).isNull();
    }

    @Test
    void treatsANegativeDelayAsNow() {
        queue.addAfter("a", Duration.ofSeconds(-1));
        assertThat(queue.poll()).isEqualTo("a");
    }

    @Test
    void doublesTheBackoffUpToItsMaximumAndStartsOverWhenForgotten() {
        long[] expectedMillis = {100, 200, 400, 800, 1000, 1000};
        for (long millis : expectedMillis) {
            queue.addRateLimited("a");
            time.advance(Duration.ofMillis(millis - 1));
            assertThat(queue.poll()).isNull();
            time.advance(Duration.ofMillis(1));
            assertThat(queue.poll()).isEqualTo("a");
            queue.done("a");
        }
        assertThat(queue.failures("a")).isEqualTo(6);
        queue.forget("a");
        assertThat(queue.failures("a")).isZero();
        queue.addRateLimited("a");
        time.advance(Duration.ofMillis(100));
        assertThat(queue.poll()).isEqualTo("a");
    }

    @Test
    void staysAtTheLongestBackoffAfterManyFailures() {
        for (int i = 0; i < 200; i++) {
            queue.addRateLimited("a");
            time.advance(SECOND);
            assertThat(queue.poll()).isEqualTo("a");
            queue.done("a");
        }
    }

    @Test
    void spreadsTheRetriesOfManyKeysOverTheOverallBucket() {
        WorkQueue<Integer> limited = new WorkQueue<>(
                time, Duration.ofMillis(1), SECOND, RateLimiter.of(time, 10, 5), WorkQueue.Observer.NONE);
        for (int key = 0; key < 15; key++) {
            limited.addRateLimited(key);
        }
        time.advance(Duration.ofMillis(1));
        assertThat(limited.depth()).isEqualTo(5);
        time.advance(Duration.ofMillis(499));
        assertThat(limited.depth()).isEqualTo(10);
        time.advance(Duration.ofMillis(500));
        assertThat(limited.depth()).isEqualTo(15);
    }

    @Test
    void keepsKeysWhilePausedAndHandsThemOutAfterwards() throws InterruptedException {
        queue.pause();
        queue.add("a");
        assertThat(queue.poll()).isNull();
        queue.resume();
        assertThat(queue.take()).isEqualTo("a");
    }

    @Test
    void dropsEverythingWhenClosed() throws InterruptedException {
        queue.add("a");
        queue.add("b");
        queue.poll();
        queue.add("a");
        queue.addAfter("c", SECOND);
        queue.close();
        assertThat(queue.take()).isNull();
        assertThat(time.pending()).isZero();
        queue.done("a");
        queue.add("d");
        queue.addAfter("d", SECOND);
        queue.addRateLimited("d");
        assertThat(queue.take()).isNull();
    }

    @Test
    void refusesDoneWithoutTake() {
        assertThatThrownBy(() -> queue.done("a")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesABackoffThatDoesNotGrow() {
        assertThatThrownBy(() -> new WorkQueue<>(time, SECOND, Duration.ofMillis(1), null, WorkQueue.Observer.NONE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tellsTheAgeOfUnfinishedWork() {
        queue.add("a");
        queue.poll();
        time.advance(SECOND);
        assertThat(queue.unfinished()).containsExactly(SECOND);
    }
}
