package karpenter.api.v1;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collections;
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

/** A template for nodes and the rules for their disruption. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodePool(ObjectMeta metadata, Spec spec, Status status) implements KubernetesObject {
    public static final ResourceKind<NodePool> KIND =
            new ResourceKind<>("karpenter.sh", "v1", "NodePool", "nodepools", false, NodePool.class);

    public static final String READY = "Ready";
    public static final String VALIDATION_SUCCEEDED = "ValidationSucceeded";
    public static final String NODE_CLASS_READY = "NodeClassReady";
    public static final String NODE_REGISTRATION_HEALTHY = "NodeRegistrationHealthy";

    /** Ready sums up validation and the NodeClass; registration health informs only. */
    public static final ConditionSchema CONDITIONS = ConditionSchema.of(READY, VALIDATION_SUCCEEDED, NODE_CLASS_READY);

    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public NodePool {
        status = status == null ? Status.EMPTY : status;
    }

    public NodePool withMetadata(ObjectMeta newMetadata) {
        return new NodePool(newMetadata, spec, status);
    }

    public NodePool withStatus(Status newStatus) {
        return new NodePool(metadata, spec, newStatus);
    }

    /** This pool with those conditions and the rest of its status. */
    public NodePool withConditions(Conditions conditions) {
        return withStatus(status.withConditions(conditions.list()));
    }

    /** This pool's conditions, complete, ready to be changed. */
    public Conditions conditions() {
        return Conditions.of(status.conditions(), CONDITIONS, metadata);
    }

    /** The condition of that type as stored, or null when absent. */
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

    /** Whether {@code spec.replicas} makes this a pool of fixed size. */
    @JsonIgnore
    public boolean isStatic() {
        return spec.replicas() != null;
    }

    /** @param limits resource name to quantity, null when unlimited; {@code nodes} counts nodes */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Spec(
            Template template,
            Disruption disruption,
            @Nullable Map<String, Quantity> limits,
            @Nullable Integer weight,
            @Nullable Long replicas) {
        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Spec {
            disruption = disruption == null ? Disruption.DEFAULT : disruption;
            limits = limits == null ? null : Map.copyOf(limits);
        }

        /** The weight that orders pools; absent counts as 0. */
        public int weightOrZero() {
            return weight == null ? 0 : weight;
        }
    }

    /** Metadata and spec that the pool's claims are made from. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Template(TemplateMetadata metadata, TemplateSpec spec) {
        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Template {
            metadata = metadata == null ? new TemplateMetadata(null, null) : metadata;
        }
    }

    /** Null and empty differ here: the static-drift hash counts an empty map but not an absent one. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record TemplateMetadata(
            @Nullable Map<String, String> labels, @Nullable Map<String, String> annotations) {
        public TemplateMetadata {
            labels = labels == null ? null : Map.copyOf(labels);
            annotations = annotations == null ? null : Map.copyOf(annotations);
        }

        public Map<String, String> labelsOrEmpty() {
            return labels == null ? Map.of() : labels;
        }

        public Map<String, String> annotationsOrEmpty() {
            return annotations == null ? Map.of() : annotations;
        }
    }

    /**
     * What the pool's claims ask for.
     *
     * <p>A list of taints that is written but empty ({@code taints: []}) counts in the static-drift hash, an absent one does
     * not, so that a manifest's list remembers which it was. Lists made in code, {@code List.of()} included, count as absent
     * when empty. Nothing else tells the two apart, equality included.
     *
     * @param terminationGracePeriod a Go duration, or null to wait for pods without end
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record TemplateSpec(
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Taint> taints,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Taint> startupTaints,
            List<NodeSelectorRequirement> requirements,
            NodeClassReference nodeClassRef,
            @Nullable String terminationGracePeriod,
            NillableDuration expireAfter) {
        private static final List<Taint> WRITTEN_EMPTY = Collections.unmodifiableList(new ArrayList<>());

        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public TemplateSpec {
            taints = copyOf(taints);
            startupTaints = copyOf(startupTaints);
            requirements = requirements == null ? List.of() : List.copyOf(requirements);
            expireAfter = expireAfter == null ? NillableDuration.parse("720h") : expireAfter;
        }

        @JsonCreator
        static TemplateSpec read(
                @JsonProperty("taints") @Nullable List<Taint> taints,
                @JsonProperty("startupTaints") @Nullable List<Taint> startupTaints,
                @JsonProperty("requirements") List<NodeSelectorRequirement> requirements,
                @JsonProperty("nodeClassRef") NodeClassReference nodeClassRef,
                @JsonProperty("terminationGracePeriod") @Nullable String terminationGracePeriod,
                @JsonProperty("expireAfter") NillableDuration expireAfter) {
            return new TemplateSpec(
                    written(taints),
                    written(startupTaints),
                    requirements,
                    nodeClassRef,
                    terminationGracePeriod,
                    expireAfter);
        }

        private static List<Taint> written(@Nullable List<Taint> taints) {
            if (taints == null) {
                return List.of();
            }
            return taints.isEmpty() ? WRITTEN_EMPTY : taints;
        }

        private static List<Taint> copyOf(@Nullable List<Taint> taints) {
            if (taints == null) {
                return List.of();
            }
            return isWrittenEmpty(taints) ? taints : List.copyOf(taints);
        }

        /** Whether the list came from a manifest that writes it as empty rather than leaving it out. */
        @SuppressWarnings("ReferenceEquality") // identity is the mark: this list equals any empty list
        static boolean isWrittenEmpty(List<Taint> taints) {
            return taints == WRITTEN_EMPTY;
        }
    }

    /** When and how nodes of the pool may be disrupted voluntarily. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Disruption(NillableDuration consolidateAfter, String consolidationPolicy, List<Budget> budgets) {
        public static final String WHEN_EMPTY = "WhenEmpty";
        public static final String WHEN_EMPTY_OR_UNDERUTILIZED = "WhenEmptyOrUnderutilized";
        public static final String BALANCED = "Balanced";
        public static final Disruption DEFAULT =
                new Disruption(NillableDuration.parse("0s"), WHEN_EMPTY_OR_UNDERUTILIZED, List.of(Budget.DEFAULT));

        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Disruption {
            consolidateAfter = consolidateAfter == null ? NillableDuration.parse("0s") : consolidateAfter;
            consolidationPolicy = consolidationPolicy == null ? WHEN_EMPTY_OR_UNDERUTILIZED : consolidationPolicy;
            budgets = budgets == null ? List.of(Budget.DEFAULT) : List.copyOf(budgets);
        }
    }

    /**
     * How many nodes may be disrupted at once.
     *
     * @param reasons null for every reason
     * @param nodes a number or a percentage
     * @param schedule cron expression in UTC, null when always active
     * @param duration Go duration the budget stays active after each cron hit, null when always active
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Budget(
            @Nullable List<String> reasons,
            String nodes,
            @Nullable String schedule,
            @Nullable String duration) {
        public static final Budget DEFAULT = new Budget(null, "10%", null, null);

        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Budget {
            reasons = reasons == null ? null : List.copyOf(reasons);
            nodes = nodes == null ? "10%" : nodes;
        }
    }

    /** @param resources capacity of the pool's nodes, with {@code nodes} as their count */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Status(
            Map<String, Quantity> resources,
            @Nullable Long nodes,
            @Nullable Long nodeClassObservedGeneration,
            List<Condition> conditions) {
        public static final Status EMPTY = new Status(Map.of(), null, null, List.of());

        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Status {
            resources = resources == null ? Map.of() : Map.copyOf(resources);
            conditions = conditions == null ? List.of() : List.copyOf(conditions);
        }

        public Status withConditions(List<Condition> newConditions) {
            return new Status(resources, nodes, nodeClassObservedGeneration, newConditions);
        }

        /** This status with a new count of what the pool's nodes have. */
        public Status withResources(Map<String, Quantity> newResources, long newNodes) {
            return new Status(newResources, newNodes, nodeClassObservedGeneration, conditions);
        }

        /** This status with the generation of the NodeClass that registration health was judged at. */
        public Status withNodeClassObservedGeneration(long generation) {
            return new Status(resources, nodes, generation, conditions);
        }
    }
}
