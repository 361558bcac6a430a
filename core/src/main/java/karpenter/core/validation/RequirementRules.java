package karpenter.core.validation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.requirement.LabelSyntax;
import karpenter.core.requirement.Requirement;
import org.jspecify.annotations.Nullable;

/** What a requirement that is written in a pool must look like. */
final class RequirementRules {
    private static final Set<String> OPERATORS = Set.of(
            Requirement.IN,
            Requirement.NOT_IN,
            Requirement.EXISTS,
            Requirement.DOES_NOT_EXIST,
            Requirement.GT,
            Requirement.LT,
            Requirement.GTE,
            Requirement.LTE);
    private static final Set<String> BOUNDS = Set.of(Requirement.GT, Requirement.LT, Requirement.GTE, Requirement.LTE);
    private static final Set<String> CAPACITY_TYPES =
            Set.of(Labels.CAPACITY_TYPE_SPOT, Labels.CAPACITY_TYPE_ON_DEMAND, Labels.CAPACITY_TYPE_RESERVED);

    private RequirementRules() {}

    /** Everything that is wrong with it; empty when nothing is. */
    static List<String> errors(NodeSelectorRequirement requirement, LabelRules labels) {
        String key = Labels.NORMALIZED.getOrDefault(requirement.key(), requirement.key());
        List<String> errors = new ArrayList<>();
        String operator = requirement.operator();
        List<String> values = requirement.values();
        if (!OPERATORS.contains(operator)) {
            errors.add("key " + key + " has an unsupported operator \"" + operator + "\"");
        }
        add(errors, labels.restriction(key));
        add(errors, malformedKey(key));
        for (String value : values) {
            add(errors, malformedValue(key, value));
        }
        if (operator.equals(Requirement.IN) && values.isEmpty()) {
            errors.add("key " + key + " with operator In must have a value");
        }
        Integer minValues = requirement.minValues();
        if (operator.equals(Requirement.IN) && minValues != null && values.size() < minValues) {
            errors.add("key " + key + " with operator In has " + values.size() + " values, fewer than its minValues "
                    + minValues);
        }
        if (BOUNDS.contains(operator) && (values.size() != 1 || !isCount(values.getFirst()))) {
            errors.add("key " + key + " with operator " + operator + " must have a single positive integer value");
        }
        if (key.equals(Labels.CAPACITY_TYPE) && operator.equals(Requirement.IN)) {
            long known = values.stream().filter(CAPACITY_TYPES::contains).count();
            if (known == 0 || (minValues != null && known < minValues)) {
                errors.add("key " + key + " has " + known + " of the known values spot, on-demand and reserved in "
                        + values + (minValues == null ? "" : ", fewer than its minValues " + minValues));
            }
        }
        return errors;
    }

    private static boolean isCount(String text) {
        return text.matches("[0-9]{1,18}");
    }

    /** Why the text is no label key, or null if it is one. */
    static @Nullable String malformedKey(String key) {
        return LabelSyntax.isKey(key)
                ? null
                : "key \"" + key + "\" is no qualified name; write for example team or example.com/team";
    }

    /** Why the text is no label value, or null if it is one. */
    static @Nullable String malformedValue(String key, String value) {
        return LabelSyntax.isValue(value)
                ? null
                : "key " + key + ": value \"" + value
                        + "\" is no label value; it takes at most 63 letters, digits, '-', "
                        + "'_' and '.', with a letter or digit at both ends";
    }

    private static void add(List<String> errors, @Nullable String error) {
        if (error != null) {
            errors.add(error);
        }
    }
}
