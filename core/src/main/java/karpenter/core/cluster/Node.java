package karpenter.core.cluster;

import java.util.List;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.ResourceKind;
import karpenter.api.Taint;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes Node, compact.
 *
 * @param providerId empty until the cloud or kubelet set it
 * @param conditions the kubelet's conditions, heartbeat times left out
 */
public record Node(
        ObjectMeta metadata,
        String providerId,
        boolean unschedulable,
        List<Taint> taints,
        ResourceVector capacity,
        ResourceVector allocatable,
        List<Condition> conditions)
        implements KubernetesObject {
    public static final ResourceKind<Node> KIND = new ResourceKind<>("", "v1", "Node", "nodes", false, Node.class);

    public Node {
        taints = List.copyOf(taints);
        conditions = List.copyOf(conditions);
    }

    public Node withMetadata(ObjectMeta newMetadata) {
        return new Node(newMetadata, providerId, unschedulable, taints, capacity, allocatable, conditions);
    }

    public Node withTaints(List<Taint> newTaints) {
        return new Node(metadata, providerId, unschedulable, newTaints, capacity, allocatable, conditions);
    }

    public boolean ready() {
        Condition ready = condition("Ready");
        return ready != null && ready.isTrue();
    }

    /** The condition of that type, or null. */
    public @Nullable Condition condition(String type) {
        for (Condition condition : conditions) {
            if (condition.type().equals(type)) {
                return condition;
            }
        }
        return null;
    }
}
