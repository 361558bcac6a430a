package karpenter.core.validation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.requirement.Requirement;
import org.jspecify.annotations.Nullable;

/** What a written requirement must look like, in a pool as in a pod's node affinity. */
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
        String key = LabelRules.normalized(requirement.key());
        List<String> errors = new ArrayList<>();
        String operator = requirement.operator();
        List<String> values = requirement.values();
        if (!OPERATORS.contains(operator)) {
            errors.add("key " + key + " has an unsupported operator \"" + operator + "\"");
        }
        add(errors, labels.restriction(key));
        add(errors, LabelRules.malformedKey(key));
        for (String value : values) {
            add(errors, prefixed(key, LabelRules.malformedValue(value)));
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

    private static @Nullable String prefixed(String key, @Nullable String error) {
        return error == null ? null : "key " + key + ": " + error;
    }

    private static void add(List<String> errors, @Nullable String error) {
        if (error != null) {
            errors.add(error);
        }
    }
}
