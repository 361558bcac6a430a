package karpenter.core.topology;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Taint;
import karpenter.core.cluster.Toleration;
import karpenter.core.requirement.Requirements;

/**
 * Which nodes a spread constraint counts: both the pods on them and the nodes themselves, as domains.
 *
 * @param alternatives of which the labels must satisfy one; empty for any labels
 * @param honorsTaints whether nodes with taints that aren't tolerated are left out
 * @param tolerations of the owner; empty when taints aren't honored
 * @param keys labels that a node must have: the keys of all hard constraints of the owner
 */
public record NodeFilter(
        List<Requirements> alternatives, boolean honorsTaints, List<Toleration> tolerations, Set<String> keys) {
    /** Counts every node. */
    public static final NodeFilter ANY = new NodeFilter(List.of(), false, List.of(), Set.of());

    public NodeFilter {
        alternatives = List.copyOf(alternatives);
        tolerations = List.copyOf(tolerations);
        keys = Set.copyOf(keys);
    }

    public boolean counts(Map<String, String> labels, List<Taint> taints) {
        return labels.keySet().containsAll(keys) && matches(labels) && toleratesAll(taints);
    }

    /** Whether nodes with these taints may count. */
    public boolean toleratesAll(List<Taint> taints) {
        return !honorsTaints || tolerates(taints);
    }

    /** Labels that one of the alternatives asks for. */
    public Set<String> alternativeKeys() {
        Set<String> asked = new HashSet<>();
        alternatives.forEach(alternative -> asked.addAll(alternative.keys()));
        return asked;
    }

    private boolean matches(Map<String, String> labels) {
        if (alternatives.isEmpty()) {
            return true;
        }
        for (Requirements alternative : alternatives) {
            if (alternative.satisfiedBy(labels)) {
                return true;
            }
        }
        return false;
    }

    private boolean tolerates(List<Taint> taints) {
        for (Taint taint : taints) {
            if (!taint.effect().equals(Taint.PREFER_NO_SCHEDULE)
                    && tolerations.stream().noneMatch(toleration -> toleration.tolerates(taint))) {
                return false;
            }
        }
        return true;
    }
}
