package karpenter.app.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How to start this very program again. */
final class JavaCommand {
    /** System property: the folder of the distribution that this program runs from. */
    static final String DIST = "karpenter.dist";

    /** System property: {@code false} starts without the start-up cache, to measure what it gains. */
    static final String CACHE = "karpenter.aot";

    private JavaCommand() {}

    /**
     * The command line up to and including the main class: the shipped flags and the start-up cache when this is a built
     * distribution, this process's own class path otherwise (in tests).
     *
     * @param jvmFlags further flags, after the shipped ones; with any, the start-up cache is not used but made
     */
    static List<String> ofThisProgram(List<String> jvmFlags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        String dist = System.getProperty(DIST, "");
        Path arguments = Path.of(dist, "java.args");
        if (!dist.isEmpty() && Files.exists(arguments)) {
            command.add("@" + arguments);
            Path cache = Path.of(dist, "karpenter.aot");
            if (jvmFlags.isEmpty()
                    && Files.exists(cache)
                    && !System.getProperty(CACHE, "").equals("false")) {
                command.add("-XX:AOTCache=" + cache);
            }
        } else {
            command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        }
        command.addAll(jvmFlags);
        command.add("karpenter.app.Main");
        return command;
    }
}
