package karpenter.app.demo;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A process beside this one that writes to a log file. It has a session of its own where the system offers that, so that
 * Ctrl-C reaches this process alone and the other can still be asked to clean up.
 */
final class BackgroundProcess implements AutoCloseable {
    private static final int TAIL_LINES = 15;

    private final Process process;
    private final Path log;
    private final Duration stopDeadline;

    private BackgroundProcess(Process process, Path log, Duration stopDeadline) {
        this.process = process;
        this.log = log;
        this.stopDeadline = stopDeadline;
    }

    /**
     * @param environment changes what the process inherits
     * @param stopDeadline how long it may take to end when asked to, before it is killed
     */
    static BackgroundProcess start(
            List<String> command, Path log, Consumer<Map<String, String>> environment, Duration stopDeadline) {
        List<String> whole = new ArrayList<>();
        if (hasSetsid()) {
            whole.add("setsid");
        }
        whole.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(new File("/dev/null"));
        environment.accept(builder.environment());
        try {
            return new BackgroundProcess(builder.start(), log, stopDeadline);
        } catch (IOException e) {
            throw new UncheckedIOException("could not start " + command.getFirst(), e);
        }
    }

    /** It becomes the program without forking, as long as it leads no process group, which a child of ours never does. */
    private static boolean hasSetsid() {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(File.pathSeparator, -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "setsid")));
    }

    Process process() {
        return process;
    }

    boolean alive() {
        return process.isAlive();
    }

    Path log() {
        return log;
    }

    /** The end of its log. */
    String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException unreadable) {
            return "(no log: " + unreadable.getMessage() + ")";
        }
    }

    /** Asks it to end, waits, and insists. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(stopDeadline)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
