package karpenter.core.topology;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import org.jspecify.annotations.Nullable;

/**
 * What the pods of one pass demand of each other and of pods that run.
 *
 * <p><b>Method.</b> Constraints of the pods that wait, and required anti-affinity of those that run, become groups; equal ones are
 * one group. Which groups select a pod is found once for each set of labels, counts once for each machine. Groups that can't
 * bind, such as anti-affinity to nobody else, are left out at once.
 *
 * <p>Pods that run are those bound to a known node that have neither ended nor are being deleted, and don't wait in this pass.
 *
 * <p><b>Complexity.</b> Groups × (different sets of labels + machines) + pods.
 */
public final class Topology {
    private final Map<String, Map<String, String>> namespaces;
    private final Map<TopologyGroup.Terms, TopologyGroup> interned = new LinkedHashMap<>();
    private final Map<Labelled, List<TopologyGroup>> selecting = new HashMap<>();
    private final IdentityHashMap<PodShape, PodTopology> ofShape = new IdentityHashMap<>();
    private final IdentityHashMap<NodeState, Mates> mates = new IdentityHashMap<>();
    private final IdentityHashMap<NodeState, Map<Membership, Integer>> runningOn = new IdentityHashMap<>();
    private final IdentityHashMap<PodShape, Membership> daemons = new IdentityHashMap<>();
    private final Map<TopologyGroup, Integer> running = new HashMap<>();
    private final DomainCounts counts;

    private record Labelled(String namespace, Map<String, String> labels) {}

    private record Running(NodeState machine, List<Pod> pods) {}

    private Topology(
            Collection<Pod> waiting,
            Collection<NodeState> machines,
            Collection<NodeState> domains,
            Collection<PodShape> daemonShapes,
            Map<String, Map<String, String>> namespaces,
            boolean respectPreferences) {
        this.namespaces = namespaces;
        TermReader reader = new TermReader(this::intern, respectPreferences);
        Map<PodShape, Integer> shapes = shapes(waiting);
        IdentityHashMap<PodShape, PodTopology> owned = new IdentityHashMap<>();
        shapes.keySet().forEach(shape -> owned.put(shape, reader.read(shape)));
        List<Running> running = running(waiting, machines);
        IdentityHashMap<PodShape, List<TopologyGroup>> keepers = keepers(running, reader);
        daemonShapes.forEach(shape -> keepers.computeIfAbsent(shape, reader::requiredAntiAffinity));
        Set<TopologyGroup> binding = binding(shapes, owned, keepers, running, daemonShapes);
        shapes.keySet()
                .forEach(shape ->
                        ofShape.put(shape, bound(owned.getOrDefault(shape, PodTopology.NONE), shape, binding)));
        daemonShapes.forEach(shape -> daemons.put(shape, membership(shape, keepers, binding)));
        this.counts = new DomainCounts(interned.size());
        count(running, keepers, binding, domains);
    }

    /**
     * Reads the constraints and counts what runs.
     *
     * @param waiting pods of the pass, without those that are refused anyway, in an order that doesn't depend on chance
     * @param machines all that are known, with the pods on them
     * @param staying those of them whose labels are domains
     * @param daemons pods that nodes are to get of each DaemonSet, wherever these come to run
     * @param namespaces labels by name
     * @param respectPreferences whether preferred terms count
     */
    public static Topology of(
            Collection<Pod> waiting,
            Collection<NodeState> machines,
            Collection<NodeState> staying,
            Collection<PodShape> daemons,
            Map<String, Map<String, String>> namespaces,
            boolean respectPreferences) {
        return new Topology(waiting, machines, staying, daemons, namespaces, respectPreferences);
    }

    private TopologyGroup intern(TopologyGroup.Terms terms) {
        return interned.computeIfAbsent(terms, fresh -> new TopologyGroup(interned.size(), fresh));
    }

    private static Map<PodShape, Integer> shapes(Collection<Pod> waiting) {
        IdentityHashMap<PodShape, Integer> numbers = new IdentityHashMap<>();
        List<PodShape> order = new ArrayList<>();
        for (Pod pod : waiting) {
            if (numbers.merge(pod.shape(), 1, Integer::sum) == 1) {
                order.add(pod.shape());
            }
        }
        // Shapes are compared as objects: equal ones of different identity are as good as different ones.
        Map<PodShape, Integer> counted = new TreeMap<>(new OrderOf(order));
        order.forEach(shape -> counted.put(shape, numbers.get(shape)));
        return counted;
    }

    /** By first appearance. */
    private static final class OrderOf implements Comparator<PodShape> {
        private final IdentityHashMap<PodShape, Integer> positions = new IdentityHashMap<>();

        OrderOf(List<PodShape> order) {
            order.forEach(shape -> positions.put(shape, positions.size()));
        }

