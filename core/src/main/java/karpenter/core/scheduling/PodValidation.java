package karpenter.core.scheduling;

import java.util.Set;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.requirement.LabelSyntax;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * Says what is wrong with the labels a pod asks for: malformed, or such that no node may be launched with them. Preferences are
 * not looked at; one that can't be met is given up.
 */
final class PodValidation {
    private static final String SELECTOR = "spec.nodeSelector";
    private static final String TERMS =
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

    private PodValidation() {}

    /** Returns null when nothing is wrong. */
    static @Nullable RejectionReason check(PodShape shape, Set<String> wellKnown) {
        for (String key : new TreeSet<>(shape.nodeSelector().keySet())) {
            RejectionReason wrong = checkKey(SELECTOR, key, wellKnown);
            String value = shape.nodeSelector().get(key);
            if (wrong == null && value != null && !LabelSyntax.isValue(value)) {
                wrong = malformedValue(SELECTOR + "[" + key + "]", value);
            }
            if (wrong != null) {
                return wrong;
            }
        }
        for (int i = 0; i < shape.requiredNodeAffinity().size(); i++) {
            RejectionReason wrong = checkTerm(
                    TERMS + "[" + i + "]", shape.requiredNodeAffinity().get(i), wellKnown);
            if (wrong != null) {
                return wrong;
            }
        }
        return checkAlternatives(shape);
    }

    private static @Nullable RejectionReason checkAlternatives(PodShape shape) {
        boolean keepsOff = true;
        boolean any = false;
        for (Requirements alternative : PodRequirements.alternatives(shape, false)) {
            any = true;
            Requirement pool = alternative.find(Labels.NODE_POOL);
            keepsOff &= pool != null && pool.allowsAbsence() && !pool.allowsSomeValue();
        }
        if (!any) {
            return new RejectionReason.Invalid(
                    TERMS,
                    "{}",
                    "matches no node, as an empty term never does; name a label or leave the affinity out");
        }
        return keepsOff ? new RejectionReason.KeepsOff() : null;
    }

    private static @Nullable RejectionReason checkTerm(String field, NodeSelectorTerm term, Set<String> wellKnown) {
        if (term.matchFields()) {
            return new RejectionReason.Invalid(
                    field, "matchFields", "can't be met by a node that doesn't exist yet; use matchExpressions");
        }
        for (NodeSelectorRequirement expression : term.matchExpressions()) {
            RejectionReason wrong = checkKey(field, expression.key(), wellKnown);
            if (wrong == null) {
                wrong = checkValues(field + "[" + expression.key() + "]", expression);
            }
            if (wrong != null) {
                return wrong;
            }
        }
        return null;
    }

    private static @Nullable RejectionReason checkKey(String field, String written, Set<String> wellKnown) {
        String key = Labels.NORMALIZED.getOrDefault(written, written);
        if (!LabelSyntax.isKey(key)) {
            return new RejectionReason.Invalid(
                    field,
                    written,
                    "is no label key; write a name of at most 63 characters, with an optional DNS prefix");
        }
        if (!wellKnown.contains(key) && (Labels.inOwnDomain(key) || key.equals(Labels.HOSTNAME))) {
            return new RejectionReason.Invalid(
                    field, written, "is restricted; use a well-known label or a label outside restricted domains");
        }
        return null;
    }

    private static @Nullable RejectionReason checkValues(String field, NodeSelectorRequirement expression) {
        String operator = expression.operator();
        switch (operator) {
            case Requirement.IN, Requirement.NOT_IN -> {
                if (expression.values().isEmpty()) {
                    return new RejectionReason.Invalid(field, operator, "needs at least one value");
                }
            }
            case Requirement.EXISTS, Requirement.DOES_NOT_EXIST -> {
                if (!expression.values().isEmpty()) {
                    return new RejectionReason.Invalid(field, operator, "takes no values");
                }
            }
            case Requirement.GT, Requirement.LT -> {
                if (Requirement.of(expression).isEmpty()) {
                    return new RejectionReason.Invalid(
                            field, operator + " " + expression.values(), "needs exactly one value, an integer");
                }
            }
            default -> {
                return new RejectionReason.Invalid(
                        field, operator, "is no operator; use In, NotIn, Exists, DoesNotExist, Gt or Lt");
            }
        }
        for (String value : expression.values()) {
            if (!LabelSyntax.isValue(value)) {
                return malformedValue(field, value);
            }
        }
        return null;
    }

    private static RejectionReason malformedValue(String field, String value) {
        return new RejectionReason.Invalid(
                field, value, "is no label value; write at most 63 letters, digits, '-', '_' or '.'");
    }
}
