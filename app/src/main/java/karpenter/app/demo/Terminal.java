package karpenter.app.demo;

import java.io.Console;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What this process speaks to. */
final class Terminal {
    private static final int USUAL_COLUMNS = 80;

    private Terminal() {}

    /** Standard output in UTF-8, whatever the locale says. */
    static PrintStream out() {
        return new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    }

    /** Standard error in UTF-8, whatever the locale says. */
    static PrintStream err() {
        return new PrintStream(new FileOutputStream(FileDescriptor.err), false, StandardCharsets.UTF_8);
    }

    /** Whether input and output are a terminal that understands cursor movement. */
    @SuppressWarnings("SystemConsoleNull") // JDK 25 made it null again without a terminal (JDK-8351435)
    static boolean canRedraw() {
        Console console = System.console();
        String type = System.getenv("TERM");
        return console != null && console.isTerminal() && type != null && !type.equals("dumb");
    }

    /** How many columns the terminal has, 80 when it does not say. */
    static int columns() {
        try {
            Process stty = new ProcessBuilder(List.of("stty", "size"))
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(2, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return USUAL_COLUMNS;
            }
            String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            int columns = Integer.parseInt(answer.substring(answer.indexOf(' ') + 1));
            return columns > 0 ? columns : USUAL_COLUMNS;
        } catch (IOException | NumberFormatException noTerminal) {
            return USUAL_COLUMNS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return USUAL_COLUMNS;
        }
    }
}
