package karpenter.app.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import karpenter.app.demo.ControllerProcess;
import org.jspecify.annotations.Nullable;

/**
 * The controller as its own process and the kubelet beside it, which starts it anew whenever it has ended. Its logs are in a
 * folder of their own, one for each start.
 */
final class SupervisedController implements AutoCloseable {
    private static final Duration READY_DEADLINE = Duration.ofMinutes(2);
    private static final Duration PROBE_DEADLINE = Duration.ofSeconds(10);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(60);
    private static final Duration FORGOTTEN_DEADLINE = Duration.ofSeconds(60);
    private static final long LOOK_INTERVAL_MILLIS = 50;
    private static final long DUMP_SECONDS = 30;

    /** A controller that ends again and again would go on for ever. */
    private static final int MOST_STARTS = 20;

    private final Path kubeconfig;
    private final Path logs;
    private final List<String> settings;
    private final List<Integer> exitCodes = new ArrayList<>();
    private @Nullable ControllerProcess running;
    private int starts;
    private boolean killing;
    private boolean stopping;
    private final Thread atEnd = Thread.ofPlatform().unstarted(this::destroy);

    /**
     * @param name of the folder of its logs, below {@code target/scenarios}
     * @param settings the controller's flags
     */
    SupervisedController(Path kubeconfig, String name, List<String> settings) {
        this.kubeconfig = kubeconfig;
        this.settings = List.copyOf(settings);
        this.logs = Path.of("target", "scenarios", name).toAbsolutePath();
        try {
            Files.createDirectories(logs);
        } catch (IOException e) {
            throw new UncheckedIOException("no folder for logs", e);
        }
        Runtime.getRuntime().addShutdownHook(atEnd);
    }

    /** Starts it, and keeps it running from now on. */
    synchronized SupervisedController start() {
        starts++;
        ControllerProcess started =
                ControllerProcess.start(kubeconfig, logs.resolve("controller-" + starts + ".log"), List.of(), settings);
        running = started;
        Thread.ofVirtual().name("supervisor").start(() -> supervise(started.process()));
        return this;
    }

    private void supervise(Process process) {
        try {
            process.waitFor();
            ended(process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void ended(Process process) {
        if (!killing && !stopping) {
            if (lostAPort()) {
                starts--;
            } else {
                exitCodes.add(process.exitValue());
            }
        }
        killing = false;
        notifyAll();
        if (!stopping && starts < MOST_STARTS) {
            start();
        }
    }

    /** Between the choice of a port and its use another process may take it; that is no start at all. */
    private boolean lostAPort() {
        return running().tail().contains("Address already in use");
    }

    /**
     * Waits until the controller knows of no pod of that name's beginning. A controller that has not heard yet that pods are
     * gone makes good for what they lose.
     */
    SupervisedController awaitForgotten(String podNames) throws InterruptedException {
        long end = System.nanoTime() + FORGOTTEN_DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            awaitReady();
            ControllerProcess process = running();
            try {
                boolean known = page(process.metrics().resolve("/metrics"))
                        .lines()
                        .anyMatch(line ->
                                line.startsWith("karpenter_pods_state{") && line.contains("name=\"" + podNames + "-"));
                if (!known) {
                    return this;
                }
            } catch (UncheckedIOException ended) {
                // The next one is asked.
            }
            process.process().waitFor(LOOK_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        }
        throw new AssertionError("the controller still knows of pods " + podNames);
    }

    synchronized ControllerProcess running() {
        if (running == null) {
            throw new IllegalStateException("it was not started");
        }
        return running;
    }

    /** Waits until it answers ready, the new one if it was killed. */
    SupervisedController awaitReady() throws InterruptedException {
        while (true) {
            ControllerProcess process;
            synchronized (this) {
                while (killing) {
                    wait();
                }
                process = running();
            }
            try {
                process.awaitReady(READY_DEADLINE);
                return this;
            } catch (IllegalStateException e) {
                if (!isKilled(process)) {
                    throw e;
                }
            }
        }
    }

    /** Whether it was killed meanwhile, so that its successor counts. */
    @SuppressWarnings("ReferenceEquality") // a process is the same or another one
    private synchronized boolean isKilled(ControllerProcess process) {
        return killing || running != process;
    }

    /** Kills it, as a node that loses its power does. It is dead when this returns, and started anew soon after. */
    void kill() {
        Process process;
        synchronized (this) {
            killing = true;
            process = running().process();
        }
        process.destroyForcibly().onExit().join();
    }

    /** Exit codes of ends that nobody asked for. */
    synchronized List<Integer> exitCodes() {
        return List.copyOf(exitCodes);
    }

    synchronized int starts() {
        return starts;
    }

    Path logs() {
        return logs;
    }

    /** Writes beside its logs what all its threads are at, for a failure to be understood; nothing when it has ended. */
    void dumpThreads() {
        if (!running().alive()) {
            return;
        }
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        String pid = Long.toString(running().process().pid());
        try {
            // Two views: the first one has the virtual threads, the second one what carries them and who holds which
            // lock.
            new ProcessBuilder(
                            jcmd.toString(),
                            pid,
                            "Thread.dump_to_file",
                            "-overwrite",
                            logs.resolve("threads.txt").toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectErrorStream(true)
                    .start()
                    .waitFor(DUMP_SECONDS, TimeUnit.SECONDS);
            new ProcessBuilder(jcmd.toString(), pid, "Thread.print", "-l")
                    .redirectErrorStream(true)
                    .redirectOutput(logs.resolve("carriers.txt").toFile())
                    .start()
                    .waitFor(DUMP_SECONDS, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException("can't ask for the threads with " + jcmd, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks its probe; returns the status. */
    int probe(String path) throws InterruptedException {
        return answer(running().health().resolve(path)).statusCode();
    }

    /** Reads a page of it, metrics for example. */
    String page(URI address) throws InterruptedException {
        return answer(address).body();
    }

    private static HttpResponse<String> answer(URI address) throws InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(address).timeout(PROBE_DEADLINE).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from " + address, e);
        }
    }

    /** Asks it to end for good; returns its exit code. */
    int stop() throws InterruptedException {
        Process process;
        synchronized (this) {
            stopping = true;
            process = running().process();
        }
        process.destroy();
        if (!process.waitFor(STOP_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("it has not ended within " + STOP_DEADLINE.toSeconds() + " s of SIGTERM");
        }
        return process.exitValue();
    }

    private synchronized void destroy() {
        stopping = true;
        if (running != null) {
            running.process().destroyForcibly();
        }
    }

    @Override
    public void close() {
        destroy();
        if (running != null) {
            running().process().onExit().join();
        }
        Runtime.getRuntime().removeShutdownHook(atEnd);
    }
}
