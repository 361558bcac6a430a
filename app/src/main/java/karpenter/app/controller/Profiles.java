package karpenter.app.controller;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import karpenter.runtime.ProbeServer;
import org.jspecify.annotations.Nullable;

/**
 * Profiles under upstream's paths on the metrics port ({@code --enable-profiling}): a flight recording where Go has its CPU
 * profile, a class histogram for the heap, a thread dump with virtual threads for goroutines. For {@code jfr}, JDK Mission
 * Control and eyes, not for {@code go tool pprof}.
 */
final class Profiles {
    private static final String ROOT = "/debug/pprof/";
    private static final Duration DEFAULT_LENGTH = Duration.ofSeconds(30);
    private static final long MOST_SECONDS = 300;
    private static final Pattern SECONDS = Pattern.compile("(?:^|&)seconds=(\\d{1,4})(?:&|$)");
    private static final String TEXT = "text/plain; charset=utf-8";

    private final ReentrantLock recording = new ReentrantLock();

    private Profiles() {}

    static void addTo(ProbeServer server) {
        Profiles profiles = new Profiles();
        Map<String, HttpHandler> pages = Map.of(
                "profile", profiles::record,
                "heap", exchange -> diagnose(exchange, "gcClassHistogram"),
                "allocs", exchange -> diagnose(exchange, "gcClassHistogram"),
                "goroutine", exchange -> diagnose(exchange, "threadPrint"),
                "threadcreate", exchange -> diagnose(exchange, "threadPrint"),
                "cmdline", exchange -> send(exchange, TEXT, bytes(commandLine())));
        pages.forEach((page, handler) -> server.addMetricsRoute(ROOT + page, handler));
        server.addMetricsRoute(
                ROOT,
                exchange -> send(
                        exchange,
                        TEXT,
                        bytes("profiles: "
                                + String.join(
                                        ", ", pages.keySet().stream().sorted().toList()) + "\n")));
    }

    private void record(HttpExchange exchange) throws IOException {
        if (!recording.tryLock()) {
            byte[] busy = bytes("another recording is running; try again when it has ended\n");
            exchange.sendResponseHeaders(409, busy.length);
            exchange.getResponseBody().write(busy);
            exchange.close();
            return;
        }
        try (Recording flight = new Recording(Configuration.getConfiguration("profile"))) {
            flight.start();
            Thread.sleep(length(exchange.getRequestURI().getRawQuery()));
            flight.stop();
            Path file = Files.createTempFile("karpenter", ".jfr");
            try {
                flight.dump(file);
                send(exchange, "application/octet-stream", Files.readAllBytes(file));
            } finally {
                Files.delete(file);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } catch (java.text.ParseException broken) {
            throw new IllegalStateException("the JDK's own profile settings can't be read", broken);
        } finally {
            recording.unlock();
        }
    }

    static Duration length(@Nullable String query) {
        Matcher seconds = SECONDS.matcher(query == null ? "" : query);
        return seconds.find()
                ? Duration.ofSeconds(Math.clamp(Long.parseLong(seconds.group(1)), 1, MOST_SECONDS))
                : DEFAULT_LENGTH;
    }

    private static void diagnose(HttpExchange exchange, String command) throws IOException {
        try {
            Object answer = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            command,
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
            send(exchange, TEXT, bytes(String.valueOf(answer)));
        } catch (JMException unsupported) {
            throw new IllegalStateException("this JVM can't " + command, unsupported);
        }
    }

    private static String commandLine() {
        return ProcessHandle.current().info().commandLine().orElse("unknown");
    }

    private static void send(HttpExchange exchange, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
