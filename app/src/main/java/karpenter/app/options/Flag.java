package karpenter.app.options;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import karpenter.api.GoDuration;

/**
 * One setting: a flag, the environment variable that gives its default, and how its text is read.
 *
 * <p>The two sources differ in strictness, as upstream's: a bad flag stops the program, a bad variable is reported and the
 * default used. Booleans in variables take every spelling Go knows, flags only true and false. Where {@code
 * strictEnvironment} is set, a bad variable is an error too: the value was named on purpose and another would surprise.
 *
 * @param name without dashes
 * @param environment the variable's name
 * @param fallback text of the default
 */
public record Flag<T>(
        String name,
        String environment,
        String fallback,
        String help,
        Function<String, T> read,
        Function<String, T> readEnvironment,
        boolean strictEnvironment,
        boolean bool) {

    static Flag<String> text(String name, String fallback, String help) {
        return new Flag<>(name, variable(name), fallback, help, text -> text, text -> text, true, false);
    }

    /** A text with a grammar of its own; a value that breaks it is an error wherever it comes from. */
    static <T> Flag<T> parsed(String name, String fallback, String help, Function<String, T> read) {
        return new Flag<>(name, variable(name), fallback, help, read, read, true, false);
    }

    static Flag<String> choice(String name, String fallback, Set<String> choices, String help) {
        Function<String, String> read = text -> {
            if (!choices.contains(text)) {
                throw new IllegalArgumentException("\"" + text + "\" is not one of "
                        + String.join(
                                ", ",
                                choices.stream()
                                        .filter(c -> !c.isEmpty())
                                        .sorted()
                                        .toList()));
            }
            return text;
        };
        return new Flag<>(name, variable(name), fallback, help, read, read, true, false);
    }

    static Flag<Integer> integer(String name, int fallback, int least, int most, String help) {
        Function<String, Integer> read = text -> {
            int value;
            try {
                value = Integer.decode(text);
            } catch (NumberFormatException malformed) {
                throw new IllegalArgumentException("\"" + text + "\" is not a whole number, for example " + fallback);
            }
            if (value < least || value > most) {
                throw new IllegalArgumentException("\"" + text + "\" is not between " + least + " and " + most);
            }
            return value;
        };
        return new Flag<>(name, variable(name), Integer.toString(fallback), help, read, read, false, false);
    }

    static Flag<Long> number(String name, long fallback, String help) {
        Function<String, Long> read = text -> {
            try {
                return Long.decode(text);
            } catch (NumberFormatException malformed) {
                throw new IllegalArgumentException("\"" + text + "\" is not a whole number, for example " + fallback);
            }
        };
        return new Flag<>(name, variable(name), Long.toString(fallback), help, read, read, false, false);
    }

    static Flag<Duration> duration(String name, String fallback, String help) {
        Function<String, Duration> read = text -> {
            Duration value = GoDuration.parse(text);
            if (value.isNegative()) {
                throw new IllegalArgumentException("\"" + text + "\" is negative; write for example " + fallback);
            }
            return value;
        };
        return new Flag<>(name, variable(name), fallback, help, read, read, false, false);
    }

    static Flag<Boolean> bool(String name, boolean fallback, String help) {
        return new Flag<>(
                name, variable(name), Boolean.toString(fallback), help, Flag::strictBool, Flag::goBool, false, true);
    }

    private static String variable(String name) {
        return name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    static boolean strictBool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\" is neither true nor false");
        };
    }

    /** Go's {@code strconv.ParseBool}. */
    static boolean goBool(String text) {
        return switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\" is neither true nor false");
        };
    }
}
