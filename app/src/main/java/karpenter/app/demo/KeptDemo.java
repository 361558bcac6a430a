package karpenter.app.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The cluster that an earlier demo left running: which processes, and the kubeconfig at a known place. A process is known by
 * its start time too, so that a number the system has given to another is left alone.
 */
final class KeptDemo {
    /** System property: the folder of what outlives one run. */
    static final String CACHE = "karpenter.cache";

    private static final Duration STOP_DEADLINE = Duration.ofSeconds(40);

    private final Path kubeconfig;
    private final Path processes;

    private KeptDemo(Path folder) {
        this.kubeconfig = folder.resolve("demo.kubeconfig");
        this.processes = folder.resolve("demo.processes");
    }

    /** That of this checkout, or of this user where there is none. */
    static KeptDemo atUsualPlace() {
        String folder = System.getProperty(CACHE, "");
        return in(folder.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache", "karpenter") : Path.of(folder));
    }

    static KeptDemo in(Path folder) {
        return new KeptDemo(folder);
    }

    Path kubeconfig() {
        return kubeconfig;
    }

    boolean exists() {
        return Files.exists(processes);
    }

    /**
     * Remembers what is left running.
     *
     * @param logs folder that goes with them
     * @param pids in the order they are to be ended
     */
    void remember(Path clusterKubeconfig, Path logs, List<Long> pids) {
        List<String> lines = new ArrayList<>();
        lines.add(logs.toString());
        for (long pid : pids) {
            ProcessHandle.of(pid).ifPresent(handle -> lines.add(pid + " " + startMillis(handle)));
        }
        try {
            Files.createDirectories(processes.getParent());
            Files.write(processes, lines);
            Files.deleteIfExists(kubeconfig);
            Files.createFile(
                    kubeconfig, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(kubeconfig, Files.readAllBytes(clusterKubeconfig));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remember the cluster in " + processes, e);
        }
    }

    private static long startMillis(ProcessHandle handle) {
        return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /**
     * Ends what still runs, and forgets it.
     *
     * @return how many processes were ended
     */
    int end() throws InterruptedException {
        int ended = 0;
        try {
            List<String> lines = exists() ? Files.readAllLines(processes) : List.of();
            for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
                String[] words = line.split(" ", -1);
                ProcessHandle handle =
                        ProcessHandle.of(Long.parseLong(words[0])).orElse(null);
                if (handle != null && startMillis(handle) == Long.parseLong(words[1])) {
                    end(handle);
                    ended++;
                }
            }
            if (!lines.isEmpty()) {
                LogFolder.at(Path.of(lines.getFirst())).close();
            }
            Files.deleteIfExists(kubeconfig);
            Files.deleteIfExists(processes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or remove " + processes, e);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException malformed) {
            throw new IllegalStateException(
                    processes + " is not what a demo wrote. Maybe delete it, after ending the processes it names",
                    malformed);
        }
        return ended;
    }

    private static void end(ProcessHandle handle) throws InterruptedException {
        handle.destroy();
        try {
            handle.onExit().get(STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException stubborn) {
            handle.destroyForcibly();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("waiting for process " + handle.pid() + " failed", impossible);
        }
    }
}
