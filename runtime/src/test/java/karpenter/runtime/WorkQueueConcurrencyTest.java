package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.RepeatedTest;

/** Many threads add and take at once: no key is worked on by two, none is lost. */
final class WorkQueueConcurrencyTest {
    private static final int KEYS = 20;
    private static final int THREADS = 8;
    private static final int ADDS = 3_000;

    @RepeatedTest(3)
    void neverGivesAKeyToTwoAndLosesNone() throws InterruptedException {
        TestingTimeSource time = new TestingTimeSource();
        WorkQueue<Integer> queue = WorkQueue.create(time);
        // What a key should look like, and as what it was last seen by a worker.
        AtomicIntegerArray wanted = new AtomicIntegerArray(KEYS);
        AtomicIntegerArray seen = new AtomicIntegerArray(KEYS);
        AtomicIntegerArray holders = new AtomicIntegerArray(KEYS);
        AtomicInteger clashes = new AtomicInteger();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            workers.add(Thread.ofVirtual().start(() -> {
                try {
                    for (Integer key = queue.take(); key != null; key = queue.take()) {
                        if (holders.incrementAndGet(key) != 1) {
                            clashes.incrementAndGet();
                        }
                        seen.set(key, wanted.get(key));
                        Thread.onSpinWait();
                        holders.decrementAndGet(key);
                        queue.done(key);
                    }
                } catch (InterruptedException e) {
                    clashes.incrementAndGet();
                }
            }));
        }
        List<Thread> adders = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            adders.add(Thread.ofVirtual().start(() -> {
                for (int n = 0; n < ADDS; n++) {
                    int key = random.nextInt(KEYS);
                    wanted.incrementAndGet(key);
                    switch (random.nextInt(10)) {
                        case 0 -> queue.addAfter(key, Duration.ofMillis(random.nextInt(50)));
                        case 1 -> queue.addRateLimited(key);
                        case 2 -> time.advance(Duration.ofMillis(1));
                        default -> {}
                    }
                    queue.add(key);
                }
            }));
        }
        for (Thread adder : adders) {
            assertThat(adder.join(Duration.ofSeconds(20))).isTrue();
        }
        time.advance(Duration.ofHours(1));
        assertThat(queue.awaitSettled(Duration.ofSeconds(20))).isTrue();
        queue.close();
        for (Thread worker : workers) {
            assertThat(worker.join(Duration.ofSeconds(20))).isTrue();
        }
        assertThat(clashes).hasValue(0);
        for (int key = 0; key < KEYS; key++) {
            assertThat(seen.get(key)).as("key %d", key).isEqualTo(wanted.get(key));
        }
    }
}
