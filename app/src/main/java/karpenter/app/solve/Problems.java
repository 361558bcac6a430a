package karpenter.app.solve;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is wrong with the input, and what the user should know although it isn't wrong. Collected, so that a user who has made
 * three mistakes is told of three. One thread.
 */
final class Problems {
    private static final int MOST_SHOWN = 20;

    private final List<String> errors = new ArrayList<>();
    private final Set<String> notes = new LinkedHashSet<>();

    /** @param text names the file, the line or path, the value, and the cure */
    void error(String text) {
        errors.add(text);
    }

    /** Said once, however often it is noted. */
    void note(String text) {
        notes.add(text);
    }

    boolean any() {
        return !errors.isEmpty();
    }

    int count() {
        return errors.size();
    }

    /** The first of them, one a line, and how many more there are. */
    List<String> errors() {
        if (errors.size() <= MOST_SHOWN) {
            return List.copyOf(errors);
        }
        List<String> shown = new ArrayList<>(errors.subList(0, MOST_SHOWN));
        shown.add("… and " + (errors.size() - MOST_SHOWN) + " more problems");
        return List.copyOf(shown);
    }

    List<String> notes() {
        return List.copyOf(notes);
    }
}
