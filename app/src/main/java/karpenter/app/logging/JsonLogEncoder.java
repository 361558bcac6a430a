package karpenter.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * One JSON object a line: {@code level}, {@code time}, {@code logger}, {@code message}, then what the reconcile loop put
 * into the diagnostic context and the key-value pairs of the call, in that order. A throwable becomes {@code error} with its
 * message, and {@code stacktrace} when it is a bug.
 */
public final class JsonLogEncoder extends EncoderBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        JsonText json = new JsonText();
        json.open('{');
        json.member("level", level(event.getLevel()));
        json.member("time", TIME.format(Instant.ofEpochMilli(event.getTimeStamp())));
        json.member("logger", "controller");
        json.member("message", event.getFormattedMessage());
        for (Map.Entry<String, String> entry : event.getMDCPropertyMap().entrySet()) {
            json.member(entry.getKey(), entry.getValue());
        }
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                json.member(pair.key, pair.value);
            }
        }
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            json.member("error", summary(thrown));
            json.member("stacktrace", ThrowableProxyUtil.asString(thrown));
        }
        json.close('}');
        return (json + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String level(@Nullable Level level) {
        if (level == null || level.levelInt >= Level.ERROR_INT) {
            return "ERROR";
        }
        return level.levelInt <= Level.DEBUG_INT ? "DEBUG" : level.levelInt == Level.WARN_INT ? "WARN" : "INFO";
    }

    private static String summary(IThrowableProxy thrown) {
        String message = thrown.getMessage();
        return message == null ? thrown.getClassName() : message;
    }
}
