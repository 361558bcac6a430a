package karpenter.app.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.app.bench.MadeUpPods.Terms;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.PreferredTerm;
import karpenter.core.cluster.PodShape.WeightedPodAffinityTerm;

/** The pods of the reference's own benchmark, drawn anew from the same distributions. */
final class ReferencePods {
    private static final List<String> LETTERS = List.of("a", "b", "c", "d", "e", "f", "g");

    private ReferencePods() {}

    /**
     * A fifth each: with a label; spread over zones; spread over nodes; together in a zone; never two on a node. The selector of
     * a spread is drawn apart from the label. The rest is of the first kind.
     */
    static List<Pod> diverse(int count, long seed) {
        Random random = new Random(seed);
        MadeUpPods made = new MadeUpPods();
        List<Pod> pods = new ArrayList<>(count);
        int fifth = count / 5;
        for (int i = 0; i < count; i++) {
            int kind = fifth == 0 ? 0 : Math.min(5, i / fifth);
            Terms terms = switch (kind) {
                case 1 -> labelled(random).spreadOver(Labels.ZONE, label(random));
                case 2 -> labelled(random).spreadOver(Labels.HOSTNAME, label(random));
                case 3 ->
                    Terms.labelled(Map.of("my-affininity", letter(random))).together(Labels.ZONE);
                case 4 -> Terms.labelled(Map.of("app", "nginx")).apart(Labels.HOSTNAME);
                default -> labelled(random);
            };
            pods.add(sized(made, random, terms));
        }
        return pods;
    }

    /** Pods alike that prefer a zone, and prefer to keep off each other's zones and nodes. */
    static List<Pod> preferring(int count, long seed) {
        Random random = new Random(seed);
        MadeUpPods made = new MadeUpPods();
        Map<String, String> labels = Map.of("app", "nginx");
        Terms terms = new Terms(
                labels,
                List.of(new PreferredTerm(
                        1,
                        new NodeSelectorTerm(
                                List.of(NodeSelectorRequirement.of(Labels.ZONE, "In", "test-zone-1")), false))),
                List.of(),
                List.of(),
                List.of(),
                List.of(
                        new WeightedPodAffinityTerm(10, Terms.term(Labels.ZONE, labels)),
                        new WeightedPodAffinityTerm(1, Terms.term(Labels.HOSTNAME, labels))));
        int cpu = PodFamily.CPU[random.nextInt(PodFamily.CPU.length)];
        int memory = PodFamily.MEMORY[random.nextInt(PodFamily.MEMORY.length)];
        List<Pod> pods = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            pods.add(made.pod(cpu, memory, terms));
        }
        return pods;
    }

    private static Pod sized(MadeUpPods made, Random random, Terms terms) {
        return made.pod(
                PodFamily.CPU[random.nextInt(PodFamily.CPU.length)],
                PodFamily.MEMORY[random.nextInt(PodFamily.MEMORY.length)],
                terms);
    }

    private static Terms labelled(Random random) {
        return Terms.labelled(label(random));
    }

    private static Map<String, String> label(Random random) {
        return Map.of("my-label", letter(random));
    }

    private static String letter(Random random) {
        return LETTERS.get(random.nextInt(LETTERS.size()));
    }
}
