package karpenter.controllers.launch;

import java.util.random.RandomGenerator;

/**
 * Names for claims, in the form the API server would generate them: {@code <pool>-} and five characters.
 *
 * <p>They are chosen here and not by the server so that a create whose answer was lost can be repeated: the second create of
 * the same name finds the first one's claim instead of making another.
 */
final class ClaimNames {
    /** The API server's alphabet: no vowels, so no words. */
    private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    private static final int RANDOM_LENGTH = 5;

    /** Labels hold at most 63 characters, and a node's name should fit in one. */
    private static final int LONGEST_BASE = 63 - RANDOM_LENGTH;

    private ClaimNames() {}

    static String prefix(String pool) {
        return pool + "-";
    }

    static String next(String pool, RandomGenerator random) {
        String base = prefix(pool);
        StringBuilder name = new StringBuilder(base.substring(0, Math.min(base.length(), LONGEST_BASE)));
        for (int i = 0; i < RANDOM_LENGTH; i++) {
            name.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return name.toString();
    }
}
