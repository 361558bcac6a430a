package karpenter.kube.watch;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: 0.1 s, doubled with each failure up to 1.5 s, plus or minus a third so that the
 * watches of many processes do not come back in step. Short, because a controller that is blind for longer than the outage
 * buys late.
 */
final class Backoff {
    private static final long FIRST_MILLIS = 100;
    private static final long LONGEST_MILLIS = 1_500;
    private static final long LONGEST_ASKED_FOR_MILLIS = 5_000;

    private final RandomGenerator random;
    private long nextMillis = FIRST_MILLIS;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    void succeeded() {
        nextMillis = FIRST_MILLIS;
    }

    /** @param atLeast what the server asked for; believed up to 5 s */
    Duration afterFailure(Duration atLeast) {
        long millis = nextMillis;
        nextMillis = Math.min(LONGEST_MILLIS, millis * 2);
        millis = millis * 2 / 3 + random.nextLong(millis * 2 / 3 + 1);
        return Duration.ofMillis(Math.max(millis, Math.min(atLeast.toMillis(), LONGEST_ASKED_FOR_MILLIS)));
    }
}
