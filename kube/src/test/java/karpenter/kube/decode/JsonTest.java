package karpenter.kube.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class JsonTest {
    @Test
    void readsEverythingButManagedFields() {
        JsonNode read = Json.readTrimmed("""
                {"metadata":{"name":"a","managedFields":[{"x":[1,{"y":2}]}],"labels":{}},
                 "list":[1,2.5,"t",true,false,null,[],123456789012345678901234567890]}
                """.getBytes(UTF_8));
        assertThat(read.toString())
                .isEqualTo("{\"metadata\":{\"name\":\"a\",\"labels\":{}},"
                        + "\"list\":[1,2.5,\"t\",true,false,null,[],123456789012345678901234567890]}");
        assertThat(Json.readTrimmed(new byte[0]).isMissingNode()).isTrue();
    }

    @Test
    void writesTimesInWholeSeconds() {
        assertThat(Json.MAPPER.writeValueAsString(Instant.parse("2026-03-01T10:00:00.987Z")))
                .isEqualTo("\"2026-03-01T10:00:00Z\"");
    }
}
