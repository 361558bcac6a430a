package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.cluster.Toleration;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;

/**
 * What DaemonSets take of each node.
 *
 * <p><b>Problem.</b> A new node gets a pod of every DaemonSet that fits its labels and taints before any planned pod arrives, and
 * a booting one is still to get them.
 *
 * <p><b>Method.</b> A DaemonSet is represented by its newest live pod, so that what webhooks and limit ranges change is seen, else
 * by its template. A live pod's required node affinity pins it to one node and is replaced by the template's. Preferences don't
 * count, PreferNoSchedule taints are tolerated, and required terms are alternatives. For a planned node the check runs per
 * instance type; a type that may or may not match, depending on the zone say, counts as matching.
 *
 * <p><b>Differs from upstream.</b> Upstream loses required terms of a DaemonSet while it checks, so the overhead depends on the
 * order of types, and checks only the first term on existing nodes. There it takes what any daemon requests from what all still
 * want, so that one that is on its way out makes room for another that isn't there yet. Of the tolerations that all daemons are
 * given it knows where there is a live pod.
 */
final class Daemons {
    /**
     * What the DaemonSet controller lets all of its pods put up with, so that a node gets them whatever state it is in; source:
     * "Taints and tolerations" in Kubernetes' documentation of DaemonSets.
     */
    private static final List<Toleration> GIVEN = List.of(
            tolerating("not-ready", Taint.NO_EXECUTE),
            tolerating("unreachable", Taint.NO_EXECUTE),
            tolerating("disk-pressure", Taint.NO_SCHEDULE),
            tolerating("memory-pressure", Taint.NO_SCHEDULE),
            tolerating("pid-pressure", Taint.NO_SCHEDULE),
            tolerating("unschedulable", Taint.NO_SCHEDULE));

    private final List<Daemon> daemons;

    private Daemons(List<Daemon> daemons) {
        this.daemons = daemons;
    }

    private static Toleration tolerating(String condition, String effect) {
        return new Toleration("node.kubernetes.io/" + condition, "Exists", "", effect);
    }

    /**
     * @param alternatives what it asks of labels; one must hold
     * @param tolerations its own and those that all are given
     */
    private record Daemon(
            String uid,
            PodShape shape,
            List<Requirements> alternatives,
            List<Toleration> tolerations,
            HostPorts ports) {}

    /** What a node loses to daemons: amounts, {@code pods} included, and ports. */
    record Overhead(ResourceVector requests, HostPorts ports) {
        static final Overhead NONE = new Overhead(ResourceVector.ZERO, HostPorts.NONE);

        Overhead and(ResourceVector moreRequests, HostPorts morePorts) {
            return new Overhead(requests.plus(moreRequests), ports.and(morePorts));
        }
    }

    static Daemons of(ClusterSnapshot snapshot, boolean ignoreResourceClaims) {
        Map<String, Pod> newest = newestPods(snapshot);
        List<Daemon> daemons = new ArrayList<>();
        for (DaemonSet set : snapshot.daemonSets()) {
            Pod live = newest.get(set.metadata().uid());
            PodShape shape = live == null ? set.template() : live.shape();
            if (ignoreResourceClaims && !shape.resourceClaims().isEmpty()) {
                continue;
            }
            List<Requirements> terms = PodRequirements.alternatives(set.template(), false);
            Requirements selector = Requirements.ofLabels(shape.nodeSelector(), Labels.NORMALIZED);
            List<Toleration> tolerations = new ArrayList<>(shape.tolerations());
            tolerations.addAll(GIVEN);
            daemons.add(new Daemon(
                    set.metadata().uid(),
                    shape,
                    terms.stream().map(selector::and).toList(),
                    tolerations,
                    HostPorts.of(shape.hostPorts())));
        }
        daemons.sort(Comparator.comparing(Daemon::uid));
        return new Daemons(List.copyOf(daemons));
    }

    private static Map<String, Pod> newestPods(ClusterSnapshot snapshot) {
        Map<String, Pod> newest = new HashMap<>();
        if (snapshot.daemonSets().isEmpty()) {
            return newest;
        }
        Comparator<Pod> age = Comparator.comparing(Pod::creationTimestamp).thenComparing(Pod::uid);
        for (Pod pod : snapshot.pods().values()) {
            if (pod.daemon() && pod.shape().owner() != null && !pod.phase().terminal()) {
                newest.merge(pod.shape().owner().uid(), pod, (a, b) -> age.compare(a, b) >= 0 ? a : b);
            }
        }
        return newest;
    }

