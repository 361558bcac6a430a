package karpenter.app.controller;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import karpenter.app.logging.Logging;
import karpenter.app.options.Options;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code karpenter controller}: reads the settings and runs the controller. */
public final class ControllerCommand {
    public static final String NAME = "controller";

    private static final Logger LOG = LoggerFactory.getLogger(ControllerCommand.class);
    private static final int OK = 0;
    private static final int FAILED = 1;

    private ControllerCommand() {}

    /**
     * Runs until the process is told to stop.
     *
     * @return the exit code: 0 after an orderly stop, 1 when the settings are wrong, a part can't be started or the lease is
     *     lost
     */
    public static int run(List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        if (arguments.contains("--help") || arguments.contains("-help") || arguments.contains("-h")) {
            out.print(Options.help());
            return OK;
        }
        Options options;
        try {
            options = Options.parse(arguments, environment);
            Logging.configure(options.logLevel(), options.logOutputPaths());
        } catch (IllegalArgumentException wrong) {
            err.println("karpenter: " + wrong.getMessage());
            return FAILED;
        }
        options.warnings().forEach(LOG::warn);
        String tight = MemoryLimit.warning(
                options.memoryLimitBytes(), Runtime.getRuntime().maxMemory());
        if (tight != null) {
            LOG.warn(tight);
        }
        try {
            return new ControllerProgram(options, environment).run() ? OK : FAILED;
        } catch (StartFailure failure) {
            LOG.atError().addKeyValue("error", failure.getMessage()).log("Can't start");
            err.println("karpenter: " + failure.getMessage());
            return FAILED;
        }
    }

    /** A part can't be started, and a person has to do something about it. */
    static final class StartFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StartFailure(String message) {
            super(message);
        }

        StartFailure(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
