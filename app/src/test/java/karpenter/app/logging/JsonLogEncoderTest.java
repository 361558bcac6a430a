package karpenter.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class JsonLogEncoderTest {
    private static LoggingEvent event(Level level, String message, @Nullable Throwable thrown) {
        LoggerContext context = new LoggerContext();
        LoggingEvent event = new LoggingEvent("test", context.getLogger("any"), level, message, thrown, null);
        event.setTimeStamp(1_700_000_000_123L);
        event.setMDCPropertyMap(Map.of());
        return event;
    }

    private static JsonNode encode(LoggingEvent event) {
        String line = new String(new JsonLogEncoder().encode(event), StandardCharsets.UTF_8);
        assertThat(line).endsWith("}\n").doesNotContainPattern("\n.");
        return new ObjectMapper().readTree(line);
    }

    @Test
    void namesTheFieldsAsUpstreamDoes() {
        JsonNode json = encode(event(Level.INFO, "created nodeclaim", null));

        assertThat(json.get("level").asString()).isEqualTo("INFO");
        assertThat(json.get("time").asString()).isEqualTo("2023-11-14T22:13:20.123Z");
        assertThat(json.get("logger").asString()).isEqualTo("controller");
        assertThat(json.get("message").asString()).isEqualTo("created nodeclaim");
    }

    @Test
    void keepsTheStructureOfValues() {
        LoggingEvent event = event(Level.INFO, "m", null);
        event.addKeyValuePair(new KeyValuePair("NodePool", Map.of("name", "default")));
        event.addKeyValuePair(new KeyValuePair("count", 3));
        event.addKeyValuePair(new KeyValuePair("types", List.of("a", "b")));
        event.addKeyValuePair(new KeyValuePair("duration", Duration.ofMillis(1500)));

        JsonNode json = encode(event);

        assertThat(json.at("/NodePool/name").asString()).isEqualTo("default");
        assertThat(json.get("count").asInt()).isEqualTo(3);
        assertThat(json.at("/types/1").asString()).isEqualTo("b");
        assertThat(json.get("duration").asString()).isEqualTo("1.5s");
    }

    @Test
    void escapesWhatWouldBreakTheLine() {
        String nasty = "quote \" backslash \\ newline \n tab \t bell \u0007 separator \u2028 umlaut ü emoji 😀";

        JsonNode json = encode(event(Level.ERROR, nasty, null));

        assertThat(json.get("message").asString()).isEqualTo(nasty);
    }

    @Test
    void carriesTheErrorAndWhereItHappened() {
        JsonNode json = encode(event(Level.ERROR, "m", new IllegalStateException("why")));

        assertThat(json.get("error").asString()).isEqualTo("why");
        assertThat(json.get("stacktrace").asString()).contains("IllegalStateException: why", "JsonLogEncoderTest");
    }

    @Test
    void samplesRepeatedMessagesWithinASecond() {
        SamplingFilter filter = new SamplingFilter();
        int passed = 0;
        for (int i = 0; i < 350; i++) {
            if (filter.decide(event(Level.INFO, "again", null)) == FilterReply.NEUTRAL) {
                passed++;
            }
        }

        assertThat(passed).isEqualTo(102);
        assertThat(filter.decide(event(Level.INFO, "another", null))).isEqualTo(FilterReply.NEUTRAL);
    }
}
