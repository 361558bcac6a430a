package karpenter.runtime;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The only clock. Everything that reads the time, or does something later, does so through this interface, so that a
 * test can let time stand still.
 */
public interface TimeSource extends InstantSource {
    /** Returns the wall-clock time; for timestamps that leave the process, never for measuring spans. */
    @Override
    Instant instant();

    /** Returns a monotonic reading in nanoseconds, only meaningful as a difference between two readings. */
    long nanoTime();

    /**
     * Runs a task once after a delay.
     *
     * @param delay how long to wait; zero or negative means as soon as possible
     * @param task must be short and must not block: all tasks share one thread
     */
    Scheduled schedule(Duration delay, Runnable task);

    /** Returns the time of the machine this process runs on. */
    static TimeSource system() {
        return SystemTimeSource.INSTANCE;
    }

    /** A task that waits for its time. */
    interface Scheduled {
        /** Takes the task back. Returns false when it ran already, runs now or was cancelled before. */
        boolean cancel();
    }
}
