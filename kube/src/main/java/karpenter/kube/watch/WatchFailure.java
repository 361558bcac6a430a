package karpenter.kube.watch;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A list or watch ended otherwise than in order. */
final class WatchFailure extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int GONE = 410;

    private final int status;
    private final transient @Nullable Duration retryAfter;

    /** @param status the HTTP status, 0 when there was no answer */
    WatchFailure(int status, String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /** Whether the server no longer knows the version to go on from, so that only a new list helps. */
    boolean expired() {
        return status == GONE;
    }

    /** Whether the server does not serve the kind. */
    boolean notServed() {
        return status == 404;
    }

    /** Whether the account may not do this. */
    boolean forbidden() {
        return status == 401 || status == 403;
    }

    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }
}
