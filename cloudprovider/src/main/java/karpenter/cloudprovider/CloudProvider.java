package karpenter.cloudprovider;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Node;
import karpenter.core.scheduling.UnsupportedVolumes;
import org.jspecify.annotations.Nullable;

/** A cloud that can launch machines for NodeClaims. */
public interface CloudProvider {
    /** Metric label and log name, for example {@code kwok}. */
    String name();

    /** The NodeClass kinds that this provider serves, the default first. Claims of other kinds are not ours. */
    List<NodeClassKind> supportedNodeClasses();

    /** Whether the claim is of a NodeClass kind that this provider serves. */
    default boolean manages(NodeClaim claim) {
        NodeClassReference reference = claim.spec().nodeClassRef();
        return supportedNodeClasses().contains(new NodeClassKind(reference.group(), reference.kind()));
    }

    /** Whether the node carries the label of a NodeClass kind that this provider serves. */
    default boolean manages(Node node) {
        for (NodeClassKind kind : supportedNodeClasses()) {
            if (node.metadata().labels().containsKey(kind.labelKey())) {
                return true;
            }
        }
        return false;
    }

    /** Label keys whose values this provider knows and domains that only it may write, beyond the core's. */
    ProviderLabels labels();

    /**
     * Launches one machine that satisfies {@code claim.spec}. Safe to repeat: a second call for the same claim uid (after a
     * crash, say) answers with the machine of the first one and buys nothing.
     */
    LaunchResult launch(NodeClaim claim);

    /** Asks the machine to stop; repeated until the answer is {@link TerminateResult.Gone}. */
    TerminateResult terminate(NodeClaim claim);

    /** The machine behind a provider id. */
    LookupResult get(String providerId);

    /** All machines that this cluster's controller launched. */
    ListResult list();

    /** All types for the pool's NodeClass, offerings unavailable just now included. Cheap: called for each decision. */
    InstanceTypesResult instanceTypes(NodePool pool);

    /** Whether the machine no longer matches its NodeClass. */
    DriftResult drift(NodeClaim claim);

    /** When a sick node may be replaced; empty turns repair off. */
    List<RepairPolicy> repairPolicies();

    /** Storage that its nodes can't have; pods that ask for it wait. */
    default UnsupportedVolumes unsupportedVolumes() {
        return UnsupportedVolumes.NONE;
    }

    record NodeClassKind(String group, String kind) {
        /** The label key that claims and nodes of this class carry. */
        public String labelKey() {
            return group + "/" + kind.toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * Label keys.
     *
     * @param wellKnown keys whose values the provider knows, beyond the core's
     * @param restrictedDomains domains that only the provider may write
     * @param reservation keys that only machines from a capacity reservation have, its id above all; the provider may take
     *     them away when the reservation ends
     */
    record ProviderLabels(Set<String> wellKnown, Set<String> restrictedDomains, Set<String> reservation) {
        public ProviderLabels {
            wellKnown = Set.copyOf(wellKnown);
            restrictedDomains = Set.copyOf(restrictedDomains);
            reservation = Set.copyOf(reservation);
        }
    }

    /**
     * A machine.
     *
     * @param labels what is known once it is bought: instance type, zone, capacity type and the provider's own
     * @param imageId empty when the provider has none
     * @param nodeClaimName the claim it was launched for, empty when unknown
     * @param terminating whether it is already on its way out
     */
    record Machine(
            String providerId,
            String imageId,
            String nodeClaimName,
            Map<String, String> labels,
            Map<String, String> annotations,
            Map<String, Quantity> capacity,
            Map<String, Quantity> allocatable,
            boolean terminating) {
        public Machine {
            labels = Map.copyOf(labels);
            annotations = Map.copyOf(annotations);
            capacity = Map.copyOf(capacity);
            allocatable = Map.copyOf(allocatable);
        }
    }

    sealed interface LaunchResult {
        record Launched(Machine machine) implements LaunchResult {}

        /** Nothing that satisfies the claim can be had now; the claim is deleted and its pods are planned anew. */
        record InsufficientCapacity(String message) implements LaunchResult {}

        /** The NodeClass can't be used; the claim is deleted. */
        record NodeClassNotReady(String message) implements LaunchResult {}

        /** Tried again with backoff; {@code reason} and {@code message} show in the Launched condition. */
        record Failed(String reason, String message) implements LaunchResult {
            public static final String LAUNCH_FAILED = "LaunchFailed";
        }
    }

    sealed interface TerminateResult {
        record Accepted() implements TerminateResult {}

        /** There is no such machine any more: the only sign that termination is complete. */
        record Gone() implements TerminateResult {}

        record Failed(String message) implements TerminateResult {}
    }

    sealed interface LookupResult {
        record Found(Machine machine) implements LookupResult {}

        record Gone() implements LookupResult {}

        record Failed(String message) implements LookupResult {}
    }

    sealed interface ListResult {
        record Listed(List<Machine> machines) implements ListResult {
            public Listed {
                machines = List.copyOf(machines);
            }
        }

        record Failed(String message) implements ListResult {}
    }

    sealed interface InstanceTypesResult {
        record Found(List<InstanceType> types) implements InstanceTypesResult {
            public Found {
                types = List.copyOf(types);
            }
        }

        /** Only this pool is skipped. */
        record Failed(String message) implements InstanceTypesResult {}

        /** Overlays have not been evaluated for this pool yet: wait, say nothing. */
        record NotEvaluated() implements InstanceTypesResult {}
    }

    sealed interface DriftResult {
        record NotDrifted() implements DriftResult {}

        record Drifted(String reason) implements DriftResult {}

        record Gone() implements DriftResult {}

        record Failed(String message) implements DriftResult {}
    }

    /** @param toleration how long the condition may hold before the node is replaced */
    record RepairPolicy(String conditionType, String conditionStatus, Duration toleration) {}

    /** The name of the error for metrics, empty for none. */
    static String errorName(@Nullable LaunchResult result) {
        return switch (result) {
            case null -> "";
            case LaunchResult.Launched launched -> "";
            case LaunchResult.InsufficientCapacity insufficient -> "InsufficientCapacityError";
            case LaunchResult.NodeClassNotReady notReady -> "NodeClassNotReadyError";
            case LaunchResult.Failed failed -> "";
        };
    }
}
