package karpenter.core.requirement;

import java.util.Collection;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the known label that a mistyped or truncated key probably meant. */
final class LabelHints {
    /** Upstream's measure: fewer edits than a fifth of the known key's length. */
    private static final int LENGTH_PER_EDIT = 5;

    private LabelHints() {}

    /** The closest known key, well-known ones first, each in ascending order; null when none is close. */
    static @Nullable String hint(String key, Collection<String> wellKnown, Collection<String> defined) {
        String hint = closest(key, wellKnown);
        return hint != null ? hint : closest(key, defined);
    }

    private static @Nullable String closest(String key, Collection<String> candidates) {
        for (String candidate : new TreeSet<>(candidates)) {
            if (candidate.contains(key)
                    || candidate.endsWith("/" + key.substring(key.lastIndexOf('/') + 1))
                    || editDistance(key, candidate) < candidate.length() / LENGTH_PER_EDIT) {
                return candidate;
            }
        }
        return null;
    }

    /** Levenshtein distance, two rows. */
    static int editDistance(String left, String right) {
        int[] previous = new int[right.length() + 1];
        int[] current = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int substitution = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[right.length()];
    }
}
