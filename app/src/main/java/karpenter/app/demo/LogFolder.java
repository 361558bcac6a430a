package karpenter.app.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder for the logs of one run; goes with it unless something went wrong. Holds files only, no folders. */
final class LogFolder implements AutoCloseable {
    private final Path path;
    private boolean kept;

    private LogFolder(Path path) {
        this.path = path;
    }

    /** A new one among the system's temporary files, readable by this user alone. */
    static LogFolder create() {
        try {
            return new LogFolder(Files.createTempDirectory("karpenter-demo-"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a folder for logs", e);
        }
    }

    static LogFolder at(Path path) {
        return new LogFolder(path);
    }

    Path path() {
        return path;
    }

    /** Copies every file of the other folder, which is about to go. */
    void add(Path other) {
        try {
            for (Path file : filesOf(other)) {
                Files.copy(file, path.resolve(file.getFileName()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not save the logs of " + other, e);
        }
    }

    /** Lets it stay. */
    void keep() {
        kept = true;
    }

    /** Removes it with all that is in it, unless it is to stay or gone already. */
    @Override
    public void close() {
        if (kept || !Files.isDirectory(path)) {
            return;
        }
        try {
            for (Path file : filesOf(path)) {
                Files.delete(file);
            }
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException("could not remove the logs in " + path, e);
        }
    }

    private static List<Path> filesOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
