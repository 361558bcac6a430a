package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ProbeServerTest {
    private final Metrics metrics = Metrics.create();
    private final AtomicReference<Readiness> readiness = new AtomicReference<>(Readiness.ready());
    private final InetAddress loopback = InetAddress.getLoopbackAddress();
    private final ProbeServer server = ProbeServer.start(loopback, 0, 0, metrics, readiness::get);
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void isAliveAsLongAsItAnswers() throws Exception {
        assertThat(get(server.healthPort(), "/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void tellsWhyItIsNotReady() throws Exception {
        assertThat(get(server.healthPort(), "/readyz").statusCode()).isEqualTo(200);
        readiness.set(Readiness.notReady("cache not synced"));
        HttpResponse<String> response = get(server.healthPort(), "/readyz");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).contains("cache not synced");
    }

    @Test
    void servesMetricsAsPrometheusTextAndAsOpenMetricsWhenAsked() throws Exception {
        metrics.counter("c_total", "help").inc();
        HttpResponse<String> text = get(server.metricsPort(), "/metrics");
        assertThat(text.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(text.body()).contains("c_total 1\n");
        HttpResponse<String> open =
                get(server.metricsPort(), "/metrics", "Accept", "application/openmetrics-text;version=1.0.0");
        assertThat(open.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/openmetrics-text");
        assertThat(open.body()).endsWith("# EOF\n");
    }

    @Test
    void compressesForThoseWhoCanRead() throws Exception {
        metrics.withProcessMetrics();
        HttpRequest request = HttpRequest.newBuilder(uri(server.metricsPort(), "/metrics"))
                .header("Accept-Encoding", "gzip")
                .build();
        byte[] body =
                client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
        String text;
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(text).contains("process_cpu_seconds_total");
    }

    @Test
    void knowsOnlyItsPathsAndReading() throws Exception {
        assertThat(get(server.healthPort(), "/healthzzz").statusCode()).isEqualTo(404);
        assertThat(get(server.healthPort(), "/metrics").statusCode()).isEqualTo(404);
        HttpRequest post = HttpRequest.newBuilder(uri(server.healthPort(), "/healthz"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(405);
        HttpRequest head = HttpRequest.newBuilder(uri(server.healthPort(), "/healthz"))
                .HEAD()
                .build();
        assertThat(client.send(head, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
    }

    @Test
    void answersAfterAReadinessCheckThatThrew() throws Exception {
        try (ProbeServer broken = ProbeServer.start(loopback, 0, 0, metrics, () -> {
            throw new IllegalStateException("bug");
        })) {
            assertThat(get(broken.healthPort(), "/readyz").statusCode()).isEqualTo(500);
            assertThat(get(broken.healthPort(), "/healthz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void servesBothOnOnePort() throws Exception {
        int port;
        try (ProbeServer first = ProbeServer.start(loopback, 0, 0, metrics, readiness::get)) {
            port = first.healthPort();
        }
        try (ProbeServer one = ProbeServer.start(loopback, port, port, metrics, readiness::get)) {
            assertThat(get(one.metricsPort(), "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(one.healthPort(), "/metrics").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void servesAnAddedPageOnTheMetricsPort() throws Exception {
        server.addMetricsRoute("/debug/threads", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(204, -1);
            }
        });
        assertThat(get(server.metricsPort(), "/debug/threads").statusCode()).isEqualTo(204);
    }

    @Test
    void saysWhichPortIsTaken() {
        assertThatThrownBy(() -> ProbeServer.start(loopback, 0, server.healthPort(), metrics, readiness::get))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("metrics port " + server.healthPort());
    }

    private HttpResponse<String> get(int port, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(port, path)).timeout(Duration.ofSeconds(10));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(int port, String path) {
        return URI.create("http://" + loopback.getHostAddress() + ":" + port + path);
    }
}
