package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("provisioning: batcher")
final class BatcherTest {
    private static final Duration HALF_A_SECOND = Duration.ofMillis(500);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestingTimeSource time = new TestingTimeSource();
    private final Batcher<String> batcher = new Batcher<>(time, SECOND, Duration.ofSeconds(10));

    @Test
    void returnsEmptyHandedWhenNothingComesForASecond() throws Exception {
        CompletableFuture<Set<String>> batch = async(batcher::await);
        time.awaitPending(1);
        time.advance(Duration.ofMillis(999));
        assertThat(batch).isNotDone();
        time.advance(Duration.ofMillis(1));
        assertThat(get(batch)).isEmpty();
        assertThat(time.pending()).isZero();
    }

    @Test
    void endsTheWindowOnceNothingNewCameForTheIdleTime() throws Exception {
        CompletableFuture<Set<String>> batch = async(batcher::await);
        time.awaitPending(1);
        batcher.trigger("a");
        time.advance(HALF_A_SECOND);
        batcher.trigger("b");
        time.advance(HALF_A_SECOND);
        batcher.trigger("c");
        time.advance(Duration.ofMillis(999));
        assertThat(batcher.snapshot()).containsExactly("a", "b", "c");
        time.advance(Duration.ofMillis(1));
        batcher.trigger("next");
        assertThat(get(batch)).containsExactly("a", "b", "c");
        assertThat(batcher.snapshot()).containsExactly("next");
    }

    @Test
    void isNotProlongedByAnElementItHasSeen() throws Exception {
        CompletableFuture<Set<String>> batch = async(batcher::await);
        time.awaitPending(1);
        assertThat(batcher.trigger("a")).isTrue();
        time.advance(HALF_A_SECOND);
        assertThat(batcher.trigger("a")).isFalse();
        time.advance(HALF_A_SECOND);
        batcher.trigger("late");
        assertThat(get(batch)).containsExactly("a");
    }

    @Test
    void endsTheWindowAtItsMaximumHoweverManyElementsCome() throws Exception {
        CompletableFuture<Set<String>> batch = async(batcher::await);
        time.awaitPending(1);
        for (int i = 0; i < 30; i++) {
            batcher.trigger("pod-" + i);
            time.advance(HALF_A_SECOND);
        }
        assertThat(get(batch)).hasSize(20);
        assertThat(batcher.snapshot()).hasSize(10);
    }

    @Test
    void opensTheWindowWithWhatCameBeforeAnybodyWaited() throws Exception {
        batcher.trigger("a");
        time.advance(Duration.ofMinutes(1));
        assertThat(batcher.awaitFirst(SECOND)).isTrue();
        CompletableFuture<Set<String>> batch = async(batcher::awaitEnd);
        time.advance(Duration.ofMillis(999));
        assertThat(batch).isNotDone();
        time.advance(Duration.ofMillis(1));
        assertThat(get(batch)).containsExactly("a");
    }

    @Test
    void letsWorkBeginWhileTheWindowIsOpen() throws Exception {
        CompletableFuture<Boolean> first = async(() -> batcher.awaitFirst(Duration.ofHours(1)));
        time.awaitPending(1);
        time.advance(Duration.ofMinutes(30));
        batcher.trigger("a");
        assertThat(get(first)).isTrue();
        assertThat(batcher.snapshot()).containsExactly("a");
        batcher.trigger("b");
        time.advance(SECOND);
        batcher.trigger("c");
        assertThat(batcher.awaitFirst(SECOND)).isTrue();
        assertThat(batcher.awaitEnd()).containsExactly("a", "b");
        assertThat(batcher.snapshot()).containsExactly("c");
    }

    @Test
    void keepsWhatCameWhenTheWaitIsInterrupted() throws Exception {
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread waiter = Thread.ofVirtual().start(() -> {
            try {
                batcher.await();
            } catch (InterruptedException e) {
                interrupted.complete(true);
            }
        });
        time.awaitPending(1);
        waiter.interrupt();
        assertThat(get(interrupted)).isTrue();
        assertThat(time.pending()).isZero();
        batcher.trigger("a");
        assertThat(batcher.awaitFirst(SECOND)).isTrue();
    }

    @Test
    void refusesToFetchABatchWithoutAWindow() {
        assertThatThrownBy(batcher::awaitEnd).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void holdsAWindowOpenWhileMoreIsComingButNotBeyondItsLongest() {
        List<String> told = new ArrayList<>();
        AtomicBoolean more = new AtomicBoolean(true);
        batcher.holdWhile(more::get);
        batcher.follow(listener(told));
        batcher.trigger("a");
        time.advance(SECOND.multipliedBy(3));
        assertThat(told).containsExactly("opened");
        more.set(false);
        time.advance(Batcher.HOLD_CHECK);
        assertThat(told).containsExactly("opened", "ended");
        assertThat(batcher.poll()).containsExactly("a");
        more.set(true);
        batcher.trigger("b");
        time.advance(SECOND.multipliedBy(10));
        assertThat(batcher.poll()).containsExactly("b");
    }

    @Test
    void opensAndEndsWindowsForAListenerWithoutAThread() {
        List<String> told = new ArrayList<>();
        batcher.trigger("early");
        batcher.follow(listener(told));
        assertThat(told).containsExactly("opened");
        assertThat(batcher.poll()).isNull();
        time.advance(HALF_A_SECOND);
        batcher.trigger("a");
        assertThat(batcher.left()).isEqualTo(SECOND);
        time.advance(SECOND);
        batcher.trigger("late");
        assertThat(told).containsExactly("opened", "ended");
        assertThat(batcher.left()).isNull();
        assertThat(batcher.poll()).containsExactly("early", "a");
        assertThat(told).containsExactly("opened", "ended", "opened");
        time.advance(SECOND);
        assertThat(batcher.poll()).containsExactly("late");
        time.advance(Duration.ofMinutes(1));
        assertThat(batcher.poll()).isNull();
        batcher.trigger("b");
        assertThat(told).endsWith("ended", "opened");
    }

    private static Batcher.Listener listener(List<String> told) {
        return new Batcher.Listener() {
            @Override
            public void opened() {
                told.add("opened");
            }

            @Override
            public void ended() {
                told.add("ended");
            }
        };
    }

    private static <T> CompletableFuture<T> async(Callable<T> call) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                future.complete(call.call());
            } catch (Exception e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }
}