        @Override
        public int compare(PodShape left, PodShape right) {
            return Integer.compare(positions.getOrDefault(left, -1), positions.getOrDefault(right, -1));
        }
    }

    private static List<Running> running(Collection<Pod> waiting, Collection<NodeState> machines) {
        Set<String> uids = new HashSet<>();
        waiting.forEach(pod -> uids.add(pod.uid()));
        List<Running> running = new ArrayList<>();
        for (NodeState machine : machines) {
            List<Pod> pods = machine.pods().stream()
                    .filter(pod -> !pod.phase().terminal() && !pod.terminating() && !uids.contains(pod.uid()))
                    .toList();
            if (!pods.isEmpty()) {
                running.add(new Running(machine, pods));
            }
        }
        return running;
    }

    /** The groups that keep others off running pods, by the running pods' shapes. */
    private static IdentityHashMap<PodShape, List<TopologyGroup>> keepers(List<Running> running, TermReader reader) {
        Map<String, PodShape> ordered = new TreeMap<>();
        IdentityHashMap<PodShape, Boolean> seen = new IdentityHashMap<>();
        for (Running on : running) {
            for (Pod pod : on.pods) {
                if (!pod.shape().podAntiAffinity().isEmpty() && seen.put(pod.shape(), true) == null) {
                    ordered.put(pod.key() + " " + pod.uid(), pod.shape());
                }
            }
        }
        IdentityHashMap<PodShape, List<TopologyGroup>> keepers = new IdentityHashMap<>();
        ordered.values().forEach(shape -> keepers.put(shape, reader.requiredAntiAffinity(shape)));
        return keepers;
    }

    private List<TopologyGroup> selecting(PodShape shape) {
        return selecting.computeIfAbsent(new Labelled(shape.namespace(), shape.labels()), this::selecting);
    }

    private List<TopologyGroup> selecting(Labelled pod) {
        Map<String, String> namespaceLabels = namespaces.get(pod.namespace);
        if (namespaceLabels == null) {
            namespaceLabels = Map.of("kubernetes.io/metadata.name", pod.namespace);
        }
        List<TopologyGroup> found = new ArrayList<>();
        for (TopologyGroup group : interned.values()) {
            if (group.terms().selection().selects(pod.namespace, namespaceLabels, pod.labels)) {
                found.add(group);
            }
        }
        return List.copyOf(found);
    }

    /** How many pods own a group, are selected by it, or both. */
    private static final class Census {
        private int owners;
        private int selected;
        private int both;
        private int running;
        private boolean ownedByWaiting;
        private boolean selectsWaiting;

        boolean binds(TopologyGroup group) {
            if (!ownedByWaiting && !selectsWaiting) {
                return false;
            }
            return switch (group.kind()) {
                case SPREAD -> !group.perNode() || selected > group.terms().maxSkew();
                case AFFINITY -> true;
                case ANTI_AFFINITY -> selected > 0 && !(owners == 1 && selected == 1 && both == 1);
            };
        }
    }

    /** The groups that can make a difference. */
    private Set<TopologyGroup> binding(
            Map<PodShape, Integer> waiting,
            IdentityHashMap<PodShape, PodTopology> owned,
            IdentityHashMap<PodShape, List<TopologyGroup>> keepers,
            List<Running> running,
            Collection<PodShape> daemonShapes) {
        Map<TopologyGroup, Census> census = new LinkedHashMap<>();
        interned.values().forEach(group -> census.put(group, new Census()));
        waiting.forEach((shape, count) -> {
            List<TopologyGroup> own = ownedBy(owned.getOrDefault(shape, PodTopology.NONE));
            add(census, own, selecting(shape), count, true);
        });
        if (!interned.isEmpty()) {
            for (Running on : running) {
                for (Pod pod : on.pods) {
                    add(census, keepers.getOrDefault(pod.shape(), List.of()), selecting(pod.shape()), 1, false);
                }
            }
            // Those to come are no more than one on a node.
            daemonShapes.forEach(
                    shape -> add(census, keepers.getOrDefault(shape, List.of()), selecting(shape), 1, false));
        }
        Set<TopologyGroup> binding = new HashSet<>();
        census.forEach((group, counted) -> {
            this.running.put(group, counted.running);
            if (counted.binds(group)) {
                binding.add(group);
            }
        });
        return binding;
    }

    private static void add(
            Map<TopologyGroup, Census> census,
            List<TopologyGroup> own,
            List<TopologyGroup> selecting,
            int count,
            boolean waiting) {
        for (TopologyGroup group : own) {
            Census counted = census.get(group);
            if (counted != null) {
                counted.owners += count;
                counted.both += selecting.contains(group) ? count : 0;
                counted.ownedByWaiting |= waiting;
            }
        }
        for (TopologyGroup group : selecting) {
            Census counted = census.get(group);
            if (counted != null) {
                counted.selected += count;
                counted.selectsWaiting |= waiting;
                counted.running += waiting ? 0 : count;
            }
        }
    }

