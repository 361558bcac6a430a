package karpenter.kube.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import karpenter.runtime.Metrics;
import karpenter.runtime.RateLimiter;
import org.jspecify.annotations.Nullable;

/** An HTTP server that does with each request what the test says, when the test says it. */
public final class ScriptedServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();

    public ScriptedServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", exchange -> requests.add(new Request(exchange)));
        server.start();
    }

    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public ApiClient client() {
        return client(RateLimiter.unlimited(), null);
    }

    public ApiClient client(RateLimiter limiter, @Nullable Metrics metrics) {
        Config config = Config.empty();
        config.setMasterUrl(address() + "/");
        return ApiClient.of(config, "karpenter/test", limiter, new ApiMetrics(metrics));
    }

    /** The next request; fails when none comes. */
    public Request take() {
        try {
            return Objects.requireNonNull(requests.poll(20, TimeUnit.SECONDS), "no request came");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many requests wait for an answer. */
    public int waiting() {
        return requests.size();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** A request that waits for its answer. */
    public static final class Request {
        private final HttpExchange exchange;
        private final String body;

        Request(HttpExchange exchange) throws IOException {
            this.exchange = exchange;
            this.body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        }

        /** Method, path and query. */
        public String line() {
            return exchange.getRequestMethod() + " " + exchange.getRequestURI();
        }

        public String body() {
            return body;
        }

        public String header(String name) {
            return Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst(name), "");
        }

        /** Answers in full. */
        public void answer(int status, String json, String... headers) {
            try {
                for (int i = 0; i < headers.length; i += 2) {
                    exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
                }
                byte[] bytes = json.getBytes(UTF_8);
                exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
                exchange.getResponseBody().write(bytes);
                exchange.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Promises a body longer than the piece, sends the piece and drops the connection. */
        public void breakOffAfter(String piece) {
            try {
                byte[] bytes = piece.getBytes(UTF_8);
                exchange.sendResponseHeaders(200, bytes.length + 1_000);
                exchange.getResponseBody().write(bytes);
                exchange.getResponseBody().flush();
                exchange.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Answers 200 and leaves the body open. */
        public Request begin() {
            try {
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().flush(); // the head would wait for the body otherwise
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Sends a piece of the open body. */
        public Request send(String piece) {
            try {
                exchange.getResponseBody().write(piece.getBytes(UTF_8));
                exchange.getResponseBody().flush();
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Ends the open body in order. */
        public void end() {
            exchange.close();
        }
    }
}
