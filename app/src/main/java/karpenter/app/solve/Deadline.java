package karpenter.app.solve;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for work no longer than it may take. */
final class Deadline {
    private Deadline() {}

    /**
     * The work's result, or null when the time is over first; the work is then left to end with the process.
     *
     * @throws IllegalStateException with the cause, when the work fails
     */
    static <T> @Nullable T within(Duration atMost, Callable<T> work) throws InterruptedException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofPlatform().daemon().name("solve").start(task);
        try {
            return task.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the solver failed", e.getCause());
        }
    }
}
