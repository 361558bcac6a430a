package karpenter.kube.decode;

import java.util.ArrayList;
import java.util.List;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.Toleration;
import org.jspecify.annotations.Nullable;

/** Decodes selectors, tolerations and taints, wherever they occur. */
final class Selectors {
    private Selectors() {}

    /** Null when absent, which selects nothing; empty selects everything. */
    static @Nullable LabelSelector labelSelector(Tree place) {
        if (!place.present()) {
            return null;
        }
        List<LabelSelector.Expression> expressions = new ArrayList<>();
        for (Tree expression : place.get("matchExpressions").items()) {
            expressions.add(new LabelSelector.Expression(
                    expression.get("key").requiredText(),
                    expression.get("operator").requiredText(),
                    expression.get("values").texts()));
        }
        return new LabelSelector(place.get("matchLabels").textMap(), expressions);
    }

    static List<NodeSelectorTerm> nodeTerms(Tree place) {
        List<NodeSelectorTerm> terms = new ArrayList<>();
        for (Tree term : place.items()) {
            terms.add(nodeTerm(term));
        }
        return terms;
    }

    static NodeSelectorTerm nodeTerm(Tree term) {
        return new NodeSelectorTerm(
                nodeRequirements(term.get("matchExpressions")),
                !term.get("matchFields").items().isEmpty());
    }

    private static List<NodeSelectorRequirement> nodeRequirements(Tree place) {
        List<NodeSelectorRequirement> requirements = new ArrayList<>();
        for (Tree requirement : place.items()) {
            requirements.add(new NodeSelectorRequirement(
                    requirement.get("key").requiredText(),
                    requirement.get("operator").requiredText(),
                    requirement.get("values").texts(),
                    null));
        }
        return requirements;
    }

    static List<Toleration> tolerations(Tree place) {
        List<Toleration> tolerations = new ArrayList<>();
        for (Tree toleration : place.items()) {
            tolerations.add(new Toleration(
                    toleration.get("key").text(""),
                    toleration.get("operator").text(""),
                    toleration.get("value").text(""),
                    toleration.get("effect").text("")));
        }
        return tolerations;
    }

    static List<Taint> taints(Tree place) {
        List<Taint> taints = new ArrayList<>();
        for (Tree taint : place.items()) {
            taints.add(new Taint(
                    taint.get("key").requiredText(),
                    taint.get("value").text(""),
                    taint.get("effect").text(""),
                    taint.get("timeAdded").time()));
        }
        return taints;
    }
}
