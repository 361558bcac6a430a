package karpenter.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A Go duration or {@code Never}. The text is kept, so that writing an object back does not turn {@code 720h} into
 * {@code 720h0m0s}.
 *
 * @param duration null for {@code Never}
 */
public record NillableDuration(
        @JsonValue String text, @Nullable Duration duration) {
    /** @throws IllegalArgumentException when the text is neither {@code Never} nor a Go duration */
    @JsonCreator
    public static NillableDuration parse(String text) {
        if (text.equals("Never")) {
            return new NillableDuration(text, null);
        }
        try {
            return new NillableDuration(text, GoDuration.parse(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + ", or write Never", e);
        }
    }

    public boolean isNever() {
        return duration == null;
    }
}
