package karpenter.app.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The controller as its own process, with the flags it ships with, so that what the demo measures is what a user runs. Ends
 * with {@link #close()}, or with this process.
 */
final class ControllerProcess implements AutoCloseable {
    private static final Duration READY_DEADLINE = Duration.ofSeconds(60);
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(10);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);

    private final Process process;
    private final int healthPort;
    private final int metricsPort;
    private final Path log;
    private final long startedNanos;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
    private final Thread sampler;
    private volatile long peakRssKib;

    private ControllerProcess(Process process, int healthPort, int metricsPort, Path log, long startedNanos) {
        this.process = process;
        this.healthPort = healthPort;
        this.metricsPort = metricsPort;
        this.log = log;
        this.startedNanos = startedNanos;
        this.sampler = Thread.ofVirtual().name("rss-sampler").start(this::sample);
    }

    /**
     * Starts it against a cluster.
     *
     * @param jvmFlags flags before those it ships with, for example to train the start-up cache
     * @param flags the controller's own flags, after those the demo needs
     */
    static ControllerProcess start(Path kubeconfig, Path log, List<String> jvmFlags, List<String> flags)
            throws IOException {
        int healthPort = freePort();
        int metricsPort = freePort();
        List<String> command = new ArrayList<>(JavaCommand.ofThisProgram(jvmFlags));
        command.addAll(List.of(
                "controller",
                "--kubeconfig=" + kubeconfig,
                "--bind-address=127.0.0.1",
                "--health-probe-port=" + healthPort,
                "--metrics-port=" + metricsPort,
                "--leader-election-namespace=kube-system"));
        command.addAll(flags);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        // Settings of the surrounding shell are not the demo's.
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("KUBERNETES_") || name.equals("LOG_LEVEL"));
        long startedNanos = System.nanoTime();
        return new ControllerProcess(builder.start(), healthPort, metricsPort, log, startedNanos);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /**
     * Waits until it answers ready.
     *
     * @return time from exec to the first ready answer
     * @throws IllegalStateException with the end of its log when it exits or takes too long
     */
    Duration awaitReady() throws InterruptedException {
        HttpRequest probe = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + healthPort + "/readyz"))
                .timeout(Duration.ofSeconds(2))
                .build();
        while (System.nanoTime() - startedNanos < READY_DEADLINE.toNanos()) {
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        "the controller ended with exit code " + process.exitValue() + "; its last lines:\n" + tail());
            }
            try {
                if (http.send(probe, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    return Duration.ofNanos(System.nanoTime() - startedNanos);
                }
            } catch (IOException notYet) {
                // not listening yet
            }
            process.waitFor(PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        }
        throw new IllegalStateException(
                "the controller was not ready after " + READY_DEADLINE.toSeconds() + " s; its last lines:\n" + tail());
    }

    /** The metrics page, or null when it can't be had. */
    @Nullable
    String metrics() throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + metricsPort + "/metrics"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException gone) {
            return null;
        }
    }

    /** The end of its log. */
    String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
        } catch (IOException unreadable) {
            return "(no log: " + unreadable.getMessage() + ")";
        }
    }

    boolean alive() {
        return process.isAlive();
    }

    /** Highest anonymous + shared resident memory seen, in MiB; 0 where the system does not say. */
    long peakRssMib() {
        return Math.round(peakRssKib / 1024.0);
    }

    /** CPU time used so far, user and system. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private void sample() {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        try {
            while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
                long kib = 0;
                for (String line : Files.readAllLines(status)) {
                    if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
                        kib += Long.parseLong(line.replaceAll("\\D", ""));
                    }
                }
                peakRssKib = Math.max(peakRssKib, kib);
            }
        } catch (IOException | InterruptedException ended) {
            // the process is gone, or this system has no /proc
        }
    }

    /** Asks it to stop, waits, and insists. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        sampler.interrupt();
    }
}
