package karpenter.runtime;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A queue of distinct keys for several workers.
 *
 * <p><b>Problem.</b> Watches report the same object many times; a worker needs each key once, after the last report,
 * and two workers must never hold the same key.
 *
 * <p><b>Method.</b> A key is in one of these states: <i>delayed</i> (a timer will queue it), <i>queued</i>,
 * <i>working</i>, <i>working and dirty</i> (added again meanwhile, queued when done). A delay is held at most once per
 * key, and the earliest wins; a key that is queued at once drops its delay, because whoever looks at it decides anew when
 * to look again. Failures count per key and double its delay; an optional overall bucket spreads the retries of many keys.
 *
 * <p><b>Complexity.</b> add, take, done O(1); a delay costs one timer, O(log delayed).
 *
 * <p><b>Concurrency.</b> One lock, two conditions, never held while foreign code runs except the scheduling of a timer.
 * Order of lock: queue, then time source; timers take the queue's lock without holding the time source's.
 *
 * <p><b>Differs from upstream.</b> client-go's delaying queue keeps a delay that was overtaken by an add, so the key
 * comes twice; this one merges them. {@link #close} drops what waits instead of draining it: after a lost lease no
 * further key may be worked on. {@link #pause} keeps it.
 *
 * <p><b>Sources.</b> client-go {@code util/workqueue}: queue.go, delaying_queue.go, default_rate_limiters.go.
 *
 * @param <K> the key; needs {@code equals} and {@code hashCode}
 */
public final class WorkQueue<K> {
    /** controller-runtime's defaults for a key that fails again and again. */
    public static final Duration DEFAULT_BACKOFF_MIN = Duration.ofMillis(5);

    /** See {@link #DEFAULT_BACKOFF_MIN}. */
    public static final Duration DEFAULT_BACKOFF_MAX = Duration.ofSeconds(1000);

    private final TimeSource time;
    private final long backoffMinNanos;
    private final long backoffMaxNanos;
    private final @Nullable RateLimiter overall;
    private final Observer observer;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition takeable = lock.newCondition();
    private final Condition settled = lock.newCondition();

    private final ArrayDeque<Entry<K>> queue = new ArrayDeque<>();
    private final Set<K> queued = new HashSet<>();
    private final Map<K, Long> working = new HashMap<>();
    private final Map<K, Long> dirty = new HashMap<>();
    private final Map<K, Delay> delayed = new HashMap<>();
    private final Map<K, Integer> failures = new HashMap<>();
    private int waiting;
    private boolean paused;
    private boolean closed;

    private record Entry<K>(K key, long addedAtNanos) {}

    private static final class Delay {
        final long dueNanos;
        TimeSource.@Nullable Scheduled timer;

        Delay(long dueNanos) {
            this.dueNanos = dueNanos;
        }
    }

    /** What the queue reports about itself; called under the queue's lock, so it must be quick and must not call back. */
    public interface Observer {
        /** Reports nothing. */
        Observer NONE = new Observer() {};

        /** A key came in that was not queued yet. */
        default void added() {}

        /** A key was handed to a worker after {@code inQueue}. */
        default void taken(Duration inQueue) {}

        /** A worker gave a key back after {@code atWork}. */
        default void finished(Duration atWork) {}

        /** A key was added with a delay or after a failure. */
        default void retried() {}
    }

    /** Returns a queue with the default backoff and no overall limit. */
    public static <K> WorkQueue<K> create(TimeSource time) {
        return new WorkQueue<>(time, DEFAULT_BACKOFF_MIN, DEFAULT_BACKOFF_MAX, null, Observer.NONE);
    }

    /**
     * Makes an empty queue.
     *
     * @param backoffMin delay after a key's first failure; doubles with each further one
     * @param backoffMax the longest delay after failures
     * @param overall limits the retries of all keys together, or null
     */
    public WorkQueue(
            TimeSource time,
            Duration backoffMin,
            Duration backoffMax,
            @Nullable RateLimiter overall,
            Observer observer) {
        if (!backoffMin.isPositive() || backoffMax.compareTo(backoffMin) < 0) {
            throw new IllegalArgumentException(
                    "Backoff must grow from above zero, got " + backoffMin + " to " + backoffMax);
        }
        this.time = time;
        this.backoffMinNanos = backoffMin.toNanos();
        this.backoffMaxNanos = backoffMax.toNanos();
        this.overall = overall;
        this.observer = observer;
    }

    /** Queues a key at once, unless it is queued already. A key that is being worked on is queued when that is done. */
    public void add(K key) {
        lock.lock();
        try {
            addLocked(key);
        } finally {
            lock.unlock();
        }
    }

    /** Queues a key after a delay. Of several delays for one key the earliest wins; a queued key stays where it is. */
    public void addAfter(K key, Duration delay) {
        lock.lock();
        try {
            if (!closed) {
                observer.retried();
                addAfterLocked(key, SystemTimeSource.saturatedNanos(delay));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Counts a failure of the key and queues it after the backoff that belongs to that many failures. */
    public void addRateLimited(K key) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            int failed = failures.merge(key, 1, Integer::sum);
            long delay = backoffNanos(failed);
            if (overall != null) {
                delay = Math.max(delay, overall.reserve().toNanos());
            }
            observer.retried();
            addAfterLocked(key, delay);
        } finally {
            lock.unlock();
        }
    }

    /** Starts the key's failure count over. */
    public void forget(K key) {
        lock.lock();
        try {
            failures.remove(key);
        } finally {
            lock.unlock();
        }
    }

    /** Returns how often in a row the key failed. */
    public int failures(K key) {
        lock.lock();
        try {
            return failures.getOrDefault(key, 0);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a key and takes it. The caller must give it back with {@link #done}. Returns null once closed. */
    public @Nullable K take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            waiting++;
            try {
                while (!closed && (paused || queue.isEmpty())) {
                    takeable.await();
                }
            } finally {
                waiting--;
            }
            return takeLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Takes a key if one is ready, null otherwise. For simulations that drive everything on one thread. */
    public @Nullable K poll() {
        lock.lock();
        try {
            return paused ? null : takeLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Gives back a key after work; queues it again if it was added meanwhile. */
    public void done(K key) {
        lock.lock();
        try {
            Long since = working.remove(key);
            if (since == null) {
                throw new IllegalStateException(
                        "done(" + key + ") without take: only the worker that took it may do so");
            }
            observer.finished(Duration.ofNanos(time.nanoTime() - since));
            Long addedAt = dirty.remove(key);
            if (addedAt != null && !closed) {
                enqueueLocked(key, addedAt);
            }
            settled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Hands out no more keys until {@link #resume}; what is added meanwhile is kept. */
    public void pause() {
        lock.lock();
        try {
            paused = true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a {@link #pause}. */
    public void resume() {
        lock.lock();
        try {
            paused = false;
            takeable.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Drops all keys that wait, cancels their timers and lets every {@link #take} return null from now on. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            queue.clear();
            queued.clear();
            dirty.clear();
            List<Delay> timers = new ArrayList<>(delayed.values());
            delayed.clear();
            failures.clear();
            for (Delay delay : timers) {
                cancel(delay);
            }
            takeable.signalAll();
            settled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many keys are ready to be taken; delayed keys don't count. */
    public int depth() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many keys wait for a timer. */
    public int delayed() {
        lock.lock();
        try {
            return delayed.size();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many threads are parked in {@link #take}. */
    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until no key is ready or being worked on; delayed keys don't count. For tests: deadline is real time.
     *
     * @return whether that was reached in time
     */
    public boolean awaitSettled(Duration deadline) throws InterruptedException {
        long left = deadline.toNanos();
        lock.lockInterruptibly();
        try {
            while (!(queue.isEmpty() && working.isEmpty())) {
                if (left <= 0) {
                    return false;
                }
                left = settled.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the age of each piece of work that isn't done yet. */
    List<Duration> unfinished() {
        lock.lock();
        try {
            long now = time.nanoTime();
            return working.values().stream()
                    .map(since -> Duration.ofNanos(now - since))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable K takeLocked() {
        Entry<K> entry = queue.poll();
        if (entry == null) {
            return null;
        }
        long now = time.nanoTime();
        queued.remove(entry.key());
        working.put(entry.key(), now);
        observer.taken(Duration.ofNanos(now - entry.addedAtNanos()));
        return entry.key();
    }

    private void addLocked(K key) {
        if (closed) {
            return;
        }
        Delay overtaken = delayed.remove(key);
        if (overtaken != null) {
            cancel(overtaken);
        }
        if (queued.contains(key) || dirty.containsKey(key)) {
            return;
        }
        observer.added();
        if (working.containsKey(key)) {
            dirty.put(key, time.nanoTime());
        } else {
            enqueueLocked(key, time.nanoTime());
        }
    }

    private void enqueueLocked(K key, long addedAtNanos) {
        queued.add(key);
        queue.add(new Entry<>(key, addedAtNanos));
        takeable.signal();
    }

    private void addAfterLocked(K key, long delayNanos) {
        if (delayNanos <= 0) {
            addLocked(key);
            return;
        }
        if (queued.contains(key) || dirty.containsKey(key)) {
            return;
        }
        long due = time.nanoTime() + delayNanos;
        Delay earlier = delayed.get(key);
        if (earlier != null) {
            if (earlier.dueNanos - due <= 0) {
                return;
            }
            cancel(earlier);
        }
        Delay delay = new Delay(due);
        delayed.put(key, delay);
        delay.timer = time.schedule(Duration.ofNanos(delayNanos), () -> ripen(key, delay));
    }

    private void ripen(K key, Delay delay) {
        lock.lock();
        try {
            // The delay may have been overtaken between the timer's start and this lock.
            if (delayed.get(key) == delay) {
                addLocked(key);
            }
        } finally {
            lock.unlock();
        }
    }

    private static void cancel(Delay delay) {
        if (delay.timer != null) {
            delay.timer.cancel();
        }
    }

    private long backoffNanos(int failed) {
        // 2^62 overflows with any base; the cap is reached long before.
        int doublings = Math.min(failed - 1, 62);
        if (backoffMinNanos > (backoffMaxNanos >> doublings)) {
            return backoffMaxNanos;
        }
        return backoffMinNanos << doublings;
    }
}
