package karpenter.core.topology;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import karpenter.api.Labels;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.cluster.PodShape.WeightedPodAffinityTerm;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.TopologyGroup.Kind;

/** Reads what is written in a pod's spec as groups. Labels of the nodes that a spread counts are read as kube-scheduler does. */
final class TermReader {
    private static final String IGNORE = "Ignore";
    private static final String HONOR = "Honor";

    private final Function<TopologyGroup.Terms, TopologyGroup> intern;
    private final boolean respectPreferences;

    TermReader(Function<TopologyGroup.Terms, TopologyGroup> intern, boolean respectPreferences) {
        this.intern = intern;
        this.respectPreferences = respectPreferences;
    }

    /** The groups a pod owns; which select it isn't known yet. */
    PodTopology read(PodShape shape) {
        Set<TopologyGroup> required = new LinkedHashSet<>();
        List<TopologyGroup> preferredSpread = new ArrayList<>();
        Set<String> hardKeys = new TreeSet<>();
        for (TopologySpreadConstraint constraint : shape.topologySpread()) {
            if (constraint.isHard()) {
                hardKeys.add(Topology.normalized(constraint.topologyKey()));
            }
        }
        for (TopologySpreadConstraint constraint : shape.topologySpread()) {
            if (constraint.isHard()) {
                required.add(spread(constraint, shape, hardKeys));
            } else if (respectPreferences) {
                preferredSpread.add(spread(constraint, shape, Set.of()));
            }
        }
        Selection companions = Selection.ofAll(shape.podAffinity(), shape);
        for (PodAffinityTerm term : shape.podAffinity()) {
            required.add(group(Kind.AFFINITY, term, companions, false));
        }
        required.addAll(requiredAntiAffinity(shape));
        return new PodTopology(
                List.copyOf(required),
                wishes(Kind.AFFINITY, shape.preferredPodAffinity(), shape),
                wishes(Kind.ANTI_AFFINITY, shape.preferredPodAntiAffinity(), shape),
                inOrderOfGivingUp(preferredSpread),
                List.of());
    }

    List<TopologyGroup> requiredAntiAffinity(PodShape shape) {
        return shape.podAntiAffinity().stream()
                .map(term -> group(Kind.ANTI_AFFINITY, term, Selection.of(term, shape), false))
                .distinct()
                .toList();
    }

    private List<TopologyGroup> wishes(Kind kind, List<WeightedPodAffinityTerm> terms, PodShape shape) {
        if (!respectPreferences) {
            return List.of();
        }
        return terms.stream()
                .sorted(Comparator.comparingInt(WeightedPodAffinityTerm::weight).reversed())
                .map(weighted -> group(kind, weighted.term(), Selection.of(weighted.term(), shape), true))
                .distinct()
                .toList();
    }

    private TopologyGroup group(Kind kind, PodAffinityTerm term, Selection selection, boolean wish) {
        String key = Topology.normalized(term.topologyKey());
        return intern.apply(new TopologyGroup.Terms(kind, key, selection, 0, 0, NodeFilter.ANY, wish));
    }

    private TopologyGroup spread(TopologySpreadConstraint constraint, PodShape shape, Set<String> hardKeys) {
        String key = Topology.normalized(constraint.topologyKey());
        Integer minDomains = constraint.minDomains();
        return intern.apply(new TopologyGroup.Terms(
                Kind.SPREAD,
                key,
                Selection.of(constraint, shape),
                constraint.maxSkew(),
                minDomains == null ? 0 : minDomains,
                filter(constraint, shape, hardKeys),
                !constraint.isHard()));
    }

    private static NodeFilter filter(TopologySpreadConstraint constraint, PodShape shape, Set<String> hardKeys) {
        boolean honorsTaints = HONOR.equals(constraint.nodeTaintsPolicy());
        Set<String> keys = new TreeSet<>(hardKeys);
        keys.remove(Labels.HOSTNAME);
        keys.remove(Topology.normalized(constraint.topologyKey()));
        return new NodeFilter(
                IGNORE.equals(constraint.nodeAffinityPolicy()) ? List.of() : strict(shape),
                honorsTaints,
                honorsTaints ? shape.tolerations() : List.of(),
                keys);
    }

    /** What a pod's node selector and required affinity ask, as alternatives; none when they ask nothing. */
    static List<Requirements> strict(PodShape shape) {
        if (shape.nodeSelector().isEmpty() && shape.requiredNodeAffinity().isEmpty()) {
            return List.of();
        }
        Requirements selector = Requirements.ofLabels(shape.nodeSelector(), Labels.NORMALIZED);
        if (shape.requiredNodeAffinity().isEmpty()) {
            return List.of(selector);
        }
        List<Requirements> alternatives = new ArrayList<>();
        for (NodeSelectorTerm term : shape.requiredNodeAffinity()) {
            if (!term.matchFields() && !term.matchExpressions().isEmpty()) {
                alternatives.add(selector.and(Requirements.of(term.matchExpressions(), Labels.NORMALIZED)));
            }
        }
        return alternatives;
    }

    /** As upstream does it: the first goes and the last takes its place, until none is left. */
    private static List<TopologyGroup> inOrderOfGivingUp(List<TopologyGroup> written) {
        List<TopologyGroup> left = new ArrayList<>(written);
        Set<TopologyGroup> order = new LinkedHashSet<>();
        while (!left.isEmpty()) {
            order.add(left.getFirst());
            TopologyGroup last = left.removeLast();
            if (!left.isEmpty()) {
                left.set(0, last);
            }
        }
        return List.copyOf(order);
    }
}
