package karpenter.controllers.metrics;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import karpenter.api.Quantity;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.ClusterState;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics.GaugeSink;

/** Limits and usage of pools, as their objects say. */
final class NodePoolMetrics {
    private static final List<String> LABELS = List.of(ResourceSeries.LABEL, "nodepool");

    private NodePoolMetrics() {}

    static void register(ControllerContext context, ClusterState state) {
        context.leaderGauge(
                "karpenter_nodepools_limit",
                "Most of each resource that the nodes of a nodepool may have together.",
                LABELS,
                sink -> put(sink, state, pool -> limits(pool)));
        context.leaderGauge(
                "karpenter_nodepools_usage",
                "Capacity of each resource that the nodes of a nodepool have together.",
                LABELS,
                sink -> put(sink, state, pool -> pool.status().resources()));
    }

    private static Map<String, Quantity> limits(NodePool pool) {
        Map<String, Quantity> limits = pool.spec().limits();
        return limits == null ? Map.of() : limits;
    }

    private static void put(GaugeSink sink, ClusterState state, Function<NodePool, Map<String, Quantity>> amounts) {
        for (NodePool pool : state.snapshot().nodePools().values()) {
            amounts.apply(pool)
                    .forEach((resource, quantity) -> sink.put(
                            ResourceSeries.amount(resource, quantity), ResourceSeries.label(resource), pool.name()));
        }
    }
}
