package karpenter.app.bench;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.PreferredTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.cluster.PodShape.WeightedPodAffinityTerm;
import karpenter.core.resource.ResourceVector;

/** Makes pods that wait for a node; equal shapes are one object, as in the image of a cluster. */
final class MadeUpPods {
    private static final Instant BIRTH = Instant.parse("2026-01-01T00:00:00Z");

    private final Map<PodShape, PodShape> shapes = new HashMap<>();
    private int count;

    /** What a pod asks for besides amounts. */
    record Terms(
            Map<String, String> labels,
            List<PreferredTerm> preferredNodes,
            List<TopologySpreadConstraint> spread,
            List<PodAffinityTerm> affinity,
            List<PodAffinityTerm> antiAffinity,
            List<WeightedPodAffinityTerm> preferredAntiAffinity) {
        static final Terms NONE = new Terms(Map.of(), List.of(), List.of(), List.of(), List.of(), List.of());

        static Terms labelled(Map<String, String> labels) {
            return new Terms(labels, List.of(), List.of(), List.of(), List.of(), List.of());
        }

        Terms spreadOver(String key, Map<String, String> selected) {
            return new Terms(
                    labels,
                    preferredNodes,
                    List.of(new TopologySpreadConstraint(
                            1, key, "DoNotSchedule", selector(selected), null, null, null, List.of())),
                    affinity,
                    antiAffinity,
                    preferredAntiAffinity);
        }

        Terms together(String key) {
            return new Terms(
                    labels, preferredNodes, spread, List.of(term(key, labels)), antiAffinity, preferredAntiAffinity);
        }

        Terms apart(String key) {
            return new Terms(
                    labels, preferredNodes, spread, affinity, List.of(term(key, labels)), preferredAntiAffinity);
        }

        static PodAffinityTerm term(String key, Map<String, String> selected) {
            return new PodAffinityTerm(key, selector(selected), List.of(), null, List.of(), List.of());
        }

        private static LabelSelector selector(Map<String, String> labels) {
            return new LabelSelector(labels, List.of());
        }
    }

    Pod pod(long milliCpu, long memoryMib, Terms terms) {
        PodShape shape = shapes.computeIfAbsent(shape(milliCpu, memoryMib, terms), same -> same);
        String name = "pod-%06d".formatted(count++);
        return Pod.waiting(new PodKey("default", name), "uid-" + name, shape, BIRTH);
    }

    static PodShape shape(long milliCpu, long memoryMib, Terms terms) {
        return PodShape.builder("default")
                .labels(terms.labels)
                .requests(ResourceVector.of(milliCpu, memoryMib << 20).with(ResourceVector.PODS, 1))
                .preferredNodeAffinity(terms.preferredNodes)
                .topologySpread(terms.spread)
                .podAffinity(terms.affinity)
                .podAntiAffinity(terms.antiAffinity)
                .preferredPodAntiAffinity(terms.preferredAntiAffinity)
                .build();
    }
}
