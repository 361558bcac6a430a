package karpenter.core.validation;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.requirement.Requirement;

/** Which waiting pods can't be planned for, whatever could be bought. */
public final class PodRules {
    private PodRules() {}

    /** Everything in the pod's node selector and required node affinity that no node could ever answer. */
    public static List<String> errors(Pod pod, LabelRules rules) {
        List<String> errors = new ArrayList<>();
        PodShape shape = pod.shape();
        new TreeMap<>(shape.nodeSelector())
                .forEach((key, value) -> errors.addAll(
                        RequirementRules.errors(NodeSelectorRequirement.of(key, Requirement.IN, value), rules)));
        for (PodShape.NodeSelectorTerm term : shape.requiredNodeAffinity()) {
            if (term.matchFields()) {
                errors.add("node selector term has matchFields, which no node can be launched for");
            }
            for (NodeSelectorRequirement requirement : term.matchExpressions()) {
                errors.addAll(RequirementRules.errors(requirement, rules));
            }
        }
        return List.copyOf(errors);
    }

    /** Whether the pod refuses every node of Karpenter's, as Karpenter's own pods do: nobody needs to hear of that. */
    public static boolean refusesKarpenter(Pod pod) {
        List<PodShape.NodeSelectorTerm> terms = pod.shape().requiredNodeAffinity();
        return !terms.isEmpty()
                && terms.stream()
                        .allMatch(term -> term.matchExpressions().stream()
                                .anyMatch(requirement -> requirement.key().equals(Labels.NODE_POOL)
                                        && requirement.operator().equals(Requirement.DOES_NOT_EXIST)));
    }
}
