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
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;

/**
 * Pods that are the same to the scheduler: equal requests, equal asks. The algorithms work with counts; which pod of the class
 * goes where is dealt out at the end, oldest first, so that the oldest have a place when there isn't one for all.
 */
final class PodClass {
    /** Oldest first, then by uid and key. */
    private static final Comparator<Pod> AGE =
            Comparator.comparing(Pod::creationTimestamp).thenComparing(Pod::uid).thenComparing(Pod::key);

    private final List<NodeAsk> asks;
    private final ResourceVector requests;
    private final VolumeNeeds volumes;
    private final long[] amounts;
    private final Deque<Pod> waiting;
    private int unplaced;

    PodClass(
            List<NodeAsk> asks, ResourceVector requests, VolumeNeeds volumes, ResourceColumns columns, List<Pod> pods) {
        this.asks = List.copyOf(asks);
        this.volumes = volumes;
        this.requests = requests;
        this.amounts = columns.amounts(requests);
        List<Pod> byAge = new ArrayList<>(pods);
        byAge.sort(AGE);
        this.waiting = new ArrayDeque<>(byAge);
        this.unplaced = byAge.size();
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
            VolumeNeeds volumes) {
        static Likeness of(PodShape shape, VolumeNeeds volumes) {
            return new Likeness(
                    shape.requests(),
                    shape.nodeSelector(),
                    shape.requiredNodeAffinity(),
                    shape.preferredNodeAffinity(),
                    shape.tolerations(),
                    shape.hostPorts(),
                    volumes);
        }
    }

    /**
     * Sorts pods into classes: largest cpu first, then memory, then the oldest pod's age.
     *
     * @param pods in any order
     * @param volumes what the volumes of pods ask; of a pod that isn't in it, nothing
     * @param softTaints whether PreferNoSchedule taints are about, so that tolerating them is worth an alternative
     */
    static List<PodClass> of(
            List<Pod> pods,
            IdentityHashMap<Pod, VolumeNeeds> volumes,
            ResourceColumns columns,
            boolean respectPreferences,
            boolean softTaints) {
        IdentityHashMap<PodShape, Likeness> byShape = new IdentityHashMap<>();
        Map<Likeness, List<Pod>> alike = new LinkedHashMap<>();
        for (Pod pod : pods) {
            VolumeNeeds needs = volumes.get(pod);
            Likeness likeness = needs == null
                    ? byShape.computeIfAbsent(pod.shape(), shape -> Likeness.of(shape, VolumeNeeds.NONE))
                    : Likeness.of(pod.shape(), needs);
            alike.computeIfAbsent(likeness, fresh -> new ArrayList<>()).add(pod);
        }
        NodeAsk.Interner interner = new NodeAsk.Interner();
        List<PodClass> classes = new ArrayList<>();
        alike.forEach((likeness, members) -> {
            PodShape shape = members.getFirst().shape();
            List<NodeAsk> asks = asks(shape, likeness.volumes, respectPreferences, softTaints, interner);
            classes.add(new PodClass(asks, shape.requests(), likeness.volumes, columns, members));
        });
        classes.sort(Comparator.comparingLong((PodClass each) -> each.requests.milliCpu())
                .thenComparingLong(each -> each.requests.memoryBytes())
                .reversed()
                .thenComparing(each -> each.waiting.getFirst(), AGE));
        return List.copyOf(classes);
    }

    private static List<NodeAsk> asks(
            PodShape shape,
            VolumeNeeds volumes,
            boolean respectPreferences,
            boolean softTaints,
            NodeAsk.Interner interner) {
        HostPorts ports = HostPorts.of(shape.hostPorts());
        List<NodeAsk> asks = new ArrayList<>();
        for (Requirements alternative : volumes.within(PodRequirements.alternatives(shape, respectPreferences))) {
            asks.add(interner.intern(new NodeAsk.Terms(alternative, shape.tolerations(), false, ports)));
        }
        if (softTaints) {
            for (Requirements alternative : volumes.within(PodRequirements.alternatives(shape, false))) {
                asks.add(interner.intern(new NodeAsk.Terms(alternative, shape.tolerations(), true, ports)));
            }
        }
        return asks;
    }
}
