package karpenter.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A node taint. {@code effect} is {@code NoSchedule}, {@code PreferNoSchedule} or {@code NoExecute}. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Taint(
        String key, String value, String effect, @Nullable Instant timeAdded) {
    public static final String NO_SCHEDULE = "NoSchedule";
    public static final String PREFER_NO_SCHEDULE = "PreferNoSchedule";
    public static final String NO_EXECUTE = "NoExecute";

    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public Taint {
        value = value == null ? "" : value;
        effect = effect == null ? "" : effect;
    }

    public static Taint of(String key, String value, String effect) {
        return new Taint(key, value, effect, null);
    }

    /** Kubernetes treats taints of equal key and effect as the same taint, whatever the value. */
    public boolean matches(Taint other) {
        return key.equals(other.key) && effect.equals(other.effect);
    }

    /** {@code key[=value]:effect}, as kubectl writes it. */
    public String text() {
        return key + (value.isEmpty() ? "" : "=" + value) + ":" + effect;
    }
}
