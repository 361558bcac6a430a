package karpenter.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import karpenter.testbed.KubeApi.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class FaultProxyTest {
    private static final String CLAIMS = "/apis/karpenter.sh/v1/nodeclaims";
    private static final Duration SOON = Duration.ofSeconds(10);

    /** How long a test watches that something does not happen. */
    private static final Duration A_WHILE = Duration.ofMillis(100);

    @TempDir
    private Path folder;

    private FakeApiServer server;
    private FaultProxy proxy;
    private KubeApi api;

    @BeforeEach
    void start() throws IOException {
        server = new FakeApiServer();
        proxy = FaultProxy.start(server.kubeconfig(folder));
        api = KubeApi.of(proxy.kubeconfig(server.kubeconfig(folder)));
    }

    @AfterEach
    void stop() {
        api.close();
        proxy.close();
        server.close();
    }

    @Test
    void passesRequestsAndAnswersOnUnchanged() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(proxy.server() + CLAIMS + "/a?fieldManager=x%2Fy&dryRun=All"))
                    .header("Content-Type", "application/merge-patch+json")
                    .header("Accept", "application/json")
                    .header("Authorization", "Bearer secret")
                    .method("PATCH", BodyPublishers.ofString("{\"größe\":1}"))
                    .build();
            HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(201);
            assertThat(answer.body()).isEqualTo("answer to {\"größe\":1}");
            assertThat(answer.headers().allValues("Warning")).containsExactly("299 - \"first\"", "299 - \"second\"");
        }
        FakeApiServer.Got got = server.got().getFirst();
        assertThat(got.request()).isEqualTo("PATCH " + CLAIMS + "/a?fieldManager=x%2Fy&dryRun=All {\"größe\":1}");
        assertThat(got.headers())
                .containsEntry("Content-type", List.of("application/merge-patch+json"))
                .containsEntry("Accept", List.of("application/json"))
                .containsEntry("Authorization", List.of("Bearer secret"));
    }

    @Test
    void passesBodiesOfUnknownLengthOn() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            byte[] body = "x".repeat(100_000).getBytes(UTF_8);
            HttpRequest request = HttpRequest.newBuilder(URI.create(proxy.server() + CLAIMS))
                    .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                    .build();
            assertThat(client.send(request, BodyHandlers.ofString()).body()).hasSize(100_000 + "answer to ".length());
        }
    }

    @Test
    void passesAnswersWithoutBodyOn() {
        assertThat(api.delete("/nothing")).isEqualTo(new Answer(204, ""));
        assertThat(api.get("/again").status()).isEqualTo(201);
    }

    @Test
    void passesEventsOfAWatchOnAsTheyCome() {
        try (KubeApi.Watch watch = api.watch(CLAIMS)) {
            server.events.add("first");
            assertThat(watch.next(SOON)).isEqualTo("first");
            server.events.add("second");
            assertThat(watch.next(SOON)).isEqualTo("second");
        }
    }

    @Test
    void endsTheServersWatchWhenTheClientLeaves() throws InterruptedException {
        try (KubeApi.Watch watch = api.watch(CLAIMS)) {
            server.events.add("first");
            watch.next(SOON);
        }
        while (server.abandonedWatches.isEmpty()) {
            server.events.add("for nobody"); // a broken connection shows when something is written to it
            Thread.onSpinWait();
        }
        assertThat(server.abandonedWatches).containsExactly(CLAIMS + "?watch=true");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            POST,   /apis/karpenter.sh/v1/nodeclaims,                                       1
            PATCH,  /apis/karpenter.sh/v1/nodeclaims/a/status?fieldManager=karpenter,       1
            PUT,    /api/v1/nodes/a,                                                        1
            DELETE, /api/v1/nodes/a,                                                        1
            POST,   /api/v1/namespaces/default/pods/events/eviction,                        1
            GET,    /apis/karpenter.sh/v1/nodeclaims,                                       0
            POST,   /api/v1/namespaces/default/events,                                      0
            PATCH,  /apis/events.k8s.io/v1/namespaces/default/events/a.1?fieldManager=k,    0
            PUT,    /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/karpenter,   0
            POST,   /apis/authorization.k8s.io/v1/selfsubjectaccessreviews,                 0
            """)
    void numbersRequestsThatChangeWhatLasts(String method, String target, int numbered) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(proxy.server() + target))
                .method(method, method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString("x"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            client.sendAsync(request, BodyHandlers.discarding()).join();
        }
        assertThat(proxy.numbered()).isEqualTo(numbered);
        if (method.equals("GET")) {
            assertThat(proxy.requests()).isEmpty();
        } else {
            assertThat(proxy.requests())
                    .containsExactly(new RecordedRequest(numbered, method, target, "x", 201, Fault.NONE));
        }
    }

    @ParameterizedTest
    @CsvSource({"ANSWER_409, 409, Conflict", "ANSWER_429, 429, TooManyRequests"})
    void refusesTheOneRequestInTheServersPlace(Fault fault, int status, String reason) {
        proxy.inject(2, fault);
        assertThat(api.create(CLAIMS, "a").status()).isEqualTo(201);
        Answer refusal = api.create(CLAIMS, "b");
        assertThat(api.create(CLAIMS, "b").status()).isEqualTo(201);

        assertThat(refusal.status()).isEqualTo(status);
        assertThat(refusal.body()).contains("\"kind\":\"Status\"", "\"reason\":\"" + reason + "\"");
        assertThat(server.requests()).containsExactly("POST " + CLAIMS + " a", "POST " + CLAIMS + " b");
        assertThat(proxy.requests()).extracting(RecordedRequest::status).containsExactly(201, status, 201);
        assertThat(proxy.awaitFaults(SOON)).containsExactly(new RecordedRequest(2, "POST", CLAIMS, "b", status, fault));
    }

    @Test
    void tellsWhenToComeBack() throws Exception {
        proxy.inject(1, Fault.ANSWER_429);
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(proxy.server() + CLAIMS))
                    .DELETE()
                    .build();
            HttpResponse<String> refusal = client.send(request, BodyHandlers.ofString());
            assertThat(refusal.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(refusal.body()).contains("\"retryAfterSeconds\":1");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"KILL_BEFORE", "KILL_AFTER"})
    void killsTheClientInsteadOfAnswering(Fault fault) {
        AtomicInteger kills = new AtomicInteger();
        proxy.onKill(kills::incrementAndGet).inject(1, fault);
        try (KubeApi.Watch watch = api.watch(CLAIMS)) {
            assertThatThrownBy(() -> api.create(CLAIMS, "a")).isInstanceOf(UncheckedIOException.class);
            watch.awaitEnd(SOON);
        }
        assertThat(proxy.awaitFaults(SOON))
                .containsExactly(new RecordedRequest(1, "POST", CLAIMS, "a", fault.forwards() ? 201 : 0, fault));
        assertThat(kills).hasValue(1);
        assertThat(server.requests()).hasSize(fault.forwards() ? 2 : 1);

        assertThat(api.create(CLAIMS, "of the next client").status()).isEqualTo(201);
        assertThat(proxy.numbered()).isEqualTo(2);
    }

    @Test
    void nothingElseOfTheClientTakesEffectOnceItsDeathIsDecided() throws Exception {
        CountDownLatch dying = new CountDownLatch(1);
        CountDownLatch dead = new CountDownLatch(1);
        proxy.onKill(() -> {
                    dying.countDown();
                    await(dead);
                })
                .inject(1, Fault.KILL_BEFORE);
        CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> api.create(CLAIMS, "first"));
        dying.await();
        CompletableFuture<Answer> second = CompletableFuture.supplyAsync(() -> api.create(CLAIMS, "second"));
        assertThat(api.get(CLAIMS).status()).isEqualTo(201);
        dead.countDown();

        assertThatThrownBy(first::get).isInstanceOf(ExecutionException.class);
        assertThatThrownBy(second::get).isInstanceOf(ExecutionException.class);
        assertThat(server.requests()).containsExactly("GET " + CLAIMS);
        assertThat(proxy.requests()).extracting(RecordedRequest::body).containsExactly("first");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void saysThatTheClientCouldNotBeKilled() {
        proxy.inject(1, Fault.KILL_BEFORE);
        assertThatThrownBy(() -> api.create(CLAIMS, "a")).isInstanceOf(UncheckedIOException.class);
        assertThatThrownBy(() -> proxy.awaitFaults(SOON))
                .hasMessageContaining("could not be killed")
                .hasRootCauseMessage("Nothing says how the client is killed. Maybe onKill was not called");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"TIMEOUT_BEFORE", "TIMEOUT_AFTER"})
    void letsTheClientWait(Fault fault) {
        proxy.inject(1, fault);
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(proxy.server() + CLAIMS))
                    .POST(BodyPublishers.ofString("a"))
                    .timeout(Duration.ofMillis(300))
                    .build();
            assertThatThrownBy(() -> client.send(request, BodyHandlers.ofString()))
                    .isInstanceOf(HttpTimeoutException.class);
        }
        assertThat(proxy.awaitFaults(SOON))
                .extracting(RecordedRequest::status)
                .containsExactly(fault.forwards() ? 201 : 0);
        assertThat(server.requests()).hasSize(fault.forwards() ? 1 : 0);
        assertThat(api.create(CLAIMS, "b").status()).isEqualTo(201);
    }

    @Test
    void cutsWatchesInTheMiddleAndTakesNewOnes() {
        try (KubeApi.Watch watch = api.watch(CLAIMS)) {
            server.events.add("first");
            assertThat(watch.next(SOON)).isEqualTo("first");
            proxy.cutConnections();
            watch.awaitEnd(SOON);
        }
        assertThat(api.get(CLAIMS).status()).isEqualTo(201);
    }

    @Test
    void refusesConnectionsUntilTold() {
        proxy.refuseConnections(true);
        assertThatThrownBy(() -> api.get(CLAIMS)).isInstanceOf(UncheckedIOException.class);
        proxy.refuseConnections(false);
        assertThat(api.get(CLAIMS).status()).isEqualTo(201);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void delaysRequests() {
        proxy.delay(A_WHILE);
        long start = System.nanoTime();
        assertThat(api.get(CLAIMS).status()).isEqualTo(201);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(A_WHILE);
    }

    @Test
    void holdsWhatComesFromWatchesButAnswersRequests() {
        proxy.holdWatches(true);
        try (KubeApi.Watch watch = api.watch(CLAIMS)) {
            server.events.add("first");
            assertThat(api.create(CLAIMS, "a").status()).isEqualTo(201);
            assertThatThrownBy(() -> watch.next(A_WHILE)).hasMessageContaining("No event");
            proxy.holdWatches(false);
            assertThat(watch.next(SOON)).isEqualTo("first");
        }
    }

    @Test
    void waitsForRequestsAndSaysWhatItSawInstead() {
        CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> api.create(CLAIMS, "a"));
        assertThat(proxy.awaitRequests(SOON, requests -> requests.stream().anyMatch(r -> r.status() == 201)))
                .hasSize(1);
        assertThat(answer.join().status()).isEqualTo(201);
        assertThatThrownBy(() -> proxy.awaitRequests(A_WHILE, requests -> requests.size() == 2))
                .hasMessageContaining(CLAIMS);

        proxy.inject(3, Fault.ANSWER_409);
        assertThatThrownBy(() -> proxy.awaitFaults(A_WHILE))
                .hasMessageContaining("1 numbered requests came; faults are set for [3]");
    }

    @Test
    void refusesToChangeThePast() {
        assertThat(api.create(CLAIMS, "a").status()).isEqualTo(201);
        assertThatThrownBy(() -> proxy.inject(1, Fault.ANSWER_409)).hasMessageContaining("the next is 2");
    }

    @Test
    void breaksOffWhenTheServerIsAway() {
        server.close();
        assertThatThrownBy(() -> api.create(CLAIMS, "a")).isInstanceOf(UncheckedIOException.class);
        assertThat(proxy.requests()).extracting(RecordedRequest::status).containsExactly(0);
    }

    @Test
    void kubeconfigLeadsThroughTheProxyAndGoesWithIt() throws IOException {
        Path original = Files.writeString(folder.resolve("original"), """
                clusters:
                - cluster:
                    server: https://127.0.0.1:1
                    certificate-authority-data: aGVsbG8=
                users:
                - user:
                    token: secret
                """);
        Path redirected = proxy.kubeconfig(original);
        assertThat(redirected).content().isEqualTo("""
                clusters:
                - cluster:
                    server: %s
                users:
                - user:
                    token: secret
                """.formatted(proxy.server()));
        proxy.close();
        assertThat(redirected).doesNotExist();
    }
}
