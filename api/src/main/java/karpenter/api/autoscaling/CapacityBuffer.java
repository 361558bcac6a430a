package karpenter.api.autoscaling;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.ResourceKind;
import org.jspecify.annotations.Nullable;

/** Room kept for pods that do not exist yet. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CapacityBuffer(ObjectMeta metadata, Spec spec, Status status) implements KubernetesObject {
    public static final ResourceKind<CapacityBuffer> KIND = new ResourceKind<>(
            "autoscaling.x-k8s.io", "v1beta1", "CapacityBuffer", "capacitybuffers", true, CapacityBuffer.class);

    public static final String READY_FOR_PROVISIONING = "ReadyForProvisioning";
    public static final String PROVISIONING = "Provisioning";

    public static final String RESOLVED = "Resolved";
    public static final String SCALABLE_REF_NOT_FOUND = "ScalableRefNotFound";
    public static final String POD_TEMPLATE_NOT_FOUND = "PodTemplateNotFound";
    public static final String RESOLUTION_FAILED = "ResolutionFailed";
    public static final String FITS_EXISTING_CAPACITY = "FitsExistingCapacity";
    public static final String REQUIRES_NEW_CAPACITY = "RequiresNewCapacity";
    public static final String NOT_READY_FOR_PROVISIONING = "NotReadyForProvisioning";
    public static final String BUFFER_EMPTY = "BufferEmpty";

    public static final String ACTIVE_CAPACITY = "buffer.x-k8s.io/active-capacity";

    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public CapacityBuffer {
        status = status == null ? Status.EMPTY : status;
    }

    public CapacityBuffer withMetadata(ObjectMeta newMetadata) {
        return new CapacityBuffer(newMetadata, spec, status);
    }

    public CapacityBuffer withStatus(Status newStatus) {
        return new CapacityBuffer(metadata, spec, newStatus);
    }

    /**
     * How much room, and for what pods: those of {@code podTemplateRef} or those of {@code scalableRef}, never both.
     *
     * @param replicas number of pods, or null
     * @param percentage share of the workload's replicas, or null
     * @param limits most that the buffer may take, null when unlimited
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Spec(
            String provisioningStrategy,
            @Nullable PodTemplateReference podTemplateRef,
            @Nullable ScalableReference scalableRef,
            @Nullable Integer replicas,
            @Nullable Integer percentage,
            @Nullable Map<String, Quantity> limits) {
        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Spec {
            provisioningStrategy = provisioningStrategy == null ? ACTIVE_CAPACITY : provisioningStrategy;
            limits = limits == null ? null : Map.copyOf(limits);
        }
    }

    /** A PodTemplate in the buffer's namespace. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record PodTemplateReference(String name) {}

    /**
     * A workload in the buffer's namespace.
     *
     * @param apiGroup empty stands for {@code apps}
     * @param kind Deployment, StatefulSet or ReplicaSet
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record ScalableReference(String apiGroup, String kind, String name) {
        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public ScalableReference {
            apiGroup = apiGroup == null ? "" : apiGroup;
        }
    }

    /** What the controller made of the buffer. The empty strategy stands for an absent one. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Status(
            @Nullable PodTemplateReference podTemplateRef,
            @Nullable Integer replicas,
            @Nullable Long podTemplateGeneration,
            String provisioningStrategy,
            List<Condition> conditions) {
        public static final Status EMPTY = new Status(null, null, null, "", List.of());

        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Status {
            provisioningStrategy = provisioningStrategy == null ? "" : provisioningStrategy;
            conditions = conditions == null ? List.of() : List.copyOf(conditions);
        }

        /** The condition of that type, or null when absent. */
        public @Nullable Condition condition(String type) {
            for (Condition condition : conditions) {
                if (condition.type().equals(type)) {
                    return condition;
                }
            }
            return null;
        }

        /**
         * This status with one condition set in its place, or at the end when new. Buffers have no root condition; the
         * transition time moves with the status only.
         */
        public Status withCondition(
                String type, String status, String reason, String message, long generation, Instant now) {
            List<Condition> next = new ArrayList<>(conditions);
            Condition before = condition(type);
            Instant since = before != null && before.status().equals(status)
                    ? before.lastTransitionTime()
                    : now.truncatedTo(ChronoUnit.SECONDS);
            Condition after = new Condition(type, status, reason, message, since, generation);
            if (before == null) {
                next.add(after);
            } else {
                next.set(next.indexOf(before), after);
            }
            return new Status(podTemplateRef, replicas, podTemplateGeneration, provisioningStrategy, next);
        }
    }
}
