package karpenter.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What kube-scheduler would say about nodes and pods, without a cluster: the {@code oracle} program, which is its own code
 * on objects in memory. A case is one line of JSON and so is its answer; the module's README says what they hold. A case
 * depends on none before it, and a mistake in it is its answer's {@code error}.
 *
 * <p>Methods may be called from any thread; cases are given to the program in the order of the calls.
 */
public final class SchedulerOracle implements AutoCloseable {
    /** Far more than the largest case takes, thousands of nodes and pods. */
    private static final Duration ANSWER_DEADLINE = Duration.ofMinutes(5);

    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(5);

    private final LineProcess oracle;
    private final Duration answerDeadline;

    private SchedulerOracle(LineProcess oracle, Duration answerDeadline) {
        this.oracle = oracle;
        this.answerDeadline = answerDeadline;
    }

    /**
     * Starts an oracle that works on one case at a time.
     *
     * @throws IllegalStateException if the program is missing
     */
    public static SchedulerOracle start() {
        return start(1);
    }

    /**
     * Starts an oracle.
     *
     * @param workers how many of the cases of one {@link #answers} call it works on at a time
     * @throws IllegalStateException if the program is missing
     */
    public static SchedulerOracle start(int workers) {
        Path program = ClusterBinary.find().resolveSibling("oracle");
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException(
                    "No program " + program + ". Maybe it was not built: run testbed/build.sh oracle");
        }
        return start(program, workers, ANSWER_DEADLINE);
    }

    static SchedulerOracle start(Path program, int workers, Duration answerDeadline) {
        LineProcess oracle =
                LineProcess.start("the oracle", List.of(program.toString(), "--workers", Integer.toString(workers)));
        return new SchedulerOracle(oracle, answerDeadline);
    }

    /**
     * Returns the answer to a case.
     *
     * @param caseLine a JSON object in one line
     * @throws IllegalStateException if the program has ended, or does not answer; it is ended then
     */
    public String answer(String caseLine) {
        return answers(List.of(caseLine)).getFirst();
    }

    /**
     * Returns the answers to cases, in their order. All cases are handed over first, so this is the way to keep several
     * workers busy.
     *
     * @param caseLines JSON objects, each in one line
     * @throws IllegalStateException if the program has ended, or does not answer; it is ended then
     */
    public synchronized List<String> answers(List<String> caseLines) {
        for (String line : caseLines) {
            if (line.isBlank() || line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
                throw new IllegalArgumentException("Not one line, so its answer could not be told: " + line);
            }
        }
        try {
            caseLines.forEach(oracle::send);
            List<String> answers = new ArrayList<>(caseLines.size());
            for (int i = 0; i < caseLines.size(); i++) {
                answers.add(oracle.answer("case " + (i + 1) + " of " + caseLines.size(), answerDeadline));
            }
            return answers;
        } catch (IllegalStateException e) {
            // An answer that came late would be taken for that to the next case.
            oracle.process().destroyForcibly();
            throw e;
        }
    }

    /** Ends the program. Does nothing the second time. */
    @Override
    public synchronized void close() {
        oracle.closeInput();
        boolean interrupted = false;
        try {
            if (oracle.process().waitFor(CLOSE_DEADLINE)) {
                return;
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        oracle.process().destroyForcibly();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
