package karpenter.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import karpenter.core.port.WriteResult;
import karpenter.kube.http.Reply;
import org.junit.jupiter.api.Test;

class WriteAnswersTest {
    private static WriteResult<String> of(int status, String body) {
        return WriteAnswers.of(
                new Reply.Answered(status, body.getBytes(UTF_8), Duration.ofSeconds(3)),
                stored -> stored.path("v").asString(""));
    }

    @Test
    void everyStatusHasItsMeaning() {
        assertThat(of(200, "{\"v\":\"x\"}")).isEqualTo(new WriteResult.Written<>("x"));
        assertThat(of(201, "{\"v\":\"x\"}")).isEqualTo(new WriteResult.Written<>("x"));
        assertThat(of(404, "{}")).isEqualTo(new WriteResult.NotFound<>());
        assertThat(of(409, "{\"reason\":\"AlreadyExists\"}")).isEqualTo(new WriteResult.AlreadyExists<>());
        assertThat(of(409, "{\"reason\":\"Conflict\",\"message\":\"m\"}"))
                .isEqualTo(new WriteResult.Conflict<>("m (HTTP status 409)"));
        for (int status : new int[] {400, 403, 405, 422}) {
            assertThat(of(status, "{\"message\":\"m\"}"))
                    .isEqualTo(new WriteResult.Refused<>(status, "m (HTTP status " + status + ")"));
        }
        for (int status : new int[] {401, 408, 429, 500, 503}) {
            assertThat(of(status, ""))
                    .isEqualTo(new WriteResult.Unavailable<>("HTTP status " + status, Duration.ofSeconds(3)));
        }
        assertThat(WriteAnswers.<String>of(new Reply.Failed("gone"), stored -> ""))
                .isEqualTo(new WriteResult.Unavailable<>("gone", null));
    }
}
