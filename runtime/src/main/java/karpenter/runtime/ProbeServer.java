package karpenter.runtime;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the kubelet and Prometheus: {@code /healthz} and {@code /readyz} on the health port, {@code /metrics} on the
 * metrics port. Both ports may be the same.
 *
 * <p>Metrics come as Prometheus text 0.0.4, as OpenMetrics when the scraper asks for it, compressed when it can read
 * that. Each request runs on a virtual thread; nothing runs between requests.
 */
public final class ProbeServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProbeServer.class);
    private static final String PLAIN = "text/plain; charset=utf-8";

    private final HttpServer health;
    private final HttpServer metrics;
    private final ExecutorService executor;

    private ProbeServer(HttpServer health, HttpServer metrics, ExecutorService executor) {
        this.health = health;
        this.metrics = metrics;
        this.executor = executor;
    }

    /**
     * Opens the ports and answers from then on.
     *
     * @param address the address to listen on, null for all
     * @param healthPort 0 for any free port
     * @param metricsPort 0 for any free port; the same number as {@code healthPort}, unless 0, means one server
     * @param readiness asked at each {@code /readyz}; should answer quickly
     * @throws UncheckedIOException when a port can't be opened
     */
    public static ProbeServer start(
            @Nullable InetAddress address,
            int healthPort,
            int metricsPort,
            Metrics registry,
            Supplier<Readiness> readiness) {
        ExecutorService executor = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("probe-", 0).factory());
        HttpServer health = listen(address, healthPort, "health");
        boolean shared = healthPort == metricsPort && healthPort != 0;
        HttpServer metrics;
        try {
            metrics = shared ? health : listen(address, metricsPort, "metrics");
        } catch (UncheckedIOException e) {
            health.stop(0);
            executor.shutdownNow();
            throw e;
        }
        route(health, "/healthz", exchange -> send(exchange, 200, PLAIN, bytes("ok")));
        route(health, "/readyz", exchange -> answerReadiness(exchange, readiness.get()));
        route(metrics, "/metrics", exchange -> answerMetrics(exchange, registry));
        ProbeServer server = new ProbeServer(health, metrics, executor);
        health.setExecutor(executor);
        health.start();
        if (!shared) {
            metrics.setExecutor(executor);
            metrics.start();
        }
        return server;
    }

    /** Returns the port that answers probes. */
    public int healthPort() {
        return health.getAddress().getPort();
    }

    /** Returns the port that answers scrapes. */
    public int metricsPort() {
        return metrics.getAddress().getPort();
    }

    /** Adds a page below {@code path} on the metrics port, such as a profile. */
    public void addMetricsRoute(String path, HttpHandler handler) {
        metrics.createContext(path, handler);
    }

    /** Closes both ports; open requests are cut off. */
    @Override
    public void close() {
        health.stop(0);
        metrics.stop(0);
        executor.shutdownNow();
    }

    private static HttpServer listen(@Nullable InetAddress address, int port, String purpose) {
        try {
            return HttpServer.create(new InetSocketAddress(address, port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Can't listen on " + purpose + " port " + port + ": " + e.getMessage()
                            + ". Maybe another process uses it.",
                    e);
        }
    }

    private static void route(HttpServer server, String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            try (exchange) {
                answer(exchange, path, handler);
            }
        });
    }

    private static void answer(HttpExchange exchange, String path, HttpHandler handler) throws IOException {
        String asked = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        if (!asked.equals(path) && !asked.startsWith(path + "/")) {
            send(exchange, 404, PLAIN, bytes("not found"));
        } else if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            send(exchange, 405, PLAIN, bytes("method not allowed"));
        } else {
            try {
                handler.handle(exchange);
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).addKeyValue("path", path).log("A probe failed");
                send(exchange, 500, PLAIN, bytes("internal error"));
            }
        }
    }

    private static void answerReadiness(HttpExchange exchange, Readiness readiness) throws IOException {
        switch (readiness) {
            case Readiness.Ready _ -> send(exchange, 200, PLAIN, bytes("ok"));
            case Readiness.NotReady not -> send(exchange, 500, PLAIN, bytes("not ready: " + not.reason()));
        }
    }

    private static void answerMetrics(HttpExchange exchange, Metrics registry) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream(64 << 10);
        String type;
        if (header(exchange, "Accept").contains("application/openmetrics-text")) {
            OpenMetricsTextFormatWriter writer = OpenMetricsTextFormatWriter.create();
            type = writer.getContentType();
            writer.write(text, registry.scrape());
        } else {
            type = PrometheusText.CONTENT_TYPE;
            PrometheusText.write(text, registry.scrape());
        }
        send(exchange, 200, type, text.toByteArray());
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        // Below a packet's size compression only costs.
        if (body.length > 1400 && header(exchange, "Accept-Encoding").contains("gzip")) {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            exchange.sendResponseHeaders(status, 0);
            try (OutputStream out = new GZIPOutputStream(exchange.getResponseBody())) {
                out.write(body);
            }
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private static String header(HttpExchange exchange, String name) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
