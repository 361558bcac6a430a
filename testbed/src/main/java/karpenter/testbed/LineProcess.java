package karpenter.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A child process that is given lines and answers by lines, and says on standard error what is wrong. Its answers are
 * taken off it at once, so that it never waits for its reader.
 */
final class LineProcess {
    private static final int COMPLAINT_LINES = 40;

    /** How long a process that ends may take to say why. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    /** Says that the process will print no more; no answer is empty. */
    private static final String END = "";

    private final String name;
    private final Process process;
    private final Writer commands;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Deque<String> complaints = new ArrayDeque<>();
    private final Thread complaintReader;

    private LineProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
        startReader("answers", process.getInputStream(), answers::add, () -> answers.add(END));
        this.complaintReader = startReader("complaints", process.getErrorStream(), this::complain, () -> {});
    }

    /**
     * Starts a process.
     *
     * @param name what messages call it
     */
    static LineProcess start(String name, List<String> command) {
        try {
            return new LineProcess(name, new ProcessBuilder(command).start());
        } catch (IOException e) {
            throw new UncheckedIOException("Could not start " + command.getFirst(), e);
        }
    }

    Process process() {
        return process;
    }

    /**
     * Gives the process a line.
     *
     * @throws IllegalStateException if it has ended; the message says what it said last
     */
    void send(String line) {
        try {
            commands.write(line);
            commands.write('\n');
            commands.flush();
        } catch (IOException e) {
            throw new IllegalStateException(name + " has ended: " + lastComplaints(), e);
        }
    }

    /**
     * Waits for the next line that it prints.
     *
     * @param question what it is the answer to, for messages
     * @throws IllegalStateException if there is none within the deadline, or the process has ended
     */
    String answer(String question, Duration deadline) {
        String line;
        try {
            line = answers.poll(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for \"" + question + "\"", e);
        }
        if (line == null) {
            throw new IllegalStateException("\"" + question + "\" is not done within " + deadline.toSeconds() + " s. "
                    + "Maybe the machine is too busy; " + complaintText());
        }
        if (line.equals(END)) {
            answers.add(END); // for the next who asks
            throw new IllegalStateException("\"" + question + "\" failed, " + name + " has ended: " + lastComplaints());
        }
        return line;
    }

    /** Ends the input of the process. */
    void closeInput() {
        try {
            commands.close();
        } catch (IOException e) {
            // The process is gone, or goes now that it was refused its input.
        }
    }

    private void complain(String line) {
        synchronized (complaints) {
            complaints.addLast(line);
            if (complaints.size() > COMPLAINT_LINES) {
                complaints.removeFirst();
            }
        }
    }

    /** Returns what a process that has ended, or is about to, said last on standard error. */
    private String lastComplaints() {
        try {
            complaintReader.join(LAST_WORDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return complaintText();
    }

    /** Returns what the process has said on standard error so far, the last lines. */
    private String complaintText() {
        synchronized (complaints) {
            return complaints.isEmpty() ? "it said nothing" : String.join("\n", complaints);
        }
    }

    private static Thread startReader(String name, InputStream stream, Consumer<String> lines, Runnable end) {
        return Thread.ofPlatform().daemon().name("testbed-" + name).start(() -> {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    lines.accept(line);
                }
            } catch (IOException e) {
                // The process was killed and its pipe with it: the same as its end.
            } finally {
                end.run();
            }
        });
    }
}
