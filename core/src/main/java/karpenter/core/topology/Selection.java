package karpenter.core.topology;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.LabelSelector.Expression;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import org.jspecify.annotations.Nullable;

/**
 * Which pods a constraint is about: those that all clauses select. In normal form, so that constraints about the same pods are
 * equal: labels are written as expressions, expressions and values are sorted, and {@code matchLabelKeys} are expressions about
 * the owner's own values.
 */
public record Selection(List<Clause> clauses) {
    private static final Comparator<Expression> ORDER = Comparator.comparing(Expression::key)
            .thenComparing(Expression::operator)
            .thenComparing(expression -> String.join(",", expression.values()));

    public Selection {
        clauses = List.copyOf(clauses);
    }

    /**
     * One selector in some namespaces.
     *
     * @param selector null selects nothing
     * @param namespaces by name
     * @param namespaceSelector by label, besides those named; null selects none
     */
    public record Clause(
            @Nullable LabelSelector selector,
            Set<String> namespaces,
            @Nullable LabelSelector namespaceSelector) {
        public Clause {
            namespaces = Set.copyOf(namespaces);
        }

        boolean selects(String namespace, Map<String, String> namespaceLabels, Map<String, String> labels) {
            boolean inside = namespaces.contains(namespace)
                    || (namespaceSelector != null && namespaceSelector.matches(namespaceLabels));
            return inside && selector != null && selector.matches(labels);
        }
    }

    /** Whether a pod with these labels is meant. */
    public boolean selects(String namespace, Map<String, String> namespaceLabels, Map<String, String> labels) {
        for (Clause clause : clauses) {
            if (!clause.selects(namespace, namespaceLabels, labels)) {
                return false;
            }
        }
        return true;
    }

    /** The pods that a spread constraint of such a pod counts; none by a selector without conditions, as for kube-scheduler. */
    public static Selection of(TopologySpreadConstraint constraint, PodShape owner) {
        LabelSelector selector = normal(constraint.selector(), owner, constraint.matchLabelKeys(), List.of());
        boolean unconditional = selector != null && selector.matchExpressions().isEmpty();
        return new Selection(List.of(new Clause(unconditional ? null : selector, Set.of(owner.namespace()), null)));
    }

    /** The pods that an affinity or anti-affinity term of such a pod is about. */
    public static Selection of(PodAffinityTerm term, PodShape owner) {
        return new Selection(List.of(clause(term, owner)));
    }

    /** The pods that all terms are about: only those satisfy several required affinity terms, as for kube-scheduler. */
    public static Selection ofAll(Collection<PodAffinityTerm> terms, PodShape owner) {
        List<Clause> clauses = new ArrayList<>();
        for (PodAffinityTerm term : terms) {
            Clause clause = clause(term, owner);
            if (!clauses.contains(clause)) {
                clauses.add(clause);
            }
        }
        return new Selection(clauses);
    }

    private static Clause clause(PodAffinityTerm term, PodShape owner) {
        boolean own = term.namespaces().isEmpty() && term.namespaceSelector() == null;
        return new Clause(
                normal(term.selector(), owner, term.matchLabelKeys(), term.mismatchLabelKeys()),
                own ? Set.of(owner.namespace()) : Set.copyOf(term.namespaces()),
                term.namespaceSelector() == null ? null : normal(term.namespaceSelector(), List.of()));
    }

    private static @Nullable LabelSelector normal(
            @Nullable LabelSelector selector, PodShape owner, List<String> matching, List<String> differing) {
        if (selector == null) {
            return null;
        }
        List<Expression> more = new ArrayList<>();
        addOwn(more, "In", matching, owner);
        addOwn(more, "NotIn", differing, owner);
        return normal(selector, more);
    }

    /** A key that the owner itself has no label for is disregarded. */
    private static void addOwn(List<Expression> expressions, String operator, List<String> keys, PodShape owner) {
        for (String key : keys) {
            String value = owner.labels().get(key);
            if (value != null) {
                expressions.add(new Expression(key, operator, List.of(value)));
            }
        }
    }

    private static LabelSelector normal(LabelSelector selector, List<Expression> more) {
        TreeSet<Expression> all = new TreeSet<>(ORDER);
        selector.matchLabels().forEach((key, value) -> all.add(new Expression(key, "In", List.of(value))));
        for (Expression expression : selector.matchExpressions()) {
            List<String> values =
                    expression.values().stream().distinct().sorted().toList();
            all.add(new Expression(expression.key(), expression.operator(), values));
        }
        all.addAll(more);
        return new LabelSelector(Map.of(), List.copyOf(all));
    }
}
