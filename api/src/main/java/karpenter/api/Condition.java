package karpenter.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One status condition.
 *
 * @param status {@code True}, {@code False} or {@code Unknown}
 * @param observedGeneration the object's generation when the condition was last written
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Condition(
        String type,
        String status,
        String reason,
        String message,
        @Nullable Instant lastTransitionTime,
        long observedGeneration) {
    public static final String TRUE = "True";
    public static final String FALSE = "False";
    public static final String UNKNOWN = "Unknown";

    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public Condition {
        status = status == null ? UNKNOWN : status;
        reason = reason == null ? "" : reason;
        message = message == null ? "" : message;
    }

    @JsonIgnore
    public boolean isTrue() {
        return status.equals(TRUE);
    }

    @JsonIgnore
    public boolean isFalse() {
        return status.equals(FALSE);
    }

    @JsonIgnore
    public boolean isUnknown() {
        return status.equals(UNKNOWN);
    }
}
