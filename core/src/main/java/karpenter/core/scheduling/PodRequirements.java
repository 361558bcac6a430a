package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import karpenter.api.Labels;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.PreferredTerm;
import karpenter.core.requirement.Requirements;

/**
 * What a pod asks of a node's labels, written out as alternatives.
 *
 * <p><b>Problem.</b> A pod has a node selector, required affinity terms of which one must hold, and preferred terms that should.
 * The scheduler works with one conjunction at a time.
 *
 * <p><b>Method.</b> The alternatives in the order in which they are tried: for the heaviest preferred term, then the next, then
 * none: each required term, as written. One preferred term counts at a time; of equal weights the first written is the heavier.
 *
 * <p><b>Differs from upstream.</b> Upstream drops required terms for good before it relaxes the first preference, so that a pod
 * can fail although an earlier term without the preference would do. An empty term matches no node, as for kube-scheduler.
 */
final class PodRequirements {
    private PodRequirements() {}

    /** The alternatives, best first; none when the required affinity matches no node whatever its labels. */
    static List<Requirements> alternatives(PodShape shape, boolean respectPreferences) {
        Requirements selector = Requirements.ofLabels(shape.nodeSelector(), Labels.NORMALIZED);
        List<Requirements> required = requiredTerms(shape);
        Collection<Requirements> alternatives = new LinkedHashSet<>();
        if (respectPreferences) {
            for (Requirements preferred : preferredTerms(shape)) {
                required.forEach(term -> alternatives.add(selector.and(term).and(preferred)));
            }
        }
        required.forEach(term -> alternatives.add(selector.and(term)));
        return List.copyOf(alternatives);
    }

    /** What the selector and each required term that can match at all ask, as alternatives. */
    static List<Requirements> required(PodShape shape) {
        return alternatives(shape, false);
    }

    /** One for each required term that can match at all; a single empty one when nothing is required. */
    private static List<Requirements> requiredTerms(PodShape shape) {
        if (shape.requiredNodeAffinity().isEmpty()) {
            return List.of(Requirements.NONE);
        }
        List<Requirements> terms = new ArrayList<>();
        for (NodeSelectorTerm term : shape.requiredNodeAffinity()) {
            if (!term.matchFields() && !term.matchExpressions().isEmpty()) {
                terms.add(Requirements.of(term.matchExpressions(), Labels.NORMALIZED));
            }
        }
        return terms;
    }

    /** What preferred terms ask, heaviest first. */
    static List<Requirements> preferredTerms(PodShape shape) {
        List<PreferredTerm> byWeight = new ArrayList<>(shape.preferredNodeAffinity());
        byWeight.sort(Comparator.comparingInt(PreferredTerm::weight).reversed());
        List<Requirements> terms = new ArrayList<>();
        for (PreferredTerm preferred : byWeight) {
            NodeSelectorTerm term = preferred.term();
            if (!term.matchFields() && !term.matchExpressions().isEmpty()) {
                terms.add(Requirements.of(term.matchExpressions(), Labels.NORMALIZED));
            }
        }
        return terms;
    }
}
