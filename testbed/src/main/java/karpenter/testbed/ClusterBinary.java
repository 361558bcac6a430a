package karpenter.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds the {@code cluster} program, which {@code testbed/build.sh} builds; the other programs are beside it. */
public final class ClusterBinary {
    static final String PROPERTY = "karpenter.testbed.bin";
    static final String VARIABLE = "KARPENTER_TESTBED_BIN";

    private ClusterBinary() {}

    /** @throws IllegalStateException if it was not built; the message says where it was looked for */
    public static Path find() {
        return find(System.getProperty(PROPERTY), System.getenv(VARIABLE), Path.of(""));
    }

    /**
     * Returns the program in the first folder that is given, else in {@code testbed/bin} of the working directory or
     * the nearest folder above it.
     *
     * @param property folder that the system property names
     * @param variable folder that the environment names
     * @throws IllegalStateException if there is none
     */
    static Path find(@Nullable String property, @Nullable String variable, Path workingDirectory) {
        if (property != null && !property.isBlank()) {
            return in(Path.of(property), "the system property " + PROPERTY);
        }
        if (variable != null && !variable.isBlank()) {
            return in(Path.of(variable), "the environment variable " + VARIABLE);
        }
        Path start = workingDirectory.toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            Path program = folder.resolve("testbed").resolve("bin").resolve("cluster");
            if (Files.isExecutable(program)) {
                return program;
            }
        }
        throw new IllegalStateException(
                "No testbed/bin/cluster in " + start + " or above it. Maybe it was not built: run ./x setup");
    }

    private static Path in(Path folder, String source) {
        Path program = folder.resolve("cluster").toAbsolutePath();
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException("No program " + program + ", where " + source
                    + " looks for it. Maybe it was not built: run ./x setup");
        }
        return program;
    }
}