    private static List<TopologyGroup> ownedBy(PodTopology pod) {
        List<TopologyGroup> all = new ArrayList<>(pod.required());
        all.addAll(pod.preferredAffinity());
        all.addAll(pod.preferredAntiAffinity());
        all.addAll(pod.preferredSpread());
        return all;
    }

    private PodTopology bound(PodTopology pod, PodShape shape, Set<TopologyGroup> binding) {
        return new PodTopology(
                only(binding, pod.required()),
                only(binding, pod.preferredAffinity()),
                only(binding, pod.preferredAntiAffinity()),
                only(binding, pod.preferredSpread()),
                only(binding, selecting(shape)));
    }

    private static List<TopologyGroup> only(Set<TopologyGroup> binding, List<TopologyGroup> groups) {
        return groups.stream().filter(binding::contains).toList();
    }

    private void count(
            List<Running> running,
            IdentityHashMap<PodShape, List<TopologyGroup>> keepers,
            Set<TopologyGroup> binding,
            Collection<NodeState> domains) {
        if (binding.isEmpty()) {
            return;
        }
        List<TopologyGroup> wide = interned.values().stream()
                .filter(group -> !group.perNode() && binding.contains(group))
                .toList();
        for (NodeState machine : domains) {
            for (TopologyGroup group : wide) {
                String value = domain(group, machine);
                if (value != null) {
                    counts.exists(group, value);
                }
            }
        }
        for (Running on : running) {
            Map<TopologyGroup, String> here = new HashMap<>();
            for (TopologyGroup group : wide) {
                String value = domain(group, on.machine);
                if (value != null) {
                    here.put(group, value);
                }
            }
            Mates company = new Mates();
            Map<Membership, Integer> there = new LinkedHashMap<>();
            IdentityHashMap<PodShape, Membership> memberships = new IdentityHashMap<>();
            for (Pod pod : on.pods) {
                Membership membership =
                        memberships.computeIfAbsent(pod.shape(), shape -> membership(shape, keepers, binding));
                company.add(membership, 1);
                if (!membership.equals(Membership.NONE)) {
                    there.merge(membership, 1, Integer::sum);
                }
                for (Membership.Part part : membership.perDomain()) {
                    String value = here.get(part.group());
                    if (value != null) {
                        counts.addRunning(part, value);
                    }
                }
            }
            mates.put(on.machine, company);
            runningOn.put(on.machine, there);
        }
    }

    private Membership membership(
            PodShape shape, IdentityHashMap<PodShape, List<TopologyGroup>> keepers, Set<TopologyGroup> binding) {
        return Membership.of(only(binding, keepers.getOrDefault(shape, List.of())), only(binding, selecting(shape)));
    }

    private static @Nullable String domain(TopologyGroup group, NodeState machine) {
        String value = machine.labels().get(group.key());
        return value != null && group.terms().filter().counts(machine.labels(), machine.taints()) ? value : null;
    }

    /** What bears on the pods of a shape that waits. */
    public PodTopology of(PodShape shape) {
        return ofShape.getOrDefault(shape, PodTopology.NONE);
    }

    /** Spreads wider than a node that pods insist on. */
    public List<TopologyGroup> spreads() {
        return interned.values().stream()
                .filter(group -> group.kind() == TopologyGroup.Kind.SPREAD
                        && !group.perNode()
                        && !group.terms().wish())
                .toList();
    }

    /** How many running pods a group selects, wherever they are. */
    public int running(TopologyGroup group) {
        return running.getOrDefault(group, 0);
    }

    /** Counts per domain before any pod of the pass is placed; a copy. */
    public DomainCounts counts() {
        return new DomainCounts(counts);
    }

    /** The pods that run on a machine; a copy. */
    public Mates matesOn(NodeState machine) {
        Mates company = mates.get(machine);
        return company == null ? new Mates() : new Mates(company);
    }

    /** The pods that run on a machine, by the groups they have to do with; those that have to do with none are left out. */
    public Map<Membership, Integer> runningOn(NodeState machine) {
        return Map.copyOf(runningOn.getOrDefault(machine, Map.of()));
    }

    /** The groups that a DaemonSet's pod has to do with, wherever it comes to run. */
    public Membership ofDaemon(PodShape shape) {
        return daemons.getOrDefault(shape, Membership.NONE);
    }

    /** Keys of labels that pods may need to be told apart by. */
    static String normalized(String key) {
        return Labels.NORMALIZED.getOrDefault(key, key);
    }
}
