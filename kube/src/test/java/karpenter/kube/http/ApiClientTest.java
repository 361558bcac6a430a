package karpenter.kube.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import karpenter.runtime.Metrics;
import karpenter.runtime.RateLimiter;
import karpenter.runtime.TestingScrape;
import karpenter.runtime.TimeSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ApiClientTest {
    private static final ResourcePath PODS = new ResourcePath("", "v1", "Pod", "pods", true);
    private static final Duration PATIENT = Duration.ofSeconds(20);
    private static final Duration HASTY = Duration.ofMillis(300);

    private final ScriptedServer server = new ScriptedServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private static CompletableFuture<Reply> calling(ApiClient api, Call call, Duration deadline) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> reply.complete(api.call(call, deadline)));
        return reply;
    }

    @Test
    void sendsTheCallAndReadsTheWholeAnswer() {
        try (ApiClient api = server.client()) {
            CompletableFuture<Reply> reply =
                    calling(api, Call.mergePatch(PODS, "ns", "p", "status", "{\"a\":1}"), PATIENT);
            ScriptedServer.Request request = server.take();
            assertThat(request.line()).isEqualTo("PATCH /api/v1/namespaces/ns/pods/p/status");
            assertThat(request.header("Content-Type")).isEqualTo("application/merge-patch+json");
            assertThat(request.header("User-Agent")).isEqualTo("karpenter/test");
            assertThat(request.header("Authorization")).isEmpty();
            assertThat(request.body()).isEqualTo("{\"a\":1}");
            request.begin().send("{\"b\"").send(":2}").end();
            Reply.Answered answer = (Reply.Answered) reply.join();
            assertThat(answer.ok()).isTrue();
            assertThat(new String(answer.body(), UTF_8)).isEqualTo("{\"b\":2}");
        }
    }

    @Test
    void addressesEveryKindOfCall() {
        ResourcePath claims = new ResourcePath("karpenter.sh", "v1", "NodeClaim", "nodeclaims", false);
        assertThat(Call.get(PODS, "a", "b").toString()).isEqualTo("GET /api/v1/namespaces/a/pods/b");
        assertThat(Call.list(PODS, "limit=5").toString()).isEqualTo("GET /api/v1/pods?limit=5");
        assertThat(Call.watch(claims, "watch=1").toString()).isEqualTo("GET /apis/karpenter.sh/v1/nodeclaims?watch=1");
        assertThat(Call.create(claims, "ignored", "{}").toString()).isEqualTo("POST /apis/karpenter.sh/v1/nodeclaims");
        assertThat(Call.create(PODS, "a", "b", "eviction", "{}").toString())
                .isEqualTo("POST /api/v1/namespaces/a/pods/b/eviction");
        assertThat(Call.delete(claims, "", "x", "{}").toString())
                .isEqualTo("DELETE /apis/karpenter.sh/v1/nodeclaims/x");
        assertThat(Call.apply(claims, "", "x", "me", "{}").toString())
                .isEqualTo("PATCH /apis/karpenter.sh/v1/nodeclaims/x?force=true&fieldManager=me");
    }

    @Test
    void anAnswerThatAsksForAPauseIsNotRetriedHere() {
        try (ApiClient api = server.client()) {
            CompletableFuture<Reply> reply = calling(api, Call.get("/version"), PATIENT);
            server.take().answer(429, "{\"message\":\"slow down\"}", "Retry-After", "7");
            Reply.Answered answer = (Reply.Answered) reply.join();
            assertThat(answer.status()).isEqualTo(429);
            assertThat(answer.retryAfter()).isEqualTo(Duration.ofSeconds(7));
            assertThat(answer.message()).isEqualTo("slow down (HTTP status 429)");

            CompletableFuture<Reply> broken = calling(api, Call.get("/version"), PATIENT);
            server.take().answer(503, "no JSON at all");
            assertThat(((Reply.Answered) broken.join()).message()).isEqualTo("HTTP status 503");
            assertThat(server.waiting()).isZero();
        }
    }

    @Test
    void aServerThatDoesNotAnswerFailsTheCallAtItsDeadline() {
        try (ApiClient api = server.client()) {
            Reply reply = api.call(Call.get("/version"), HASTY);
            assertThat(((Reply.Failed) reply).message())
                    .matches("GET /version: no answer within \\d+ ms(, after \\d+ ms of waiting to be sent)?");
        }
    }

    @Test
    void aBodyThatStallsFailsTheCallAtItsDeadline() {
        try (ApiClient api = server.client()) {
            CompletableFuture<Reply> reply = calling(api, Call.get("/version"), Duration.ofSeconds(1));
            server.take().begin().send("{\"half\":");
            assertThat(((Reply.Failed) reply.join()).message()).contains("nothing arrived for");
        }
    }

    @Test
    void aRefusedConnectionFailsTheCallAndSaysSo() {
        ApiClient api = server.client();
        server.close();
        try (api) {
            assertThat(((Reply.Failed) api.call(Call.get("/version"), PATIENT)).message())
                    .startsWith("GET /version: no answer: ConnectException");
        }
    }

    @Test
    void aBrokenConnectionFailsTheCall() {
        try (ApiClient api = server.client()) {
            CompletableFuture<Reply> reply = calling(api, Call.get("/version"), PATIENT);
            server.take().breakOffAfter("{\"half\":");
            assertThat(((Reply.Failed) reply.join()).message()).contains("the connection broke");
        }
    }

    @Test
    void anInterruptedCallFailsAtOnce() throws InterruptedException {
        try (ApiClient api = server.client()) {
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            Thread caller = Thread.ofVirtual().start(() -> {
                reply.complete(api.call(Call.get("/version"), PATIENT));
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            });
            server.take();
            caller.interrupt();
            assertThat(reply.join()).isEqualTo(new Reply.Failed("GET /version was interrupted"));
            assertThat(caller.join(Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void aCallThatWouldWaitTooLongForTheRateLimitSaysWhichSettings() {
        try (ApiClient api = server.client(RateLimiter.of(TimeSource.system(), 0.01, 1), null)) {
            CompletableFuture<Reply> first = calling(api, Call.get("/version"), PATIENT);
            server.take().answer(200, "{}");
            assertThat(((Reply.Answered) first.join()).ok()).isTrue();
            assertThat(((Reply.Failed) api.call(Call.get("/version"), HASTY)).message())
                    .contains("--kube-client-qps");
            ApiClient own = api.withLimit(RateLimiter.unlimited(), 1);
            CompletableFuture<Reply> second = calling(own, Call.get("/version"), PATIENT);
            server.take().answer(200, "{}");
            assertThat(((Reply.Answered) second.join()).ok()).isTrue();
        }
    }

    @Test
    void noMoreThanSoManyCallsRunAtOnce() {
        try (ApiClient api = server.client().withLimit(RateLimiter.unlimited(), 1)) {
            CompletableFuture<Reply> first = calling(api, Call.get("/first"), PATIENT);
            ScriptedServer.Request request = server.take();
            assertThat(((Reply.Failed) api.call(Call.get("/second"), HASTY)).message())
                    .isEqualTo("GET /second could not be sent within 300 ms beside the calls under way");
            request.answer(200, "{}");
            assertThat(first.join()).isInstanceOf(Reply.Answered.class);
            CompletableFuture<Reply> third = calling(api, Call.get("/third"), PATIENT);
            server.take().answer(200, "{}");
            assertThat(third.join()).isInstanceOf(Reply.Answered.class);
        }
    }

    @Test
    void aCallThatHadToWaitSaysForHowLong() {
        RateLimiter twoPerSecond = RateLimiter.of(TimeSource.system(), 2, 1);
        try (ApiClient api = server.client(twoPerSecond, null)) {
            CompletableFuture<Reply> first = calling(api, Call.get("/first"), PATIENT);
            server.take().answer(200, "{}");
            first.join();
            assertThat(((Reply.Failed) api.call(Call.get("/second"), Duration.ofSeconds(1))).message())
                    .matches("GET /second: no answer within \\d+ ms, after \\d+ ms of waiting to be sent");
        }
    }

    @Test
    void streamsAreReadAsTheyComeAndEndWithSilence() throws Exception {
        try (ApiClient api = server.client()) {
            CompletableFuture<ApiClient.Opened> opening = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    opening.complete(api.open(Call.watch(PODS, "watch=1"), PATIENT, HASTY));
                } catch (IOException | InterruptedException e) {
                    opening.completeExceptionally(e);
                }
            });
            ScriptedServer.Request request = server.take().begin().send("ab");
            try (ApiClient.Opened opened = opening.join()) {
                assertThat(opened.body().readNBytes(2)).isEqualTo("ab".getBytes(UTF_8));
                request.send("c");
                assertThat(opened.body().read()).isEqualTo('c');
                assertThatThrownBy(() -> opened.body().read()).isInstanceOf(SocketTimeoutException.class);
            }
        }
    }

    @Test
    void closingAStreamEndsItsReader() throws Exception {
        try (ApiClient api = server.client()) {
            CompletableFuture<Exception> reading = new CompletableFuture<>();
            CompletableFuture<ApiClient.Opened> opening = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    ApiClient.Opened opened = api.open(Call.watch(PODS, "watch=1"), PATIENT, PATIENT);
                    opening.complete(opened);
                    opened.body().read();
                } catch (IOException | InterruptedException e) {
                    reading.complete(e);
                }
            });
            server.take().begin();
            opening.join().close();
            assertThat(reading.join()).hasMessage("the stream is closed");
        }
    }

    @Test
    void aReplacedTokenIsUsedSoonAndAtOnceWhenTheServerRefusesTheOld(@TempDir Path folder) throws IOException {
        Path token = Files.writeString(folder.resolve("token"), "one\n");
        Config config = Config.empty();
        config.setMasterUrl(server.address());
        config.setOauthTokenProvider(new TokenFile(token, Duration.ZERO));
        try (ApiClient api = ApiClient.of(config, "karpenter/test", RateLimiter.unlimited(), new ApiMetrics(null))) {
            CompletableFuture<Reply> first = calling(api, Call.get("/version"), PATIENT);
            ScriptedServer.Request request = server.take();
            assertThat(request.header("Authorization")).isEqualTo("Bearer one");
            Files.writeString(token, "two\n");
            request.answer(401, "{}");
            ScriptedServer.Request again = server.take();
            assertThat(again.header("Authorization")).isEqualTo("Bearer two");
            again.answer(200, "{}");
            assertThat(((Reply.Answered) first.join()).ok()).isTrue();
        }
    }

    @Test
    void countsRequestsUnderClientGosNames() {
        Metrics metrics = Metrics.create();
        try (ApiClient api = server.client(RateLimiter.unlimited(), metrics)) {
            CompletableFuture<Reply> reply = calling(api, Call.create(PODS, "a", "b", "eviction", "{}"), PATIENT);
            server.take().answer(201, "{}");
            reply.join();
            api.call(Call.get("/version"), HASTY);
        }
        assertThat(TestingScrape.text(metrics))
                .contains("client_go_request_total{code=\"201\",method=\"POST\"} 1")
                .contains("client_go_request_total{code=\"<error>\",method=\"GET\"} 1")
                .contains("client_go_request_duration_seconds_count{group=\"\",kind=\"Pod\",subresource=\"eviction\","
                        + "verb=\"create\",version=\"v1\"} 1");
    }
}
