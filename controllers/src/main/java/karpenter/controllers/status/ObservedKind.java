package karpenter.controllers.status;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.Labels;
import karpenter.api.ResourceKind;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider.NodeClassKind;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.PodKey;
import org.jspecify.annotations.Nullable;

/**
 * A kind whose conditions are watched.
 *
 * @param objects by name, or by namespace/name
 * @param conditions of an object, those included that it will have once it is first reconciled
 * @param touched the key, among {@link #objects}, of the object that a delta is about, null when it is about none of this kind
 * @param objectLabels keys of labels of the object that its metrics carry
 * @param deprecatedToo whether the metrics that are common to several kinds count it too
 */
record ObservedKind<T extends KubernetesObject>(
        ResourceKind<T> kind,
        Function<ClusterSnapshot, Map<String, T>> objects,
        Function<T, List<Condition>> conditions,
        Function<ClusterDelta, @Nullable String> touched,
        List<String> objectLabels,
        boolean deprecatedToo) {

    ObservedKind {
        objectLabels = List.copyOf(objectLabels);
    }

    static ObservedKind<NodeClaim> nodeClaims(List<NodeClassKind> nodeClasses) {
        return new ObservedKind<>(
                NodeClaim.KIND,
                ClusterSnapshot::claims,
                claim -> claim.conditions().list(),
                delta -> switch (delta) {
                    case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> claim.name();
                    case ClusterDelta.NodeClaimGone(String name, String uid) -> name;
                    default -> null;
                },
                owners(nodeClasses),
                true);
    }

    static ObservedKind<NodePool> nodePools() {
        return new ObservedKind<>(
                NodePool.KIND,
                ClusterSnapshot::nodePools,
                pool -> pool.conditions().list(),
                delta -> switch (delta) {
                    case ClusterDelta.NodePoolChanged(NodePool pool) -> pool.name();
                    case ClusterDelta.NodePoolGone(String name, String uid) -> name;
                    default -> null;
                },
                List.of(),
                true);
    }

    static ObservedKind<Node> nodes(List<NodeClassKind> nodeClasses) {
        List<String> labels = new ArrayList<>(owners(nodeClasses));
        labels.add(Labels.INITIALIZED);
        return new ObservedKind<>(
                Node.KIND,
                ClusterSnapshot::nodes,
                Node::conditions,
                delta -> switch (delta) {
                    case ClusterDelta.NodeChanged(Node node) -> node.name();
                    case ClusterDelta.NodeGone(String name, String uid) -> name;
                    default -> null;
                },
                labels,
                false);
    }

    static ObservedKind<CapacityBuffer> capacityBuffers() {
        return new ObservedKind<>(
                CapacityBuffer.KIND,
                snapshot -> {
                    Map<String, CapacityBuffer> byKey = new HashMap<>();
                    snapshot.capacityBuffers().forEach((key, buffer) -> byKey.put(key.toString(), buffer));
                    return byKey;
                },
                buffer -> buffer.status().conditions(),
                delta -> switch (delta) {
                    case ClusterDelta.CapacityBufferChanged(CapacityBuffer buffer) ->
                        new PodKey(buffer.metadata().namespace(), buffer.name()).toString();
                    case ClusterDelta.CapacityBufferGone(PodKey key, String uid) -> key.toString();
                    default -> null;
                },
                List.of(),
                true);
    }

    private static List<String> owners(List<NodeClassKind> nodeClasses) {
        List<String> labels = new ArrayList<>(
                nodeClasses.stream().map(NodeClassKind::labelKey).toList());
        labels.add(Labels.NODE_POOL);
        return labels;
    }

    /** The kind in the names of its metrics and controller. */
    String lowerCaseName() {
        return kind.kind().toLowerCase(Locale.ROOT);
    }

    /** The names of the metric labels that show {@link #objectLabels}. */
    List<String> metricLabels() {
        return objectLabels.stream()
                .map(key -> key.replace('/', '_').replace('.', '_').replace('-', '_'))
                .toList();
    }

    /** The values of {@link #objectLabels} on an object, empty where it lacks one. */
    List<String> metricLabelValues(T object) {
        Map<String, String> labels = object.metadata().labels();
        return objectLabels.stream().map(key -> labels.getOrDefault(key, "")).toList();
    }
}
