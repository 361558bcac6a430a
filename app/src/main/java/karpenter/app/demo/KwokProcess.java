package karpenter.app.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import karpenter.testbed.ClusterBinary;

/** KWOK beside an existing cluster: plays the kubelets of the demo's nodes and leaves every other node alone. */
final class KwokProcess implements AutoCloseable {
    /** What a node must have on top of the label to be played; the provider of simulated machines sets it. */
    static final String FAKE_ANNOTATION = "kwok.x-k8s.io/node";

    private static final Duration STOP_DEADLINE = Duration.ofSeconds(10);
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(25);

    private final BackgroundProcess process;
    private final int port;

    private KwokProcess(BackgroundProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts it.
     *
     * @param nodeLabels selector that the nodes it plays must match too
     * @param folder for its configuration and its log
     */
    static KwokProcess start(Path kubeconfig, String nodeLabels, Path folder) throws InterruptedException {
        Path cluster = ClusterBinary.find();
        Path program = cluster.resolveSibling("kwok");
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException("no program " + program + ". Maybe it was not built: run ./x setup");
        }
        Path configuration = folder.resolve("kwok.yaml");
        writeConfiguration(cluster, configuration);
        int port = ControllerProcess.freePort();
        List<String> command = List.of(
                program.toString(),
                "--config=" + configuration,
                "--kubeconfig=" + kubeconfig,
                "--manage-all-nodes=false",
                "--manage-nodes-with-annotation-selector=" + FAKE_ANNOTATION + "=fake",
                "--manage-nodes-with-label-selector=" + nodeLabels,
                // An address of documentation's (RFC 5737): fake nodes answer nothing.
                "--node-ip=192.0.2.1",
                "--node-lease-duration-seconds=40",
                "--server-address=127.0.0.1:" + port);
        return new KwokProcess(
                BackgroundProcess.start(command, folder.resolve("kwok.log"), environment -> {}, STOP_DEADLINE), port);
    }

    /** The test bed's own: nodes become Ready at once, pods run at once. */
    private static void writeConfiguration(Path cluster, Path file) throws InterruptedException {
        try {
            Process printing = new ProcessBuilder(cluster.toString(), "kwok-config")
                    .redirectOutput(file.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (printing.waitFor() != 0) {
                throw new IllegalStateException(
                        cluster + " can't print KWOK's configuration. Maybe it is of another version: run ./x setup");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not start " + cluster, e);
        }
    }

    /** @throws IllegalStateException with the end of its log when it ends or is not healthy in time */
    void awaitHealthy(Duration deadline) throws InterruptedException {
        HttpRequest probe = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/healthz"))
                .timeout(Duration.ofSeconds(2))
                .build();
        long startNanos = System.nanoTime();
        try (HttpClient http =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build()) {
            while (alive() && System.nanoTime() - startNanos < deadline.toNanos()) {
                try {
                    if (http.send(probe, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                        return;
                    }
                } catch (IOException notYet) {
                    // not listening yet
                }
                process.process().waitFor(PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
        throw new IllegalStateException(
                "KWOK " + (alive() ? "is not healthy" : "ended") + "; its last lines:\n" + process.tail());
    }

    boolean alive() {
        return process.alive();
    }

    @Override
    public void close() {
        process.close();
    }
}
