package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import karpenter.testbed.ControlPlane.Options;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The proxy before a real API server. */
@Timeout(120)
class FaultProxyIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    private static ControlPlane controlPlane;
    private static KubeApi direct;

    @BeforeAll
    static void start() {
        controlPlane = ControlPlane.start(Options.defaults());
        direct = KubeApi.of(controlPlane.kubeconfig());
    }

    @AfterAll
    static void stop() {
        direct.close();
        controlPlane.close();
    }

    private static String configMap(String name) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: %s}
                """.formatted(name);
    }

    @Test
    void clientSeesAndChangesTheClusterThroughIt() {
        try (FaultProxy proxy = FaultProxy.start(controlPlane.kubeconfig());
                KubeApi api = KubeApi.of(proxy.kubeconfig(controlPlane.kubeconfig()));
                KubeApi karpenter = KubeApi.of(proxy.kubeconfig(controlPlane.karpenterKubeconfig()));
                KubeApi.Watch watch = api.watch(CONFIG_MAPS)) {
            assertThat(karpenter.get("/api/v1/nodes").status()).isEqualTo(403);
            api.create(CONFIG_MAPS, configMap("through")).orThrow();
            assertThat(watch.next(SOON, event -> event.contains("\"through\""))).contains("\"ADDED\"");
            api.apply(CONFIG_MAPS + "/through", configMap("through") + "data: {a: b}\n")
                    .orThrow();
            api.mergePatch(CONFIG_MAPS + "/through", "{\"data\":{\"a\":\"c\"}}").orThrow();
            assertThat(direct.get(CONFIG_MAPS + "/through").body()).contains("\"a\":\"c\"");
            assertThat(api.table(CONFIG_MAPS).body()).contains("\"kind\":\"Table\"", "\"through\"");
            api.delete(CONFIG_MAPS + "/through").orThrow();
            assertThat(watch.next(SOON, event -> event.contains("\"DELETED\""))).contains("\"through\"");
            assertThat(proxy.requests()).extracting(RecordedRequest::status).containsExactly(201, 200, 200, 200);
        }
    }

    @Test
    void lostAnswerLeavesItsEffectAndLostRequestNone() {
        try (FaultProxy proxy = FaultProxy.start(controlPlane.kubeconfig());
                KubeApi api = KubeApi.of(proxy.kubeconfig(controlPlane.kubeconfig()))) {
            proxy.onKill(() -> {}).inject(1, Fault.KILL_BEFORE).inject(2, Fault.KILL_AFTER);
            assertThatThrownBy(() -> api.create(CONFIG_MAPS, configMap("lost")))
                    .isInstanceOf(UncheckedIOException.class);
            assertThat(direct.get(CONFIG_MAPS + "/lost").status()).isEqualTo(404);
            assertThatThrownBy(() -> api.create(CONFIG_MAPS, configMap("lost")))
                    .isInstanceOf(UncheckedIOException.class);
            proxy.awaitFaults(SOON);
            assertThat(direct.get(CONFIG_MAPS + "/lost").status()).isEqualTo(200);
            assertThat(api.create(CONFIG_MAPS, configMap("lost")).status()).isEqualTo(409);
        }
    }

    @Test
    void watchIsCutAndTakenUpAgain() {
        try (FaultProxy proxy = FaultProxy.start(controlPlane.kubeconfig());
                KubeApi api = KubeApi.of(proxy.kubeconfig(controlPlane.kubeconfig()));
                KubeApi.Watch watch = api.watch(CONFIG_MAPS)) {
            proxy.cutConnections();
            watch.awaitEnd(SOON);
            try (KubeApi.Watch next = api.watch(CONFIG_MAPS)) {
                direct.create(CONFIG_MAPS, configMap("after-the-cut")).orThrow();
                assertThat(next.next(SOON, event -> event.contains("after-the-cut")))
                        .contains("\"ADDED\"");
            }
        }
    }

    @Test
    void watchOverWebSocketIsPassedOnHeldAndCut() throws Exception {
        try (FaultProxy proxy = FaultProxy.start(controlPlane.kubeconfig());
                HttpClient client = HttpClient.newHttpClient()) {
            BlockingQueue<String> events = new LinkedBlockingQueue<>();
            client.newWebSocketBuilder()
                    .header("Origin", "http://127.0.0.1") // the API server refuses those without
                    .header(
                            "Authorization",
                            "Bearer "
                                    + Kubeconfig.read(controlPlane.kubeconfig()).token())
                    .buildAsync(
                            URI.create(proxy.server().toString().replace("http", "ws") + CONFIG_MAPS + "?watch=true"),
                            listener(events))
                    .join();
            direct.create(CONFIG_MAPS, configMap("by-socket")).orThrow();
            assertThat(next(events, "by-socket")).contains("ADDED");

            proxy.holdWatches(true);
            direct.create(CONFIG_MAPS, configMap("held")).orThrow();
            assertThat(events.poll(100, TimeUnit.MILLISECONDS)).isNull();
            proxy.holdWatches(false);
            assertThat(next(events, "held")).contains("ADDED");

            proxy.cutConnections();
            assertThat(next(events, "the end")).isEqualTo("the end");
            assertThat(proxy.requests()).isEmpty();
        }
    }

    private static String next(BlockingQueue<String> events, String wanted) throws InterruptedException {
        while (true) {
            String event = events.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
            assertThat(event).as(wanted).isNotNull();
            if (event.contains(wanted)) {
                return event;
            }
        }
    }

    private static WebSocket.Listener listener(BlockingQueue<String> events) {
        return new WebSocket.Listener() {
            private final StringBuilder text = new StringBuilder();

            @Override
            public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
                text.append(part);
                if (last) {
                    events.add(text.toString());
                    text.setLength(0);
                }
                socket.request(1);
                return null;
            }

            @Override
            public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
                events.add("the end");
                return null;
            }

            @Override
            public void onError(WebSocket socket, Throwable error) {
                events.add("the end");
            }
        };
    }
}
