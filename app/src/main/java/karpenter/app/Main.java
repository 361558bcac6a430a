package karpenter.app;

import java.util.Arrays;
import java.util.List;
import karpenter.app.controller.ControllerCommand;
import karpenter.app.logging.Logging;
import karpenter.app.options.BadArguments;

/** The entry: {@code karpenter <command> …}. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /**
     * The controller is started past the command-line library: its flags have Go's grammar, and nothing that a start doesn't
     * need is loaded.
     */
    private static int run(String[] arguments) {
        List<String> given = Arrays.asList(arguments);
        if (!given.isEmpty() && given.getFirst().equals(ControllerCommand.NAME)) {
            return ControllerCommand.run(given.subList(1, given.size()), System.getenv(), System.out, System.err);
        }
        Logging.silence();
        return BadArguments.commandLine(new RootCommand()).execute(arguments);
    }
}
