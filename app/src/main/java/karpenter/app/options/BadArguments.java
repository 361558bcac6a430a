package karpenter.app.options;

import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** One line for wrong arguments, the same for every command, and exit code {@value #EXIT_CODE}, as for all that is wrong. */
public final class BadArguments implements IParameterExceptionHandler {
    public static final int EXIT_CODE = 1;

    /** The command line of a command, with its mistakes reported like this. */
    public static CommandLine commandLine(Object command) {
        return new CommandLine(command).setParameterExceptionHandler(new BadArguments());
    }

    @Override
    public int handleParseException(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String message = Objects.requireNonNullElse(wrong.getMessage(), wrong.toString())
                .strip()
                .replaceAll("\\s*\\R\\s*", " ");
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            List<String> suggestions = unmatched.getSuggestions();
            if (!suggestions.isEmpty()) {
                message += ". Maybe " + suggestions.getFirst();
            }
        }
        command.getErr().println(name + ": " + message + "; see " + name + " --help");
        return EXIT_CODE;
    }
}
