package karpenter.controllers.provisioning;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;

/** How many pods can only run in one zone, by what they require of their node. */
final class EffectiveZones {
    private static final String FLEXIBLE = "flexible";
    private static final String NONE = "none";

    private EffectiveZones() {}

    /** Pods by zone, {@code flexible} when several zones or all will do, {@code none} when no zone can. */
    static Map<String, Integer> count(List<Pod> pods) {
        IdentityHashMap<PodShape, String> zones = new IdentityHashMap<>();
        Map<String, Integer> counts = new HashMap<>();
        for (Pod pod : pods) {
            counts.merge(zones.computeIfAbsent(pod.shape(), EffectiveZones::zone), 1, Integer::sum);
        }
        return counts;
    }

    private static String zone(PodShape shape) {
        Requirements selector = Requirements.ofLabels(shape.nodeSelector(), Labels.NORMALIZED);
        List<List<NodeSelectorRequirement>> alternatives =
                shape.requiredNodeAffinity().isEmpty()
                        ? List.of(List.of())
                        : shape.requiredNodeAffinity().stream()
                                .map(PodShape.NodeSelectorTerm::matchExpressions)
                                .toList();
        TreeSet<String> allowed = new TreeSet<>();
        for (List<NodeSelectorRequirement> alternative : alternatives) {
            Requirement zone = Requirements.of(alternative, Labels.NORMALIZED)
                    .and(selector)
                    .get(Labels.ZONE);
            if (zone.isComplement()) {
                return FLEXIBLE;
            }
            allowed.addAll(zone.values());
        }
        return switch (allowed.size()) {
            case 0 -> NONE;
            case 1 -> allowed.first();
            default -> FLEXIBLE;
        };
    }
}
