package karpenter.controllers.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import karpenter.api.Labels;
import karpenter.cloudprovider.CloudProvider.ProviderLabels;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics.GaugeSink;

/**
 * What every Node has and what its pods ask for, and how full the cluster is.
 *
 * <p>The label {@code phase} is always empty: it shows {@code status.phase} of the Node, which Kubernetes declared obsolete
 * and no kubelet fills in.
 */
final class NodeMetrics {
    private static final double PERCENT = 100;

    private final ControllerContext context;
    private final ClusterState state;
    /** Metric label to the node label that it shows, in the order of the metric labels. */
    private final Map<String, String> nodeLabels = new TreeMap<>();

    private NodeMetrics(ControllerContext context, ClusterState state, ProviderLabels providerLabels) {
        this.context = context;
        this.state = state;
        Labels.WELL_KNOWN.stream().sorted().forEach(this::addLabel);
        new TreeSet<>(providerLabels.wellKnown()).forEach(this::addLabel);
    }

    /** Two keys that differ only in their domain would give one label; the first one has it. */
    private void addLabel(String key) {
        int slash = key.indexOf('/');
        if (slash >= 0 && slash == key.lastIndexOf('/')) {
            String label = key.substring(slash + 1)
                    .toLowerCase(Locale.ROOT)
                    .replace('-', '_')
                    .replace('.', '_');
            nodeLabels.putIfAbsent(label, key);
        }
    }

    static void register(ControllerContext context, ClusterState state, ProviderLabels providerLabels) {
        NodeMetrics metrics = new NodeMetrics(context, state, providerLabels);
        metrics.perResource(
                "karpenter_nodes_allocatable",
                "What pods can use of each resource of a node.",
                (machine, node) -> node.allocatable());
        metrics.perResource(
                "karpenter_nodes_total_pod_requests",
                "What the pods bound to a node request of each resource, daemons included.",
                (machine, node) -> machine.podRequests());
        metrics.perResource(
                "karpenter_nodes_total_pod_limits",
                "What the pods bound to a node may use of each resource, daemons included.",
                (machine, node) -> limits(machine, false));
        metrics.perResource(
                "karpenter_nodes_total_daemon_requests",
                "What the daemons bound to a node request of each resource.",
                (machine, node) -> machine.daemonRequests());
        metrics.perResource(
                "karpenter_nodes_total_daemon_limits",
                "What the daemons bound to a node may use of each resource.",
                (machine, node) -> limits(machine, true));
        metrics.perResource(
                "karpenter_nodes_system_overhead",
                "What a node keeps of each resource for itself: capacity less allocatable.",
                (machine, node) -> node.capacity().minus(node.allocatable()));
        context.leaderGauge(
                "karpenter_nodes_current_lifetime_seconds",
                "Age of a node in seconds.",
                metrics.labelNames(false),
                metrics::putLifetimes);
        context.leaderGauge(
                "karpenter_cluster_utilization_percent",
                "Share of what all nodes can give to pods that pods request, per resource.",
                List.of(ResourceSeries.LABEL),
                metrics::putUtilization);
    }

    private void perResource(String name, String help, BiFunction<NodeState, Node, ResourceVector> amounts) {
        context.leaderGauge(name, help, labelNames(true), sink -> {
            for (NodeState machine : state.snapshot().machines()) {
                Node node = machine.node();
                if (node != null) {
                    put(sink, amounts.apply(machine, node), labelValues(machine, node));
                }
            }
        });
    }

    private static void put(GaugeSink sink, ResourceVector amounts, List<String> labels) {
        String[] values = labels.toArray(new String[labels.size() + 1]);
        for (String resource : ResourceSeries.names(amounts)) {
            String[] series = values.clone();
            series[labels.size()] = ResourceSeries.label(resource);
            sink.put(ResourceSeries.amount(resource, amounts), series);
        }
    }

    private static ResourceVector limits(NodeState machine, boolean onlyDaemons) {
        ResourceVector sum = ResourceVector.ZERO;
        long count = 0;
        for (Pod pod : machine.pods()) {
            if (!onlyDaemons || pod.daemon()) {
                sum = sum.plus(pod.shape().limits());
                count++;
            }
        }
        return sum.with(ResourceVector.PODS, count);
    }

    private void putLifetimes(GaugeSink sink) {
        Instant now = context.time().instant();
        for (NodeState machine : state.snapshot().machines()) {
            Node node = machine.node();
            if (node != null && node.metadata().creationTimestamp() != null) {
                Duration age = Duration.between(node.metadata().creationTimestamp(), now);
                sink.put(age.toNanos() / 1e9, labelValues(machine, node).toArray(String[]::new));
            }
        }
    }

    private void putUtilization(GaugeSink sink) {
        ResourceVector allocatable = ResourceVector.ZERO;
        ResourceVector requested = ResourceVector.ZERO;
        for (NodeState machine : state.snapshot().machines()) {
            if (machine.node() != null) {
                allocatable = allocatable.plus(machine.allocatable());
                requested = requested.plus(machine.podRequests());
            }
        }
        for (String resource : allocatable.names()) {
            double share = PERCENT * requested.get(resource) / allocatable.get(resource);
            sink.put(share, ResourceSeries.label(resource));
        }
    }

    private List<String> labelNames(boolean withResource) {
        List<String> names = new ArrayList<>(List.of("node_name", "phase", "managed"));
        names.addAll(nodeLabels.keySet());
        if (withResource) {
            names.add(ResourceSeries.LABEL);
        }
        return names;
    }

    private List<String> labelValues(NodeState machine, Node node) {
        List<String> values = new ArrayList<>(List.of(node.name(), "", Boolean.toString(machine.managed())));
        for (String key : nodeLabels.values()) {
            values.add(node.metadata().labels().getOrDefault(key, ""));
        }
        return values;
    }
}
