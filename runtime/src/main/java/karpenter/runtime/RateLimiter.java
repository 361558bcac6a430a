package karpenter.runtime;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A token bucket: {@code burst} tokens at first, refilled at {@code qps} tokens a second.
 *
 * <p>Tokens may go below zero: a caller that is told to wait has its place in line already, so waiters are served in the
 * order they came and nobody has to look twice (the reservation scheme of Go's {@code x/time/rate}, which client-go
 * uses). Thread-safe; waiting threads are parked until their own token is due.
 */
public final class RateLimiter {
    private static final double NANOS_PER_SECOND = 1e9;

    private final TimeSource time;
    private final double qps;
    private final int burst;

    private double tokens;
    private long refilledAtNanos;

    private RateLimiter(TimeSource time, double qps, int burst) {
        this.time = time;
        this.qps = qps;
        this.burst = burst;
        this.tokens = burst;
        this.refilledAtNanos = time.nanoTime();
    }

    /**
     * Returns a full bucket.
     *
     * @param qps tokens per second, above zero
     * @param burst most tokens that can be saved up, at least one
     */
    public static RateLimiter of(TimeSource time, double qps, int burst) {
        if (!(qps > 0) || burst < 1) {
            throw new IllegalArgumentException("A rate limiter needs qps > 0 and burst >= 1, got qps=" + qps + " burst="
                    + burst + ". Maybe unlimited() is meant.");
        }
        return new RateLimiter(time, qps, burst);
    }

    /** Returns a limiter that lets everything through at once. */
    public static RateLimiter unlimited() {
        return new RateLimiter(TimeSource.system(), Double.POSITIVE_INFINITY, 1);
    }

    /** Takes a token if there is one now. */
    public synchronized boolean tryAcquire() {
        refill();
        if (tokens < 1) {
            return false;
        }
        tokens -= 1;
        return true;
    }

    /** Takes a token, from the future if need be, and returns how long the caller has to wait before using it. */
    public synchronized Duration reserve() {
        refill();
        tokens -= 1;
        return waitForDebt();
    }

    /**
     * Waits for a token.
     *
     * @param deadline the longest wait; when the token would come later, none is taken and false is returned at once
     */
    public boolean acquire(Duration deadline) throws InterruptedException {
        Duration wait;
        synchronized (this) {
            refill();
            tokens -= 1;
            wait = waitForDebt();
            if (wait.compareTo(deadline) > 0) {
                tokens += 1;
                return false;
            }
        }
        if (!wait.isZero()) {
            CountDownLatch due = new CountDownLatch(1);
            TimeSource.Scheduled timer = time.schedule(wait, due::countDown);
            try {
                due.await();
            } catch (InterruptedException e) {
                giveBack();
                throw e;
            } finally {
                timer.cancel();
            }
        }
        return true;
    }

    private synchronized void giveBack() {
        tokens += 1;
    }

    private Duration waitForDebt() {
        return tokens >= 0 ? Duration.ZERO : Duration.ofNanos((long) Math.ceil(-tokens / qps * NANOS_PER_SECOND));
    }

    private void refill() {
        long now = time.nanoTime();
        if (Double.isInfinite(qps)) {
            tokens = burst;
        } else {
            tokens = Math.min(burst, tokens + (now - refilledAtNanos) / NANOS_PER_SECOND * qps);
        }
        refilledAtNanos = now;
    }
}