    /**
     * What a node of this type loses.
     *
     * @param template labels and requirements of the pool's nodes
     * @param taints the pool's lasting taints; those that go away during start-up don't keep daemons off
     */
    Overhead on(InstanceType type, Requirements template, List<Taint> taints, Set<String> wellKnown) {
        Overhead overhead = Overhead.NONE;
        for (Daemon daemon : daemons) {
            if (tolerates(daemon, taints) && mayRunOn(daemon, type, template, wellKnown)) {
                overhead = overhead.and(daemon.shape.requests(), daemon.ports);
            }
        }
        return overhead;
    }

    private static boolean tolerates(Daemon daemon, List<Taint> taints) {
        return NodeAsk.untolerated(taints, daemon.tolerations, true) == null;
    }

    private static boolean mayRunOn(Daemon daemon, InstanceType type, Requirements template, Set<String> wellKnown) {
        for (Requirements alternative : daemon.alternatives) {
            if (template.compatible(alternative, wellKnown) == null
                    && template.and(alternative).intersects(type.requirements()) == null) {
                return true;
            }
        }
        return false;
    }

    /** What a machine is still to lose: to daemons that belong there, less what each one's pod there already requests. */
    Overhead stillToCome(NodeState machine) {
        if (daemons.isEmpty()) {
            return Overhead.NONE;
        }
        Overhead all = Overhead.NONE;
        Map<String, String> labels = labelsOnceInitialized(machine);
        Map<String, ResourceVector> running = requestsByDaemon(machine);
        for (Daemon daemon : daemons) {
            if (tolerates(daemon, machine.taints()) && matchesAny(daemon, labels)) {
                ResourceVector has = running.getOrDefault(daemon.uid, ResourceVector.ZERO);
                all = all.and(daemon.shape.requests().minus(has).clampedAtZero(), daemon.ports);
            }
        }
        return all;
    }

    /** One pod of each DaemonSet. */
    List<PodShape> shapes() {
        return daemons.stream().map(Daemon::shape).toList();
    }

    /** The pods that a machine is still to get; those for which it has no room go on waiting, others have it before them. */
    List<PodShape> toComeOn(NodeState machine) {
        if (daemons.isEmpty()) {
            return List.of();
        }
        Set<String> running = requestsByDaemon(machine).keySet();
        List<HostPort> taken = new ArrayList<>();
        machine.pods().forEach(pod -> taken.addAll(pod.shape().hostPorts()));
        HostPorts ports = HostPorts.of(taken);
        ResourceVector left = machine.available();
        List<PodShape> toCome = new ArrayList<>();
        for (Daemon daemon : on(labelsOnceInitialized(machine), machine.taints())) {
            ResourceVector requests = daemon.shape.requests();
            if (!running.contains(daemon.uid) && requests.fitsIn(left) && !ports.clashWith(daemon.ports)) {
                toCome.add(daemon.shape);
                left = left.minus(requests);
                ports = ports.and(daemon.ports);
            }
        }
        return toCome;
    }

    /** The pods that a node with these labels gets. */
    List<PodShape> shapesOn(Map<String, String> labels, List<Taint> taints) {
        return on(labels, taints).stream().map(Daemon::shape).toList();
    }

    private List<Daemon> on(Map<String, String> labels, List<Taint> taints) {
        return daemons.stream()
                .filter(daemon -> tolerates(daemon, taints) && matchesAny(daemon, labels))
                .toList();
    }

    private static Map<String, ResourceVector> requestsByDaemon(NodeState machine) {
        Map<String, ResourceVector> requests = new HashMap<>();
        for (Pod pod : machine.pods()) {
            PodOwner owner = pod.shape().owner();
            if (owner != null && owner.isDaemonSet()) {
                requests.merge(owner.uid(), pod.shape().requests(), ResourceVector::plus);
            }
        }
        return requests;
    }

    private static boolean matchesAny(Daemon daemon, Map<String, String> labels) {
        return daemon.alternatives.stream().anyMatch(alternative -> matches(alternative, labels));
    }

    /** Whether a node with these labels, and no others, satisfies the requirements. */
    static boolean matches(Requirements requirements, Map<String, String> labels) {
        return requirements.satisfiedBy(labels);
    }

    /** A DaemonSet may select initialized nodes; a machine that is booting will be one. */
    private static Map<String, String> labelsOnceInitialized(NodeState machine) {
        if (!machine.managed() || machine.initialized()) {
            return machine.labels();
        }
        Map<String, String> labels = new HashMap<>(machine.labels());
        labels.put(Labels.REGISTERED, "true");
        labels.put(Labels.INITIALIZED, "true");
        return labels;
    }
}
