package karpenter.controllers.metrics;

import karpenter.cloudprovider.CloudProvider.ProviderLabels;
import karpenter.controllers.state.ClusterState;
import karpenter.runtime.ControllerContext;

/**
 * The metrics of single pods, nodes and pools, upstream's metrics.pod, metrics.node and metrics.nodepool. Left out with
 * {@code --disable-cluster-state-observability}, since their number grows with the cluster.
 */
public final class ClusterObservability {
    private ClusterObservability() {}

    /**
     * Registers them all. Call once, before the source of deltas starts.
     *
     * @param providerLabels whose well-known keys become labels of the node metrics
     */
    public static void register(ControllerContext context, ClusterState state, ProviderLabels providerLabels) {
        PodMetrics.register(context, state);
        NodeMetrics.register(context, state, providerLabels);
        NodePoolMetrics.register(context, state);
    }
}
