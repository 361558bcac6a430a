package karpenter.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/** Answers each request with 201 and its body, each watch with the events that a test gives it, and notes what it got. */
final class FakeApiServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Got> got = new CopyOnWriteArrayList<>();
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    final BlockingQueue<String> abandonedWatches = new LinkedBlockingQueue<>();

    record Got(String method, String target, Map<String, List<String>> headers, String body) {
        String request() {
            return (method + " " + target + " " + body).strip();
        }
    }

    FakeApiServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        HttpHandler handler = exchange -> {
            try (exchange) {
                handle(exchange);
            }
        };
        server.createContext("/", handler);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        String target = exchange.getRequestURI().toString();
        got.add(new Got(exchange.getRequestMethod(), target, Map.copyOf(exchange.getRequestHeaders()), body));
        exchange.getResponseHeaders().add("Warning", "299 - \"first\"");
        exchange.getResponseHeaders().add("Warning", "299 - \"second\"");
        if (exchange.getRequestURI().getPath().equals("/nothing")) {
            exchange.sendResponseHeaders(204, -1);
        } else if (target.contains("watch=true")) {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().flush();
            watch(exchange, target);
        } else {
            byte[] answer = ("answer to " + body).getBytes(UTF_8);
            exchange.sendResponseHeaders(201, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private void watch(HttpExchange exchange, String target) {
        try {
            while (true) {
                exchange.getResponseBody().write((events.take() + "\n").getBytes(UTF_8));
                exchange.getResponseBody().flush();
            }
        } catch (IOException e) {
            abandonedWatches.add(target);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    List<Got> got() {
        return got;
    }

    List<String> requests() {
        return got.stream().map(Got::request).toList();
    }

    /** Writes a kubeconfig for this server. */
    Path kubeconfig(Path folder) throws IOException {
        return Files.writeString(folder.resolve("fake.kubeconfig"), """
                apiVersion: v1
                kind: Config
                clusters:
                - name: testbed
                  cluster:
                    server: http://127.0.0.1:%d
                users:
                - name: admin
                  user:
                    token: secret
                """.formatted(
                        server.getAddress().getPort()));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
