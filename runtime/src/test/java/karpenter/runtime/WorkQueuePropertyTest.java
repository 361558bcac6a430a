package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs random operations on the queue and on a model that does the obvious thing slowly, and compares. */
final class WorkQueuePropertyTest {
    private static final int KEYS = 6;
    private static final int STEPS = 4_000;

    /** The queue as one would explain it: a list, two sets and a table of due times. */
    private static final class Model {
        final List<Integer> ready = new ArrayList<>();
        final TreeSet<Integer> working = new TreeSet<>();
        final List<Integer> dirty = new ArrayList<>();
        final Map<Integer, long[]> due = new TreeMap<>();
        final Map<Integer, Integer> failures = new TreeMap<>();
        boolean paused;
        long now;
        long sequence;

        void add(int key) {
            due.remove(key);
            if (ready.contains(key) || dirty.contains(key)) {
                return;
            }
            (working.contains(key) ? dirty : ready).add(key);
        }

        void addAfter(int key, long millis) {
            if (millis <= 0) {
                add(key);
            } else if (!ready.contains(key) && !dirty.contains(key)) {
                long[] before = due.get(key);
                if (before == null || now + millis < before[0]) {
                    due.put(key, new long[] {now + millis, sequence++});
                }
            }
        }

        void addRateLimited(int key) {
            int failed = failures.merge(key, 1, Integer::sum);
            addAfter(key, Math.min(1000, 10L << Math.min(failed - 1, 20)));
        }

        @Nullable
        Integer poll() {
            if (paused || ready.isEmpty()) {
                return null;
            }
            Integer key = ready.removeFirst();
            working.add(key);
            return key;
        }

        void done(Integer key) {
            working.remove(key);
            if (dirty.removeIf(key::equals)) {
                ready.add(key);
            }
        }

        void advance(long millis) {
            long target = now + millis;
            while (true) {
                Integer next = null;
                for (Map.Entry<Integer, long[]> entry : due.entrySet()) {
                    long[] at = entry.getValue();
                    if (at[0] <= target && (next == null || earlier(at, due.get(next)))) {
                        next = entry.getKey();
                    }
                }
                if (next == null) {
                    break;
                }
                add(next);
            }
            now = target;
        }

        private static boolean earlier(long[] a, long @Nullable [] b) {
            return b == null || a[0] < b[0] || (a[0] == b[0] && a[1] < b[1]);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89})
    void behavesLikeTheModel(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TestingTimeSource time = new TestingTimeSource();
        WorkQueue<Integer> queue =
                new WorkQueue<>(time, Duration.ofMillis(10), Duration.ofMillis(1000), null, WorkQueue.Observer.NONE);
        Model model = new Model();
        for (int step = 0; step < STEPS; step++) {
            int key = random.nextInt(KEYS);
            int millis = random.nextInt(-2, 60);
            switch (random.nextInt(9)) {
                case 0 -> {
                    queue.add(key);
                    model.add(key);
                }
                case 1 -> {
                    queue.addAfter(key, Duration.ofMillis(millis));
                    model.addAfter(key, millis);
                }
                case 2 -> {
                    queue.addRateLimited(key);
                    model.addRateLimited(key);
                }
                case 3 -> {
                    queue.forget(key);
                    model.failures.remove(key);
                }
                case 4, 5 ->
                    assertThat(queue.poll()).as("seed %d step %d", seed, step).isEqualTo(model.poll());
                case 6 -> {
                    if (model.working.contains(key)) {
                        queue.done(key);
                        model.done(key);
                    }
                }
                case 7 -> {
                    time.advance(Duration.ofMillis(Math.max(0, millis)));
                    model.advance(Math.max(0, millis));
                }
                default -> {
                    model.paused = random.nextInt(4) == 0;
                    if (model.paused) {
                        queue.pause();
                    } else {
                        queue.resume();
                    }
                }
            }
            assertThat(queue.depth()).as("seed %d step %d", seed, step).isEqualTo(model.ready.size());
            assertThat(queue.delayed()).as("seed %d step %d", seed, step).isEqualTo(model.due.size());
            assertThat(time.pending()).as("seed %d step %d", seed, step).isEqualTo(model.due.size());
        }
    }
}
