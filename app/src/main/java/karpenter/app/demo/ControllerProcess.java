package karpenter.app.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import karpenter.app.options.Flag;
import karpenter.app.options.Options;

/** The controller as its own process, with the flags it ships with, so that what the demo measures is what a user runs. */
public final class ControllerProcess implements RunningController {
    private static final int FIRST_PORT = 10_000;
    private static final int LAST_PORT = 20_000;
    private static final int MOST_PORTS_TRIED = 100;

    private static final Duration PROBE_INTERVAL = Duration.ofMillis(10);
    private static final Duration SAMPLE_INTERVAL = Duration.ofMillis(100);

    /** Training adds the assembly of the start-up cache to the end. */
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);

    private static final Duration TRAINED_STOP_DEADLINE = Duration.ofMinutes(3);

    private final BackgroundProcess process;
    private final int healthPort;
    private final int metricsPort;
    private final long startedNanos;
    private final Thread sampler;
    private volatile long peakRssKib;

    private ControllerProcess(BackgroundProcess process, int healthPort, int metricsPort, long startedNanos) {
        this.process = process;
        this.healthPort = healthPort;
        this.metricsPort = metricsPort;
        this.startedNanos = startedNanos;
        this.sampler = Thread.ofVirtual().name("rss-sampler").start(this::sample);
    }

    /**
     * Starts it against a cluster.
     *
     * @param jvmFlags flags after those it ships with, to train the start-up cache; empty otherwise
     */
    static ControllerProcess start(Path kubeconfig, Path log, List<String> jvmFlags) {
        return start(kubeconfig, log, jvmFlags, List.of());
    }

    /**
     * Starts it against a cluster.
     *
     * @param jvmFlags flags after those it ships with, to train the start-up cache; empty otherwise
     * @param settings the controller's own flags, after those that keep it on this machine
     */
    public static ControllerProcess start(Path kubeconfig, Path log, List<String> jvmFlags, List<String> settings) {
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
        command.addAll(settings);
        long startedNanos = System.nanoTime();
        BackgroundProcess process = BackgroundProcess.start(
                command,
                log,
                ControllerProcess::withoutSettings,
                jvmFlags.isEmpty() ? STOP_DEADLINE : TRAINED_STOP_DEADLINE);
        return new ControllerProcess(process, healthPort, metricsPort, startedNanos);
    }

    /** Settings in the surrounding shell are not the demo's. */
    private static void withoutSettings(Map<String, String> environment) {
        Set<String> settings = Options.FLAGS.stream().map(Flag::environment).collect(Collectors.toSet());
        environment.keySet().removeIf(name -> name.startsWith("KUBERNETES_") || settings.contains(name));
    }

    /**
     * A port that nobody listens on. Not one of those that systems give to outgoing connections: until it is listened on, one of
     * them could take it.
     */
    static int freePort() {
        IOException taken = new IOException("none tried");
        for (int attempt = 0; attempt < MOST_PORTS_TRIED; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                taken = e;
            }
        }
        throw new UncheckedIOException("no free port on the loopback address", taken);
    }

    /**
     * Waits until it answers ready.
     *
     * @return time from exec to the first ready answer
     * @throws IllegalStateException saying what it did instead when it exits or takes too long
     */
    public Duration awaitReady(Duration deadline) throws InterruptedException {
        HttpRequest probe = HttpRequest.newBuilder(health().resolve("/readyz"))
                .timeout(Duration.ofSeconds(2))
                .build();
        try (HttpClient http =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build()) {
            while (System.nanoTime() - startedNanos < deadline.toNanos()) {
                if (!alive()) {
                    throw new IllegalStateException(
                            "it ended with exit code " + process.process().exitValue());
                }
                try {
                    if (http.send(probe, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                        return Duration.ofNanos(System.nanoTime() - startedNanos);
                    }
                } catch (IOException notYet) {
                    // not listening yet
                }
                process.process().waitFor(PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
        throw new IllegalStateException("it runs, but /readyz does not answer 200");
    }

    /** Where it answers {@code /healthz} and {@code /readyz}. */
    public URI health() {
        return URI.create("http://127.0.0.1:" + healthPort);
    }

    /** Where it answers {@code /metrics}. */
    public URI metrics() {
        return URI.create("http://127.0.0.1:" + metricsPort);
    }

    /** The process itself, to be asked how it ended, or to be killed. */
    public Process process() {
        return process.process();
    }

    long pid() {
        return process.process().pid();
    }

    public Path log() {
        return process.log();
    }

    @Override
    public String tail() {
        return process.tail();
    }

    @Override
    public boolean alive() {
        return process.alive();
    }

    @Override
    public long peakRssMib() {
        return Math.round(peakRssKib / 1024.0);
    }

    @Override
    public Duration cpu() {
        return process.process().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private void sample() {
        Path status = Path.of("/proc/" + pid() + "/status");
        try {
            while (!process.process().waitFor(SAMPLE_INTERVAL)) {
                peakRssKib = Math.max(peakRssKib, residentKib(Files.readAllLines(status)));
            }
        } catch (IOException | InterruptedException ended) {
            // the process is gone, or this system has no /proc
        }
    }

    /** Anonymous and shared memory; pages of mapped files are the system's to drop. */
    static long residentKib(List<String> procStatus) {
        long kib = 0;
        for (String line : procStatus) {
            if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
                kib += Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return kib;
    }

    /** Stops it: by force at once, or after it was asked to and did not. */
    void stop(boolean atOnce) {
        if (atOnce) {
            process.process().destroyForcibly();
        }
        process.close();
        sampler.interrupt();
    }
}
