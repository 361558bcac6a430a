package karpenter.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.ConditionSchema;
import karpenter.api.Conditions;
import karpenter.api.KubernetesObject;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.ResourceKind;
import org.jspecify.annotations.Nullable;

/** A correction of what the provider says about instance types: prices and additional resources. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeOverlay(ObjectMeta metadata, Spec spec, Status status) implements KubernetesObject {
    public static final ResourceKind<NodeOverlay> KIND =
            new ResourceKind<>("karpenter.sh", "v1alpha1", "NodeOverlay", "nodeoverlays", false, NodeOverlay.class);

    public static final String READY = "Ready";
    public static final String VALIDATION_SUCCEEDED = "ValidationSucceeded";

    /** Reason of a failed validation: the spec itself is wrong. */
    public static final String RUNTIME_VALIDATION = "RuntimeValidation";
    /** Reason of a failed validation: another overlay of equal weight sets the same thing. */
    public static final String CONFLICT = "Conflict";

    /** Ready sums up validation. */
    public static final ConditionSchema CONDITIONS = ConditionSchema.of(READY, VALIDATION_SUCCEEDED);

    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public NodeOverlay {
        status = status == null ? Status.EMPTY : status;
    }

    public NodeOverlay withMetadata(ObjectMeta newMetadata) {
        return new NodeOverlay(newMetadata, spec, status);
    }

    public NodeOverlay withStatus(Status newStatus) {
        return new NodeOverlay(metadata, spec, newStatus);
    }

    /** This overlay's conditions, complete, ready to be changed. */
    public Conditions conditions() {
        return Conditions.of(status.conditions(), CONDITIONS, metadata);
    }

    /** This overlay with those conditions. */
    public NodeOverlay withConditions(Conditions conditions) {
        return withStatus(new Status(conditions.list()));
    }

    /**
     * What the overlay applies to, and what it changes.
     *
     * @param requirements matched against instance types and offerings, without {@code minValues}
     * @param price decimal price per hour that replaces an offering's, or null
     * @param priceAdjustment signed amount or signed percentage, or null
     * @param capacity resources to add, none of those the provider knows
     * @param weight the highest of several matching overlays wins, null counts as 0
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Spec(
            List<NodeSelectorRequirement> requirements,
            @Nullable String price,
            @Nullable String priceAdjustment,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Quantity> capacity,
            @Nullable Integer weight) {
        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Spec {
            requirements = requirements == null ? List.of() : List.copyOf(requirements);
            capacity = capacity == null ? Map.of() : Map.copyOf(capacity);
        }

        /** The weight that orders overlays; absent counts as 0. */
        public int weightOrZero() {
            return weight == null ? 0 : weight;
        }
    }

    /** Whether the overlay is in use. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Status(List<Condition> conditions) {
        public static final Status EMPTY = new Status(List.of());

        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Status {
            conditions = conditions == null ? List.of() : List.copyOf(conditions);
        }
    }
}
