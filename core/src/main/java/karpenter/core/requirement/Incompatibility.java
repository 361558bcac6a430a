package karpenter.core.requirement;

import org.jspecify.annotations.Nullable;

/** Why two sets of requirements don't go together: the first key, in ascending order, that stands in the way. */
public sealed interface Incompatibility {
    String key();

    /** The reason in upstream's words. */
    String text();

    /**
     * A key that is asked for has no values on the other side.
     *
     * @param wanted what was asked for
     * @param hint a known key that was probably meant, or null
     */
    record Undefined(
            String key, Requirement wanted, @Nullable String hint) implements Incompatibility {
        @Override
        public String text() {
            return "label \"" + key + "\" does not have known values"
                    + (hint == null ? "" : " (typo of \"" + hint + "\"?)");
        }
    }

    /**
     * Both sides name the key, and no value satisfies both.
     *
     * @param offered what the side that was asked allows
     * @param wanted what was asked for
     */
    record Disjoint(String key, Requirement offered, Requirement wanted) implements Incompatibility {
        @Override
        public String text() {
            return "key " + key + ", " + wanted + " not in " + offered;
        }
    }
}
