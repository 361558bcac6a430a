package karpenter.controllers.state;

import java.time.Duration;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Outcome;

/** How a reconcile ends whose write ended like this. */
public final class WriteOutcomes {
    private WriteOutcomes() {}

    /** An object that is gone leaves nothing to do; the watch reports its end to whoever must know. */
    public static Outcome of(WriteResult<?> result) {
        return switch (result) {
            case WriteResult.Written<?> _ -> Outcome.done();
            case WriteResult.NotFound<?> _ -> Outcome.done();
            case WriteResult.Conflict<?> _ -> Outcome.conflict();
            case WriteResult.AlreadyExists<?> _ -> Outcome.retry("an object of this name exists already");
            case WriteResult.Refused<?>(int status, String message) ->
                Outcome.retry("the API server refuses with status " + status + ": " + message);
            case WriteResult.Unavailable<?>(String message, Duration retryAfter) ->
                retryAfter == null ? Outcome.retry(message) : Outcome.requeueAfter(retryAfter);
        };
    }

    /** What satisfies both: a failure before any delay, the shorter delay before the longer. */
    public static Outcome soonest(Outcome first, Outcome second) {
        return rank(second) < rank(first)
                        || (first instanceof Outcome.RequeueAfter(Duration one)
                                && second instanceof Outcome.RequeueAfter(Duration other)
                                && other.compareTo(one) < 0)
                ? second
                : first;
    }

    private static int rank(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Retry retry -> retry.isConflict() ? 1 : 0;
            case Outcome.RequeueAfter _ -> 2;
            case Outcome.Done _ -> 3;
        };
    }
}
