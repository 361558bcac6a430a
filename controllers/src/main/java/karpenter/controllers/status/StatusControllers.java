package karpenter.controllers.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import karpenter.api.KubernetesObject;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider.NodeClassKind;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.status.StatusFamilies.Shown;
import karpenter.core.cluster.Node;
import karpenter.core.port.EventRecorder;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;

/**
 * Makes the status controllers: {@code operatorpkg.nodeclaim.status}, {@code operatorpkg.nodepool.status},
 * {@code operatorpkg.node.status} and, where buffers are served, {@code operatorpkg.capacitybuffer.status}. Left out with {@code --disable-cluster-state-observability}.
 */
public final class StatusControllers {
    private static final List<Double> BUCKETS = Metrics.exponentialBuckets(0.5, 2, 15);

    private StatusControllers() {}

    /**
     * Makes them all. Call once, before the source of deltas starts.
     *
     * @param nodeClasses the provider's kinds; their label keys become labels of the metrics of claims and nodes
     * @param capacityBuffers whether there are CapacityBuffers in the image
     */
    public static List<Controller<String>> all(
            ControllerContext context,
            ClusterState state,
            EventRecorder events,
            List<NodeClassKind> nodeClasses,
            boolean capacityBuffers) {
        ObservedKind<NodeClaim> claims = ObservedKind.nodeClaims(nodeClasses);
        ObservedKind<NodePool> pools = ObservedKind.nodePools();
        ObservedKind<Node> nodes = ObservedKind.nodes(nodeClasses);
        ObservedKind<CapacityBuffer> buffers = ObservedKind.capacityBuffers();
        StatusFamilies common = new StatusFamilies(
                context,
                state,
                "operator",
                List.of("group", "kind"),
                Metrics.DEFAULT_BUCKETS,
                List.of(
                        new Shown<>(claims, groupAndKind(claims)),
                        new Shown<>(pools, groupAndKind(pools)),
                        new Shown<>(buffers, groupAndKind(buffers))));
        List<Controller<String>> all = new ArrayList<>();
        all.add(controller(claims, context, state, events, common));
        all.add(controller(pools, context, state, events, common));
        all.add(controller(nodes, context, state, events, common));
        if (capacityBuffers) {
            all.add(controller(buffers, context, state, events, common));
        }
        return List.copyOf(all);
    }

    private static <T extends KubernetesObject> Controller<String> controller(
            ObservedKind<T> kind,
            ControllerContext context,
            ClusterState state,
            EventRecorder events,
            StatusFamilies common) {
        StatusFamilies own = new StatusFamilies(
                context,
                state,
                "operator_" + kind.lowerCaseName(),
                kind.metricLabels(),
                BUCKETS,
                List.of(new Shown<>(kind, kind::metricLabelValues)));
        Map<StatusFamilies, Function<T, List<String>>> families = new LinkedHashMap<>();
        families.put(own, kind::metricLabelValues);
        if (kind.deprecatedToo()) {
            families.put(common, groupAndKind(kind));
        }
        return new StatusController<>(kind, state, events, context, families).build();
    }

    private static <T extends KubernetesObject> Function<T, List<String>> groupAndKind(ObservedKind<T> kind) {
        List<String> values = List.of(kind.kind().group(), kind.kind().kind());
        return object -> values;
    }
}
