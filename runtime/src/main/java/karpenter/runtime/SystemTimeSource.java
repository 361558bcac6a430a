package karpenter.runtime;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine's clock and one daemon timer thread, which is parked while nothing is due. */
final class SystemTimeSource implements TimeSource {
    static final SystemTimeSource INSTANCE = new SystemTimeSource();

    private static final Logger LOG = LoggerFactory.getLogger(SystemTimeSource.class);
    // Beyond this the executor's arithmetic could overflow; nobody waits a century.
    private static final long LONGEST_DELAY_NANOS = Duration.ofDays(36_500).toNanos();

    private final ScheduledThreadPoolExecutor timer;

    private SystemTimeSource() {
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("timer").factory());
        // A reconcile re-arms its timers all the time; cancelled ones must not pile up until they are due.
        timer.setRemoveOnCancelPolicy(true);
    }

    @Override
    public Instant instant() {
        return Instant.now();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Scheduled schedule(Duration delay, Runnable task) {
        ScheduledFuture<?> future = timer.schedule(() -> runLogged(task), saturatedNanos(delay), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    private static void runLogged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // The executor would keep it to itself, and whoever waits for the task would wait without a word.
            LOG.atError().setCause(e).log("A timer task failed; the timer goes on");
        }
    }

    static long saturatedNanos(Duration delay) {
        if (delay.compareTo(Duration.ofNanos(LONGEST_DELAY_NANOS)) >= 0) {
            return LONGEST_DELAY_NANOS;
        }
        return delay.isNegative() ? 0 : delay.toNanos();
    }
}
