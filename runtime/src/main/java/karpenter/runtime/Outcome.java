package karpenter.runtime;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a reconcile ended with, and so when its key is looked at again. */
public sealed interface Outcome {
    /** The reason of a {@link Retry} after a write that met a newer version of the object: expected, never an error. */
    String CONFLICT = "conflict";

    /** Nothing left to do until the key is added again. */
    record Done() implements Outcome {
        static final Done INSTANCE = new Done();
    }

    /**
     * Look again after a while, failure or not; the key's failure count starts over.
     *
     * @param delay never negative; zero means at once
     */
    record RequeueAfter(Duration delay) implements Outcome {
        /** Takes a delay that was computed as a difference of times, so a negative one means "now". */
        public RequeueAfter {
            delay = delay.isNegative() ? Duration.ZERO : delay;
        }
    }

    /**
     * It didn't work: look again after the key's growing backoff.
     *
     * @param reason what failed, for log readers; {@link #CONFLICT} is logged at debug only and not counted as an error
     * @param cause the exception at the edge that broke, if there was one
     */
    record Retry(String reason, @Nullable Throwable cause) implements Outcome {
        /** Returns whether the write only lost a race and reading again will cure it. */
        public boolean isConflict() {
            return reason.equals(CONFLICT);
        }
    }

    /** Returns the outcome of a reconcile that has nothing left to do. */
    static Outcome done() {
        return Done.INSTANCE;
    }

    /** Returns the outcome of a reconcile that wants to look again after {@code delay}. */
    static Outcome requeueAfter(Duration delay) {
        return new RequeueAfter(delay);
    }

    /** Returns the outcome of a reconcile that failed for {@code reason}. */
    static Outcome retry(String reason) {
        return new Retry(reason, null);
    }

    /** Returns the outcome of a reconcile that failed for {@code reason} because of {@code cause}. */
    static Outcome retry(String reason, Throwable cause) {
        return new Retry(reason, cause);
    }

    /** Returns the outcome of a reconcile whose write met a newer version of the object. */
    static Outcome conflict() {
        return new Retry(CONFLICT, null);
    }
}
