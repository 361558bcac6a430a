package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.resource.ResourceVector;
import karpenter.core.topology.Mates;

/**
 * A machine that needn't be bought, running or booting, and what this pass puts on it.
 *
 * <p>Free is what its pods leave of allocatable, less what DaemonSets are still to take; when that is negative in any resource,
 * nothing fits. Labels are taken as they are: a label that a pod asks for and the machine doesn't have is a refusal.
 */
final class ExistingMachine {
    private final NodeState state;
    private final Map<String, String> labels;
    private final long[] allocatable;
    private final long[] free;
    private final HostPorts portsBefore;
    private HostPorts ports;
    private HostPorts portsKept = HostPorts.NONE;
    private final AttachedVolumes volumes;
    private final Mates mates;
    private final Map<PodClass, Integer> counts = new LinkedHashMap<>();
    private final List<Pod> kept = new ArrayList<>();
    private final Map<PodClass, Integer> keptOf = new LinkedHashMap<>();

    /**
     * @param volumes what its pods have attached; kept up to date from now on
     * @param mates the pods that run there; kept up to date from now on
     */
    ExistingMachine(NodeState state, Daemons daemons, ResourceColumns columns, AttachedVolumes volumes, Mates mates) {
        this.state = state;
        this.volumes = volumes;
        this.mates = mates;
        Map<String, String> withHostname = new HashMap<>(state.labels());
        withHostname.putIfAbsent(Labels.HOSTNAME, state.name());
        this.labels = withHostname;
        Daemons.Overhead toCome = daemons.stillToCome(state);
        ResourceVector left = state.available().minus(toCome.requests());
        this.allocatable = columns.amounts(state.allocatable());
        this.free = columns.free(left);
        List<HostPort> taken = new ArrayList<>();
        state.pods().forEach(pod -> taken.addAll(pod.shape().hostPorts()));
        state.awaitedPods().forEach(pod -> taken.addAll(pod.shape().hostPorts()));
        this.portsBefore = HostPorts.of(taken).and(toCome.ports());
        this.ports = portsBefore;
    }

    NodeState state() {
        return state;
    }

    boolean initialized() {
        return state.initialized();
    }

    /** What pods can still take, in columns; not to be written to. */
    long[] free() {
        return free;
    }

    /** Whether taints and labels let such a pod in; whether there is room is another matter. */
    boolean admits(NodeAsk ask) {
        return ask.untolerated(state.taints()) == null && Daemons.matches(ask.requirements(), labels);
    }

    /** How many pods of the class fit, at most {@code most}. */
    int holds(PodClass podClass, NodeAsk ask, int most) {
        if (ports.clashWith(ask.ports())) {
            return 0;
        }
        // Two pods that take the same port can't share a machine.
        int alone = ask.ports().isEmpty() ? most : Math.min(most, 1);
        int room = volumes.room(podClass.volumes(), ResourceColumns.timesFits(podClass.amounts(), free, alone));
        return mates.room(ask.groups(), room);
    }

    /** How much would be left after one such pod, each resource as a share of what the machine has. */
    double leftAfter(long[] amounts) {
        double left = 0;
        for (int column = 0; column < free.length; column++) {
            if (allocatable[column] > 0) {
                left += (double) (free[column] - amounts[column]) / allocatable[column];
            }
        }
        return left;
    }

    void place(PodClass podClass, NodeAsk ask, int count) {
        use(podClass, ask, count);
        podClass.placed(count);
        counts.merge(podClass, count, Integer::sum);
    }

    /** Places this very pod, which an earlier pass promised the machine to; its class is told by the caller. */
    void keep(PodClass podClass, NodeAsk ask, Pod pod) {
        use(podClass, ask, 1);
        kept.add(pod);
        portsKept = portsKept.and(ask.ports());
        keptOf.merge(podClass, 1, Integer::sum);
    }

    private void use(PodClass podClass, NodeAsk ask, int count) {
        long[] amounts = podClass.amounts();
        for (int column = 0; column < free.length; column++) {
            free[column] -= amounts[column] * count;
        }
        ports = ports.and(ask.ports());
        volumes.add(podClass.volumes(), count);
        mates.add(ask.groups(), count);
    }

    /** All labels, the host name among them. */
    Map<String, String> labels() {
        return labels;
    }

    /** Pods as groups per node see them; not to be changed. */
    Mates mates() {
        return mates;
    }

    /** Shares of classes that were placed here, with the number of their pods. */
    Map<PodClass, Integer> shares() {
        return Map.copyOf(counts);
    }

    /** Classes with the number of their pods that were promised the machine. */
    Map<PodClass, Integer> kept() {
        return Map.copyOf(keptOf);
    }

    /** Takes pods of a share away again. */
    void remove(PodClass share, int count) {
        NodeAsk ask = share.asks().getFirst();
        for (int column = 0; column < free.length; column++) {
            free[column] += share.amounts()[column] * count;
        }
        volumes.add(share.volumes(), -count);
        mates.add(ask.groups(), -count);
        share.placed(-count);
        counts.computeIfPresent(share, (each, before) -> before > count ? before - count : null);
        ports = portsBefore.and(portsKept);
        counts.keySet().forEach(left -> ports = ports.and(left.asks().getFirst().ports()));
    }

    /** The pods placed here; deals them out of their classes, so to be called once. */
    List<Pod> dealPods() {
        List<Pod> pods = new ArrayList<>(kept);
        counts.forEach((podClass, count) -> pods.addAll(podClass.deal(count)));
        return pods;
    }
}
