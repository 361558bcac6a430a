package karpenter.kube;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowingConsumer;

/** Waits for a condition. */
public final class Await {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private Await() {}

    /** Looks again and again until the check passes; fails with its last complaint. */
    public static void until(ThrowingRunnable check) {
        long until = System.nanoTime() + DEADLINE.toNanos();
        while (true) {
            try {
                check.run();
                return;
            } catch (AssertionError e) {
                if (System.nanoTime() - until > 0) {
                    throw e;
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            pause();
        }
    }

    /** What the supplier gives once the check passes. */
    public static <T> T until(Supplier<T> supplier, ThrowingConsumer<T> check) {
        until(() -> check.accept(supplier.get()));
        return supplier.get();
    }

    private static void pause() {
        try {
            new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A check. */
    @FunctionalInterface
    public interface ThrowingRunnable {
        void run() throws Exception;
    }
}
