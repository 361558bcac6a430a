package karpenter.controllers.testing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Condition;
import karpenter.api.Conditions;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.OwnerReference;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import org.jspecify.annotations.Nullable;

/** Makes NodeClaims of {@link FakeCloudProvider#NODE_CLASS}; never launched and without a pool unless said otherwise. */
public final class NodeClaimBuilder {
    private ObjectMeta metadata;
    private final List<Taint> taints = new ArrayList<>();
    private final List<Taint> startupTaints = new ArrayList<>();
    private final List<NodeSelectorRequirement> requirements = new ArrayList<>();
    private final Map<String, Quantity> requests = new TreeMap<>();
    private NodeClassReference nodeClass;
    private @Nullable String terminationGracePeriod;
    private NillableDuration expireAfter = NillableDuration.parse("Never");
    private NodeClaim.Status status = NodeClaim.Status.EMPTY;

    private NodeClaimBuilder(ObjectMeta metadata) {
        this.metadata = metadata;
        nodeClass = new NodeClassReference(
                FakeCloudProvider.NODE_CLASS.group(), FakeCloudProvider.NODE_CLASS.kind(), "default");
    }

    public static NodeClaimBuilder claim(String name) {
        return new NodeClaimBuilder(ObjectMeta.named(name)).label(FakeCloudProvider.NODE_CLASS.labelKey(), "default");
    }

    /** Makes it a claim of that pool: label, owner, hash annotations where the pool has them. */
    public NodeClaimBuilder pool(NodePool pool) {
        label(Labels.NODE_POOL, pool.name());
        for (String key : List.of(Labels.NODE_POOL_HASH, Labels.NODE_POOL_HASH_VERSION)) {
            String value = pool.metadata().annotations().get(key);
            if (value != null) {
                annotation(key, value);
            }
        }
        metadata = metadata.withOwnerReferences(List.of(new OwnerReference(
                NodePool.KIND.apiVersion(),
                NodePool.KIND.kind(),
                pool.name(),
                pool.metadata().uid(),
                null,
                true)));
        return this;
    }

    public NodeClaimBuilder label(String key, String value) {
        metadata = metadata.withLabel(key, value);
        return this;
    }

    public NodeClaimBuilder annotation(String key, String value) {
        metadata = metadata.withAnnotation(key, value);
        return this;
    }

    public NodeClaimBuilder finalizer(String finalizer) {
        metadata = metadata.withFinalizer(finalizer);
        return this;
    }

    public NodeClaimBuilder createdAt(Instant created) {
        metadata = new ObjectMeta(
                metadata.name(),
                metadata.generateName(),
                metadata.namespace(),
                metadata.uid(),
                metadata.resourceVersion(),
                Math.max(1, metadata.generation()),
                created,
                metadata.deletionTimestamp(),
                metadata.labels(),
                metadata.annotations(),
                metadata.finalizers(),
                metadata.ownerReferences());
        return this;
    }

    public NodeClaimBuilder nodeClass(String group, String kind, String name) {
        nodeClass = new NodeClassReference(group, kind, name);
        return this;
    }

    public NodeClaimBuilder taint(Taint taint) {
        taints.add(taint);
        return this;
    }

    public NodeClaimBuilder startupTaint(Taint taint) {
        startupTaints.add(taint);
        return this;
    }

    public NodeClaimBuilder requirement(String key, String operator, String... values) {
        requirements.add(NodeSelectorRequirement.of(key, operator, values));
        return this;
    }

    public NodeClaimBuilder request(String resource, String quantity) {
        requests.put(resource, Quantity.parse(quantity));
        return this;
    }

    public NodeClaimBuilder terminationGracePeriod(String duration) {
        terminationGracePeriod = duration;
        return this;
    }

    public NodeClaimBuilder expireAfter(String duration) {
        expireAfter = NillableDuration.parse(duration);
        return this;
    }

    public NodeClaimBuilder providerId(String id) {
        status = status.withInstance(id, status.imageID(), status.capacity(), status.allocatable());
        return this;
    }

    public NodeClaimBuilder nodeName(String name) {
        status = status.withNodeName(name);
        return this;
    }

    public NodeClaimBuilder lastPodEventTime(Instant when) {
        status = status.withLastPodEventTime(when);
        return this;
    }

    /** Sets a condition to True since then. */
    public NodeClaimBuilder trueSince(String type, Instant since) {
        return condition(type, Condition.TRUE, type, since);
    }

    public NodeClaimBuilder condition(String type, String conditionStatus, String reason, Instant since) {
        List<Condition> conditions = new ArrayList<>(status.conditions());
        conditions.removeIf(condition -> condition.type().equals(type));
        conditions.add(new Condition(type, conditionStatus, reason, "", since, 1));
        status = status.withConditions(conditions);
        return this;
    }

    /** A claim launched, registered and initialized at that time, with its machine and node. */
    public NodeClaimBuilder initialized(String providerId, String nodeName, Instant since) {
        createdAt(since);
        finalizer(Labels.TERMINATION_FINALIZER);
        providerId(providerId);
        nodeName(nodeName);
        Conditions conditions = Conditions.of(List.of(), NodeClaim.CONDITIONS, metadata)
                .setTrue(NodeClaim.LAUNCHED, since)
                .setTrue(NodeClaim.REGISTERED, since)
                .setTrue(NodeClaim.INITIALIZED, since);
        status = status.withConditions(conditions.list());
        return this;
    }

    public NodeClaim build() {
        return new NodeClaim(
                metadata,
                new NodeClaim.Spec(
                        taints,
                        startupTaints,
                        requirements,
                        new NodeClaim.Resources(requests),
                        nodeClass,
                        terminationGracePeriod,
                        expireAfter),
                status);
    }
}
