package karpenter.core.port;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What became of a write. */
public sealed interface WriteResult<T> {
    /** Done; {@code object} is what the server stores now. */
    record Written<T>(T object) implements WriteResult<T> {}

    /** Somebody else wrote in between, or a precondition (resourceVersion, uid) does not hold: read again, decide again. */
    record Conflict<T>(String message) implements WriteResult<T> {}

    /** No such object. */
    record NotFound<T>() implements WriteResult<T> {}

    /** A create met an object of the same name. */
    record AlreadyExists<T>() implements WriteResult<T> {}

    /** The server will never take it as it is: invalid or forbidden. */
    record Refused<T>(int status, String message) implements WriteResult<T> {}

    /** The server is away, overloaded or throttling; whether the write was done is not known. */
    record Unavailable<T>(String message, @Nullable Duration retryAfter) implements WriteResult<T> {}
}
