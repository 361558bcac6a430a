package karpenter.controllers.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.NillableDuration;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import org.jspecify.annotations.Nullable;

/** Makes NodePools of {@link FakeCloudProvider#NODE_CLASS} named {@code default}, dynamic, without limits or budgets of note. */
public final class NodePoolBuilder {
    private ObjectMeta metadata;
    private final Map<String, String> labels = new TreeMap<>();
    private final Map<String, String> annotations = new TreeMap<>();
    private final List<Taint> taints = new ArrayList<>();
    private final List<Taint> startupTaints = new ArrayList<>();
    private final List<NodeSelectorRequirement> requirements = new ArrayList<>();
    private final Map<String, Quantity> limits = new TreeMap<>();
    private final List<NodePool.Budget> budgets = new ArrayList<>();
    private NodeClassReference nodeClass = new NodeClassReference(
            FakeCloudProvider.NODE_CLASS.group(), FakeCloudProvider.NODE_CLASS.kind(), "default");
    private @Nullable String terminationGracePeriod;
    private NillableDuration expireAfter = NillableDuration.parse("720h");
    private NillableDuration consolidateAfter = NillableDuration.parse("0s");
    private String policy = NodePool.Disruption.WHEN_EMPTY_OR_UNDERUTILIZED;
    private @Nullable Integer weight;
    private @Nullable Long replicas;
    private NodePool.Status status = NodePool.Status.EMPTY;

    private NodePoolBuilder(String name) {
        metadata = ObjectMeta.named(name);
    }

    public static NodePoolBuilder pool(String name) {
        return new NodePoolBuilder(name);
    }

    public NodePoolBuilder annotation(String key, String value) {
        metadata = metadata.withAnnotation(key, value);
        return this;
    }

    public NodePoolBuilder templateLabel(String key, String value) {
        labels.put(key, value);
        return this;
    }

    public NodePoolBuilder templateAnnotation(String key, String value) {
        annotations.put(key, value);
        return this;
    }

    public NodePoolBuilder taint(Taint taint) {
        taints.add(taint);
        return this;
    }

    public NodePoolBuilder startupTaint(Taint taint) {
        startupTaints.add(taint);
        return this;
    }

    public NodePoolBuilder requirement(String key, String operator, String... values) {
        requirements.add(NodeSelectorRequirement.of(key, operator, values));
        return this;
    }

    public NodePoolBuilder limit(String resource, String quantity) {
        limits.put(resource, Quantity.parse(quantity));
        return this;
    }

    public NodePoolBuilder budget(String nodes, String... reasons) {
        budgets.add(new NodePool.Budget(reasons.length == 0 ? null : List.of(reasons), nodes, null, null));
        return this;
    }

    public NodePoolBuilder nodeClass(String group, String kind, String name) {
        nodeClass = new NodeClassReference(group, kind, name);
        return this;
    }

    public NodePoolBuilder terminationGracePeriod(String duration) {
        terminationGracePeriod = duration;
        return this;
    }

    public NodePoolBuilder expireAfter(String duration) {
        expireAfter = NillableDuration.parse(duration);
        return this;
    }

    public NodePoolBuilder consolidateAfter(String duration) {
        consolidateAfter = NillableDuration.parse(duration);
        return this;
    }

    public NodePoolBuilder policy(String consolidationPolicy) {
        policy = consolidationPolicy;
        return this;
    }

    public NodePoolBuilder weight(int value) {
        weight = value;
        return this;
    }

    public NodePoolBuilder replicas(long count) {
        replicas = count;
        return this;
    }

    public NodePoolBuilder status(NodePool.Status newStatus) {
        status = newStatus;
        return this;
    }

    public NodePool build() {
        return new NodePool(
                metadata,
                new NodePool.Spec(
                        new NodePool.Template(
                                new NodePool.TemplateMetadata(
                                        labels.isEmpty() ? null : labels, annotations.isEmpty() ? null : annotations),
                                new NodePool.TemplateSpec(
                                        taints,
                                        startupTaints,
                                        requirements,
                                        nodeClass,
                                        terminationGracePeriod,
                                        expireAfter)),
                        new NodePool.Disruption(
                                consolidateAfter,
                                policy,
                                budgets.isEmpty() ? List.of(NodePool.Budget.DEFAULT) : budgets),
                        limits.isEmpty() ? null : limits,
                        weight,
                        replicas),
                status);
    }
}
