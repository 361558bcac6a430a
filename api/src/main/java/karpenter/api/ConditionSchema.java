package karpenter.api;

import java.util.List;

/**
 * Which condition sums up an object, and which conditions it sums up. Conditions outside this list may be present too; they
 * come and go freely and do not feed the root.
 *
 * @param root the condition computed from the dependents, {@code Ready} for every kind of ours
 * @param dependents conditions that exist from the first write on, in the order in which they are created
 */
public record ConditionSchema(String root, List<String> dependents) {
    public ConditionSchema {
        dependents = List.copyOf(dependents);
        if (dependents.contains(root)) {
            throw new IllegalArgumentException("condition " + root + " cannot be both root and dependent");
        }
    }

    /** A schema with the dependents in order. */
    public static ConditionSchema of(String root, String... dependents) {
        return new ConditionSchema(root, List.of(dependents));
    }

    /** Whether the condition is the root or a dependent, and so always present. */
    public boolean requires(String type) {
        return type.equals(root) || dependents.contains(type);
    }
}
