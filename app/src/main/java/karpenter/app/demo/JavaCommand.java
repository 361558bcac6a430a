package karpenter.app.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How to start this very program again. */
final class JavaCommand {
    private JavaCommand() {}

    /**
     * The command line up to and including the main class: the shipped flags and the start-up cache when this is a built
     * distribution, this process's own class path otherwise (in tests).
     */
    static List<String> ofThisProgram(List<String> jvmFlags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        String dist = System.getProperty("karpenter.dist", "");
        Path arguments = Path.of(dist, "java.args");
        if (!dist.isEmpty() && Files.exists(arguments)) {
            command.add("@" + arguments);
            Path cache = Path.of(dist, "karpenter.aot");
            boolean training = jvmFlags.stream().anyMatch(flag -> flag.startsWith("-XX:AOTCacheOutput"));
            if (Files.exists(cache) && !training) {
                command.add("-XX:AOTCache=" + cache);
            }
        } else {
            command.addAll(List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        }
        command.addAll(jvmFlags);
        command.add("karpenter.app.Main");
        return command;
    }
}
