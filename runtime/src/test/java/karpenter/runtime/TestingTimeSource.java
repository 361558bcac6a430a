package karpenter.runtime;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A clock that stands still until it is advanced. Due tasks run in the order of their times on the thread that advances,
 * each seeing its own time. Thread-safe; tasks run without any lock held.
 */
public final class TestingTimeSource implements TimeSource {
    /** Where time begins unless said otherwise. */
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Instant start;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition scheduled = lock.newCondition();
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private long nowNanos;
    private long sequence;

    private record Task(long dueNanos, long sequence, Runnable action) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(dueNanos, other.dueNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    /** Makes a clock that stands at {@link #START}. */
    public TestingTimeSource() {
        this(START);
    }

    /** Makes a clock that stands at {@code start}. */
    public TestingTimeSource(Instant start) {
        this.start = start;
    }

    @Override
    public Instant instant() {
        return start.plusNanos(nanoTime());
    }

    @Override
    public long nanoTime() {
        lock.lock();
        try {
            return nowNanos;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Scheduled schedule(Duration delay, Runnable action) {
        lock.lock();
        try {
            Task task = new Task(nowNanos + SystemTimeSource.saturatedNanos(delay), sequence++, action);
            tasks.add(task);
            scheduled.signalAll();
            return () -> cancel(task);
        } finally {
            lock.unlock();
        }
    }

    /** Lets time pass, running every task that comes due on the way, tasks added by tasks included. */
    public void advance(Duration span) {
        long target = nanoTime() + span.toNanos();
        for (Task task = nextUntil(target); task != null; task = nextUntil(target)) {
            task.action().run();
        }
        lock.lock();
        try {
            nowNanos = Math.max(nowNanos, target);
        } finally {
            lock.unlock();
        }
    }

    /** Lets time pass to the next task and runs all that are due then. Returns false when there is none. */
    public boolean advanceToNext() {
        long due;
        lock.lock();
        try {
            Task next = tasks.peek();
            if (next == null) {
                return false;
            }
            due = Math.max(0, next.dueNanos() - nowNanos);
        } finally {
            lock.unlock();
        }
        advance(Duration.ofNanos(due));
        return true;
    }

    /** Returns how many tasks wait for their time. */
    public int pending() {
        lock.lock();
        try {
            return tasks.size();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until at least so many tasks wait for their time: the way to know that another thread began to wait. */
    public void awaitPending(int count) throws InterruptedException {
        long left = TimeUnit.NANOSECONDS.convert(PATIENCE);
        lock.lockInterruptibly();
        try {
            while (tasks.size() < count) {
                if (left <= 0) {
                    throw new AssertionError("Only " + tasks.size() + " of " + count + " tasks were scheduled");
                }
                left = scheduled.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Task nextUntil(long targetNanos) {
        lock.lock();
        try {
            Task next = tasks.peek();
            if (next == null || next.dueNanos() > targetNanos) {
                return null;
            }
            tasks.remove();
            nowNanos = Math.max(nowNanos, next.dueNanos());
            return next;
        } finally {
            lock.unlock();
        }
    }

    private boolean cancel(Task task) {
        lock.lock();
        try {
            return tasks.remove(task);
        } finally {
            lock.unlock();
        }
    }
}
