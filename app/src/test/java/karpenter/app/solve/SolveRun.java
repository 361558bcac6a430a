package karpenter.app.solve;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import karpenter.app.options.BadArguments;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One call of the command, in this process.
 *
 * @param both what a terminal shows: both streams in the order of writing
 */
record SolveRun(int exitCode, String out, String err, String both) {
    static SolveRun of(String... arguments) {
        return of("", false, arguments);
    }

    static SolveRun of(String input, boolean terminal, String... arguments) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        InputStream in = new ByteArrayInputStream(input.getBytes(UTF_8));
        SolveCommand command = new SolveCommand(in, tee(out, both), tee(err, both), terminal);
        int exitCode = BadArguments.commandLine(command)
                .setErr(new PrintWriter(tee(err, both), true, UTF_8))
                .execute(arguments);
        return new SolveRun(exitCode, out.toString(UTF_8), err.toString(UTF_8), both.toString(UTF_8));
    }

    private static PrintStream tee(ByteArrayOutputStream one, ByteArrayOutputStream both) {
        return new PrintStream(
                new java.io.OutputStream() {
                    @Override
                    public void write(int b) {
                        one.write(b);
                        both.write(b);
                    }
                },
                true,
                UTF_8);
    }

    /** A file of the test resources of this package. */
    static String sample(String name) {
        return Path.of("src/test/resources/karpenter/app/solve").resolve(name).toString();
    }

    /** A new file with that text. */
    static String file(Path folder, String name, String text) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
            return file.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode json() {
        return JsonMapper.shared().readTree(out);
    }

    List<String> errLines() {
        return err.lines().toList();
    }
}
