package karpenter.app.solve;

import java.time.Duration;
import java.util.Locale;
import karpenter.api.GoDuration;
import org.jspecify.annotations.Nullable;

/**
 * Options that aren't paths.
 *
 * @param deadline for the solver, null for none
 */
record SolveOptions(Form form, @Nullable Duration deadline) {
    enum Form {
        JSON,
        TABLE
    }

    /**
     * Reads the options as given, null for absent ones.
     *
     * @param terminal whether a person reads the answer
     */
    static SolveOptions read(
            @Nullable String output,
            boolean terminal,
            @Nullable String deadline,
            @Nullable String seed,
            Problems problems) {
        Form form = terminal ? Form.TABLE : Form.JSON;
        if (output != null) {
            switch (output.toLowerCase(Locale.ROOT)) {
                case "json" -> form = Form.JSON;
                case "table" -> form = Form.TABLE;
                default -> problems.error("-o: \"" + output + "\" is not a form of answer; write json or table");
            }
        }
        if (seed != null && !isWhole(seed)) {
            problems.error("--seed: \"" + seed + "\" is not a whole number; write for example 42");
        }
        return new SolveOptions(form, deadline == null ? null : duration(deadline, problems));
    }

    private static @Nullable Duration duration(String text, Problems problems) {
        try {
            Duration duration = GoDuration.parse(text);
            if (duration.isPositive()) {
                return duration;
            }
            problems.error("--deadline: " + text + " is over before it begins; write more than 0, for example 30s");
        } catch (IllegalArgumentException e) {
            problems.error("--deadline: " + e.getMessage());
        }
        return null;
    }

    private static boolean isWhole(String text) {
        try {
            Long.parseLong(text);
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
