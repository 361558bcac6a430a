package karpenter.api.v1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.ConditionSchema;
import karpenter.api.Conditions;
import karpenter.api.KubernetesObject;
import karpenter.api.NillableDuration;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.ResourceKind;
import karpenter.api.Taint;
import org.jspecify.annotations.Nullable;

/** A request for one machine, and what became of it. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeClaim(ObjectMeta metadata, Spec spec, Status status) implements KubernetesObject {
    public static final ResourceKind<NodeClaim> KIND =
            new ResourceKind<>("karpenter.sh", "v1", "NodeClaim", "nodeclaims", false, NodeClaim.class);

    public static final String READY = "Ready";
    public static final String LAUNCHED = "Launched";
    public static final String REGISTERED = "Registered";
    public static final String INITIALIZED = "Initialized";
    public static final String CONSOLIDATABLE = "Consolidatable";
    public static final String DRIFTED = "Drifted";
    public static final String DISRUPTION_REASON = "DisruptionReason";
    public static final String DRAINED = "Drained";
    public static final String VOLUMES_DETACHED = "VolumesDetached";
    public static final String INSTANCE_TERMINATING = "InstanceTerminating";
    public static final String CONSISTENT_STATE_FOUND = "ConsistentStateFound";

    /** Ready sums up launch, registration and initialization. */
    public static final ConditionSchema CONDITIONS = ConditionSchema.of(READY, LAUNCHED, REGISTERED, INITIALIZED);

    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public NodeClaim {
        status = status == null ? Status.EMPTY : status;
    }

    public NodeClaim withMetadata(ObjectMeta newMetadata) {
        return new NodeClaim(newMetadata, spec, status);
    }

    public NodeClaim withStatus(Status newStatus) {
        return new NodeClaim(metadata, spec, newStatus);
    }

    /** This claim with those conditions and the rest of its status. */
    public NodeClaim withConditions(Conditions conditions) {
        return withStatus(status.withConditions(conditions.list()));
    }

    /** This claim's conditions, complete, ready to be changed. */
    public Conditions conditions() {
        return Conditions.of(status.conditions(), CONDITIONS, metadata);
    }

    /** The owning pool's name from the label, or null for a standalone claim. */
    public @Nullable String nodePoolName() {
        return metadata.labels().get(karpenter.api.Labels.NODE_POOL);
    }

    /** The condition of that type, or null when absent. */
    public @Nullable Condition condition(String type) {
        for (Condition condition : status.conditions()) {
            if (condition.type().equals(type)) {
                return condition;
            }
        }
        return null;
    }

    /** Whether the condition of that type is present and True. */
    public boolean isTrue(String type) {
        Condition condition = condition(type);
        return condition != null && condition.isTrue();
    }

    /** Immutable once created. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Spec(
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Taint> taints,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Taint> startupTaints,
            List<NodeSelectorRequirement> requirements,
            Resources resources,
            NodeClassReference nodeClassRef,
            @Nullable String terminationGracePeriod,
            NillableDuration expireAfter) {
        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Spec {
            taints = taints == null ? List.of() : List.copyOf(taints);
            startupTaints = startupTaints == null ? List.of() : List.copyOf(startupTaints);
            requirements = requirements == null ? List.of() : List.copyOf(requirements);
            resources = resources == null ? new Resources(Map.of()) : resources;
            expireAfter = expireAfter == null ? NillableDuration.parse("720h") : expireAfter;
        }
    }

    /** What the pods and daemons planned on this claim request together. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Resources(Map<String, Quantity> requests) {
        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Resources {
            requests = requests == null ? Map.of() : Map.copyOf(requests);
        }
    }

    /** Empty strings stand for absent values. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Status(
            String nodeName,
            String providerID,
            String imageID,
            Map<String, Quantity> capacity,
            Map<String, Quantity> allocatable,
            List<Condition> conditions,
            @Nullable Instant lastPodEventTime) {
        public static final Status EMPTY = new Status("", "", "", Map.of(), Map.of(), List.of(), null);

        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Status {
            nodeName = nodeName == null ? "" : nodeName;
            providerID = providerID == null ? "" : providerID;
            imageID = imageID == null ? "" : imageID;
            capacity = capacity == null ? Map.of() : Map.copyOf(capacity);
            allocatable = allocatable == null ? Map.of() : Map.copyOf(allocatable);
            conditions = conditions == null ? List.of() : List.copyOf(conditions);
        }

        public Status withConditions(List<Condition> newConditions) {
            return new Status(nodeName, providerID, imageID, capacity, allocatable, newConditions, lastPodEventTime);
        }

        public Status withNodeName(String newNodeName) {
            return new Status(newNodeName, providerID, imageID, capacity, allocatable, conditions, lastPodEventTime);
        }

        public Status withLastPodEventTime(Instant time) {
            return new Status(nodeName, providerID, imageID, capacity, allocatable, conditions, time);
        }

        /** This status with what the provider answered to a launch. */
        public Status withInstance(
                String newProviderId,
                String newImageId,
                Map<String, Quantity> newCapacity,
                Map<String, Quantity> newAllocatable) {
            return new Status(
                    nodeName, newProviderId, newImageId, newCapacity, newAllocatable, conditions, lastPodEventTime);
        }
    }
}
