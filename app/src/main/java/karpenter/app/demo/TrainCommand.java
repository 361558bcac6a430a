package karpenter.app.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import karpenter.app.logging.Logging;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code karpenter train}: makes the JVM's ahead-of-time cache (JEP 514) from a real run of the controller, so that it holds
 * the classes and the method profiles that a start really needs.
 */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = "Makes the start-up cache by running the controller through a short demo.",
        sortOptions = false)
public final class TrainCommand implements Callable<Integer> {
    /** Enough that every path is gone through; the cache does not grow with more. */
    private static final int REPLICAS = 20;

    @Option(names = "--output", paramLabel = "FILE", required = true, description = "Where the cache goes")
    private Path output = Path.of("karpenter.aot");

    @Override
    public Integer call() throws IOException {
        Logging.silence();
        Path made = output.toAbsolutePath().resolveSibling(output.getFileName() + ".part");
        Files.deleteIfExists(made);
        PrintStream out = Terminal.out();
        Display display = new Display(out, false, 0, System::nanoTime);
        DemoOptions options = DemoOptions.training(REPLICAS, List.of("-XX:AOTCacheOutput=" + made));
        int code = new DemoRun(options, display, KeptDemo.atUsualPlace()).run();
        if (code != 0) {
            return code;
        }
        if (!Files.exists(made)) {
            display.print("failed: the controller ended without writing " + made
                    + ". Maybe this JVM is older than 25 or has no class data sharing");
            return 1;
        }
        // Only a complete one takes the place that starts look at.
        Files.move(made, output, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        display.print("the start-up cache has " + Files.size(output) / (1 << 20) + " MiB");
        return 0;
    }
}
