package karpenter.app.logging;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import karpenter.api.GoDuration;
import karpenter.api.Quantity;
import org.jspecify.annotations.Nullable;

/** Writes JSON text by appending; small enough for the log path, where no object mapper should be loaded. */
final class JsonText {
    private final StringBuilder text = new StringBuilder(256);
    private boolean first = true;

    void open(char bracket) {
        text.append(bracket);
        first = true;
    }

    void close(char bracket) {
        text.append(bracket);
        first = false;
    }

    void member(String name, @Nullable Object value) {
        separate();
        string(name);
        text.append(':');
        value(value);
    }

    private void separate() {
        if (!first) {
            text.append(',');
        }
        first = false;
    }

    private void value(@Nullable Object value) {
        switch (value) {
            case null -> text.append("null");
            case Boolean bool -> text.append(bool);
            case Double number when !Double.isFinite(number) -> string(number.toString());
            case Number number -> text.append(number);
            case Duration duration -> string(GoDuration.format(duration));
            case Instant instant -> string(instant.toString());
            case Quantity quantity -> string(quantity.text());
            case Map<?, ?> map -> {
                open('{');
                map.forEach((key, item) -> member(String.valueOf(key), item));
                close('}');
            }
            case Collection<?> items -> {
                open('[');
                for (Object item : items) {
                    separate();
                    value(item);
                }
                close(']');
            }
            case Throwable thrown -> string(thrown.getMessage() == null ? thrown.toString() : thrown.getMessage());
            default -> string(value.toString());
        }
    }

    private void string(@Nullable String value) {
        text.append('"');
        String content = value == null ? "" : value;
        for (int i = 0; i < content.length(); i++) {
            char c = content.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x2028 || c == 0x2029) {
                        text.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
