package karpenter.core.scheduling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.PreferredTerm;
import karpenter.core.cluster.Toleration;
import karpenter.core.resource.ResourceVector;
import karpenter.core.topology.PodTopology;
import karpenter.core.topology.Topology;
import org.jspecify.annotations.Nullable;

/**
 * Pods that are the same to the scheduler: equal requests, equal asks. The algorithms work with counts; which pod of the class
 * goes where is dealt out at the end, oldest first, so that the oldest have a place when there isn't one for all.
 */
final class PodClass {
    /** Oldest first, then by uid and key. */
    private static final Comparator<Pod> AGE =
            Comparator.comparing(Pod::creationTimestamp).thenComparing(Pod::uid).thenComparing(Pod::key);

    private final @Nullable PodClass whole;
    private final PodShape sample;
    private final List<NodeAsk> asks;
    private final ResourceVector requests;
    private final VolumeNeeds volumes;
    private final long[] amounts;
    private final List<Pod> all;
    private final Deque<Pod> waiting;
    private int unplaced;

    private PodClass(PodClass whole, NodeAsk ask, int count) {
        this.whole = whole;
        this.sample = whole.sample;
        this.asks = List.of(ask);
        this.requests = whole.requests;
        this.volumes = whole.volumes;
        this.amounts = whole.amounts;
        this.all = List.of();
        this.waiting = whole.waiting;
        this.unplaced = count;
    }

    PodClass(PodShape sample, List<NodeAsk> asks, VolumeNeeds volumes, ResourceColumns columns, List<Pod> pods) {
        this.whole = null;
        this.sample = sample;
        this.asks = List.copyOf(asks);
        this.requests = sample.requests();
        this.volumes = volumes;
        this.amounts = columns.amounts(requests);
        List<Pod> byAge = new ArrayList<>(pods);
        byAge.sort(AGE);
        this.all = List.copyOf(byAge);
        this.waiting = new ArrayDeque<>(byAge);
        this.unplaced = byAge.size();
    }

    /** What this is a share of; null for a class. */
    @Nullable
    PodClass whole() {
        return whole;
    }

    /** The class that this is a share of, or itself. */
    PodClass root() {
        return whole == null ? this : whole.root();
    }

    /** One of the pods' shapes; in what bears on scheduling the others are like it, labels aside. */
    PodShape sample() {
        return sample;
    }

    /** Some of the pods without a place, under one ask. Places count for the whole class, which also deals the pods out. */
    PodClass share(NodeAsk ask, int count) {
        return new PodClass(this, ask, count);
    }

    /** Forgets all places. */
    void reset() {
        waiting.clear();
        waiting.addAll(all);
        unplaced = waiting.size();
    }

    /** Alternatives, in the order in which they are tried. */
    List<NodeAsk> asks() {
        return asks;
    }

    ResourceVector requests() {
        return requests;
    }

    /** The requests in columns; not to be written to. */
    long[] amounts() {
        return amounts;
    }

    VolumeNeeds volumes() {
        return volumes;
    }

    /** Pods without a place so far. */
    int unplaced() {
        return unplaced;
    }

    /** Counts pods that were given a place, or lost it again when negative. */
    void placed(int count) {
        unplaced -= count;
        if (whole != null) {
            whole.placed(count);
        }
    }

    /** Pods not dealt out yet, oldest first. */
    List<Pod> waiting() {
        return List.copyOf(waiting);
    }

    /** Takes pods out that have a place of their own. */
    void removeAll(Set<Pod> pods) {
        waiting.removeIf(pods::contains);
        unplaced = waiting.size();
    }

    /** Deals out the oldest pods that have not been dealt out yet. */
    List<Pod> deal(int count) {
        List<Pod> dealt = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            dealt.add(waiting.removeFirst());
        }
        return dealt;
    }

    /** What makes two pods the same to the scheduler. */
    private record Likeness(
            ResourceVector requests,
            Map<String, String> nodeSelector,
            List<NodeSelectorTerm> required,
            List<PreferredTerm> preferred,
            List<Toleration> tolerations,
            List<HostPort> hostPorts,
            VolumeNeeds volumes,
            PodTopology groups) {
        static Likeness of(PodShape shape, VolumeNeeds volumes, Topology topology) {
            return new Likeness(
                    shape.requests(),
                    shape.nodeSelector(),
                    shape.requiredNodeAffinity(),
                    shape.preferredNodeAffinity(),
                    shape.tolerations(),
                    shape.hostPorts(),
                    volumes,
                    topology.of(shape));
        }
    }

    /**
     * Sorts pods into classes: largest cpu first, then memory, then the oldest pod's age.
     *
     * @param pods in any order
     * @param volumes what the volumes of pods ask; of a pod that isn't in it, nothing
     * @param topology knows the groups of each
     * @param softTaints whether PreferNoSchedule taints are about, so that tolerating them is worth an alternative
     */
    static List<PodClass> of(
            List<Pod> pods,
            IdentityHashMap<Pod, VolumeNeeds> volumes,
            Topology topology,
            NodeAsk.Interner interner,
            ResourceColumns columns,
            boolean respectPreferences,
            boolean softTaints) {
        IdentityHashMap<PodShape, Likeness> byShape = new IdentityHashMap<>();
        Map<Likeness, List<Pod>> alike = new LinkedHashMap<>();
        for (Pod pod : pods) {
            VolumeNeeds needs = volumes.get(pod);
            Likeness likeness = needs == null
                    ? byShape.computeIfAbsent(pod.shape(), shape -> Likeness.of(shape, VolumeNeeds.NONE, topology))
                    : Likeness.of(pod.shape(), needs, topology);
            alike.computeIfAbsent(likeness, fresh -> new ArrayList<>()).add(pod);
        }
        List<PodClass> classes = new ArrayList<>();
        alike.forEach((likeness, members) -> {
            PodShape shape = members.getFirst().shape();
            List<NodeAsk> asks = new Asks(shape, topology.of(shape), likeness.volumes, interner)
                    .alternatives(respectPreferences, softTaints);
            classes.add(new PodClass(shape, asks, likeness.volumes, columns, members));
        });
        classes.sort(Comparator.comparingLong((PodClass each) -> each.requests.milliCpu())
                .thenComparingLong(each -> each.requests.memoryBytes())
                .reversed()
                .thenComparing(each -> each.waiting.getFirst(), AGE));
        return List.copyOf(classes);
    }
}
