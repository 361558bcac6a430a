package karpenter.controllers.testing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.core.cluster.Node;
import karpenter.core.resource.ResourceVector;

/** Makes nodes; ready, with 4 cores and 16 GiB, unless said otherwise. */
public final class NodeBuilder {
    private static final ResourceVector DEFAULT_CAPACITY = ResourceVector.of(
            Map.of("cpu", Quantity.parse("4"), "memory", Quantity.parse("16Gi"), "pods", Quantity.parse("110")));

    private ObjectMeta metadata;
    private String providerId;
    private boolean unschedulable;
    private final List<Taint> taints = new ArrayList<>();
    private ResourceVector capacity;
    private ResourceVector allocatable;
    private final List<Condition> conditions = new ArrayList<>();

    private NodeBuilder(Node start) {
        metadata = start.metadata();
        providerId = start.providerId();
        unschedulable = start.unschedulable();
        taints.addAll(start.taints());
        capacity = start.capacity();
        allocatable = start.allocatable();
        conditions.addAll(start.conditions());
    }

    /** Begins a node of that name with provider id {@code fake:///<name>}. */
    public static NodeBuilder node(String name) {
        return new NodeBuilder(new Node(
                        ObjectMeta.named(name),
                        "fake:///" + name,
                        false,
                        List.of(),
                        DEFAULT_CAPACITY,
                        DEFAULT_CAPACITY,
                        List.of()))
                .ready(true);
    }

    /** Begins with an existing node. */
    public static NodeBuilder of(Node node) {
        return new NodeBuilder(node);
    }

    /** Makes it a registered and initialized node of that pool and of {@link FakeCloudProvider#NODE_CLASS}. */
    public NodeBuilder managedBy(String poolName) {
        return label(Labels.NODE_POOL, poolName)
                .label(FakeCloudProvider.NODE_CLASS.labelKey(), "default")
                .label(Labels.REGISTERED, "true")
                .label(Labels.INITIALIZED, "true")
                .finalizer(Labels.TERMINATION_FINALIZER);
    }

    public NodeBuilder label(String key, String value) {
        metadata = metadata.withLabel(key, value);
        return this;
    }

    public NodeBuilder annotation(String key, String value) {
        metadata = metadata.withAnnotation(key, value);
        return this;
    }

    public NodeBuilder finalizer(String finalizer) {
        metadata = metadata.withFinalizer(finalizer);
        return this;
    }

    public NodeBuilder providerId(String id) {
        providerId = id;
        return this;
    }

    public NodeBuilder unschedulable() {
        unschedulable = true;
        return this;
    }

    public NodeBuilder taint(Taint taint) {
        taints.add(taint);
        return this;
    }

    public NodeBuilder withoutTaint(String key) {
        taints.removeIf(taint -> taint.key().equals(key));
        return this;
    }

    /** Sets capacity and allocatable. */
    public NodeBuilder capacity(ResourceVector amounts) {
        capacity = amounts;
        allocatable = amounts;
        return this;
    }

    public NodeBuilder allocatable(ResourceVector amounts) {
        allocatable = amounts;
        return this;
    }

    public NodeBuilder ready(boolean ready) {
        return condition("Ready", ready ? Condition.TRUE : Condition.FALSE, Instant.EPOCH);
    }

    public NodeBuilder condition(String type, String status, Instant since) {
        conditions.removeIf(condition -> condition.type().equals(type));
        conditions.add(new Condition(type, status, "", "", since, 0));
        return this;
    }

    public Node build() {
        return new Node(metadata, providerId, unschedulable, taints, capacity, allocatable, conditions);
    }
}
