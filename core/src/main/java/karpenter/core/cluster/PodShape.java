package karpenter.core.cluster;

import java.util.List;
import java.util.Map;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * Everything about a pod that its siblings share and that bears on where it can run. Interned: equal shapes of living pods
 * are one object, so a Deployment of thousands costs one shape.
 *
 * @param requests what the node must have free, computed as kube-scheduler does, {@code pods} included as 1
 * @param limits the containers' limits, for metrics only
 * @param requiredNodeAffinity terms of which one must hold; empty when the pod asks for none
 * @param volumes only the volumes that bear on scheduling: claims and generic ephemeral ones
 * @param resourceClaims names of the pod's dynamic resource claims
 */
public record PodShape(
        String namespace,
        Map<String, String> labels,
        @Nullable PodOwner owner,
        ResourceVector requests,
        ResourceVector limits,
        Map<String, String> nodeSelector,
        List<NodeSelectorTerm> requiredNodeAffinity,
        List<PreferredTerm> preferredNodeAffinity,
        List<Toleration> tolerations,
        List<HostPort> hostPorts,
        List<TopologySpreadConstraint> topologySpread,
        List<PodAffinityTerm> podAffinity,
        List<WeightedPodAffinityTerm> preferredPodAffinity,
        List<PodAffinityTerm> podAntiAffinity,
        List<WeightedPodAffinityTerm> preferredPodAntiAffinity,
        List<VolumeReference> volumes,
        List<String> resourceClaims,
        int priority,
        String priorityClassName,
        String schedulerName,
        long terminationGracePeriodSeconds) {
    /** What the API server fills in. */
    public static final String DEFAULT_SCHEDULER = "default-scheduler";

    /** What the API server fills in. */
    public static final long DEFAULT_GRACE_PERIOD_SECONDS = 30;

    public PodShape {
        labels = Map.copyOf(labels);
        nodeSelector = Map.copyOf(nodeSelector);
        requiredNodeAffinity = List.copyOf(requiredNodeAffinity);
        preferredNodeAffinity = List.copyOf(preferredNodeAffinity);
        tolerations = List.copyOf(tolerations);
        hostPorts = List.copyOf(hostPorts);
        topologySpread = List.copyOf(topologySpread);
        podAffinity = List.copyOf(podAffinity);
        preferredPodAffinity = List.copyOf(preferredPodAffinity);
        podAntiAffinity = List.copyOf(podAntiAffinity);
        preferredPodAntiAffinity = List.copyOf(preferredPodAntiAffinity);
        volumes = List.copyOf(volumes);
        resourceClaims = List.copyOf(resourceClaims);
    }

    /** A shape to be described: so far, of a pod whose spec says nothing and that asks for its place on a node alone. */
    public static Builder builder(String namespace) {
        return new Builder(namespace);
    }

    /** A shape to be described that is this one so far. */
    public Builder toBuilder() {
        return new Builder(namespace)
                .labels(labels)
                .owner(owner)
                .requests(requests)
                .limits(limits)
                .nodeSelector(nodeSelector)
                .requiredNodeAffinity(requiredNodeAffinity)
                .preferredNodeAffinity(preferredNodeAffinity)
                .tolerations(tolerations)
                .hostPorts(hostPorts)
                .topologySpread(topologySpread)
                .podAffinity(podAffinity)
                .preferredPodAffinity(preferredPodAffinity)
                .podAntiAffinity(podAntiAffinity)
                .preferredPodAntiAffinity(preferredPodAntiAffinity)
                .volumes(volumes)
                .resourceClaims(resourceClaims)
                .priority(priority)
                .priorityClassName(priorityClassName)
                .schedulerName(schedulerName)
                .terminationGracePeriodSeconds(terminationGracePeriodSeconds);
    }

    /** One alternative; all its expressions must hold. {@code matchFields} is true when the term names node fields. */
    public record NodeSelectorTerm(List<NodeSelectorRequirement> matchExpressions, boolean matchFields) {
        public NodeSelectorTerm {
            matchExpressions = List.copyOf(matchExpressions);
        }
    }

    /** @param weight 1 to 100 */
    public record PreferredTerm(int weight, NodeSelectorTerm term) {}

    /** @param hostIp empty or 0.0.0.0 or :: for every address */
    public record HostPort(String hostIp, int port, String protocol) {}

    /** @param whenUnsatisfiable DoNotSchedule or ScheduleAnyway */
    public record TopologySpreadConstraint(
            int maxSkew,
            String topologyKey,
            String whenUnsatisfiable,
            @Nullable LabelSelector selector,
            @Nullable Integer minDomains,
            @Nullable String nodeAffinityPolicy,
            @Nullable String nodeTaintsPolicy,
            List<String> matchLabelKeys) {
        public TopologySpreadConstraint {
            matchLabelKeys = List.copyOf(matchLabelKeys);
        }

        /** The same about other pods. */
        public TopologySpreadConstraint withSelector(LabelSelector newSelector) {
            return new TopologySpreadConstraint(
                    maxSkew,
                    topologyKey,
                    whenUnsatisfiable,
                    newSelector,
                    minDomains,
                    nodeAffinityPolicy,
                    nodeTaintsPolicy,
                    matchLabelKeys);
        }

        public boolean isHard() {
            return !whenUnsatisfiable.equals("ScheduleAnyway");
        }
    }

    /** @param namespaceSelector null when absent; the pod's own namespace counts when no namespace is named either */
    public record PodAffinityTerm(
            String topologyKey,
            @Nullable LabelSelector selector,
            List<String> namespaces,
            @Nullable LabelSelector namespaceSelector,
            List<String> matchLabelKeys,
            List<String> mismatchLabelKeys) {
        public PodAffinityTerm {
            namespaces = List.copyOf(namespaces);
            matchLabelKeys = List.copyOf(matchLabelKeys);
            mismatchLabelKeys = List.copyOf(mismatchLabelKeys);
        }
    }

    /** @param weight 1 to 100 */
    public record WeightedPodAffinityTerm(int weight, PodAffinityTerm term) {}

    /**
     * A volume that needs storage to be found or made.
     *
     * @param claimName the PersistentVolumeClaim's name, empty for a generic ephemeral volume
     * @param storageClassName the ephemeral volume template's class, null for the default or for a named claim
     */
    public record VolumeReference(
            String volumeName,
            String claimName,
            boolean ephemeral,
            @Nullable String storageClassName) {
        /** The claim's name in that pod's namespace; a generic ephemeral volume's is made from the pod's. */
        public PodKey claimOf(PodKey pod) {
            return new PodKey(pod.namespace(), ephemeral ? pod.name() + "-" + volumeName : claimName);
        }
    }

    /** Describes a shape; each method replaces what was said before. */
    public static final class Builder {
        private static final ResourceVector ONE_PLACE = ResourceVector.ZERO.with(ResourceVector.PODS, 1);

        private final String namespace;
        private Map<String, String> labels = Map.of();
        private @Nullable PodOwner owner;
        private ResourceVector requests = ONE_PLACE;
        private ResourceVector limits = ResourceVector.ZERO;
        private Map<String, String> nodeSelector = Map.of();
        private List<NodeSelectorTerm> requiredNodeAffinity = List.of();
        private List<PreferredTerm> preferredNodeAffinity = List.of();
        private List<Toleration> tolerations = List.of();
        private List<HostPort> hostPorts = List.of();
        private List<TopologySpreadConstraint> topologySpread = List.of();
        private List<PodAffinityTerm> podAffinity = List.of();
        private List<WeightedPodAffinityTerm> preferredPodAffinity = List.of();
        private List<PodAffinityTerm> podAntiAffinity = List.of();
        private List<WeightedPodAffinityTerm> preferredPodAntiAffinity = List.of();
        private List<VolumeReference> volumes = List.of();
        private List<String> resourceClaims = List.of();
        private int priority;
        private String priorityClassName = "";
        private String schedulerName = DEFAULT_SCHEDULER;
        private long terminationGracePeriodSeconds = DEFAULT_GRACE_PERIOD_SECONDS;

        private Builder(String namespace) {
            this.namespace = namespace;
        }

        public Builder labels(Map<String, String> value) {
            labels = value;
            return this;
        }

        public Builder owner(@Nullable PodOwner value) {
            owner = value;
            return this;
        }

        public Builder requests(ResourceVector value) {
            requests = value;
            return this;
        }

        public Builder limits(ResourceVector value) {
            limits = value;
            return this;
        }

        public Builder nodeSelector(Map<String, String> value) {
            nodeSelector = value;
            return this;
        }

        public Builder requiredNodeAffinity(List<NodeSelectorTerm> value) {
            requiredNodeAffinity = value;
            return this;
        }

        public Builder preferredNodeAffinity(List<PreferredTerm> value) {
            preferredNodeAffinity = value;
            return this;
        }

        public Builder tolerations(List<Toleration> value) {
            tolerations = value;
            return this;
        }

        public Builder hostPorts(List<HostPort> value) {
            hostPorts = value;
            return this;
        }

        public Builder topologySpread(List<TopologySpreadConstraint> value) {
            topologySpread = value;
            return this;
        }

        public Builder podAffinity(List<PodAffinityTerm> value) {
            podAffinity = value;
            return this;
        }

        public Builder preferredPodAffinity(List<WeightedPodAffinityTerm> value) {
            preferredPodAffinity = value;
            return this;
        }

        public Builder podAntiAffinity(List<PodAffinityTerm> value) {
            podAntiAffinity = value;
            return this;
        }

        public Builder preferredPodAntiAffinity(List<WeightedPodAffinityTerm> value) {
            preferredPodAntiAffinity = value;
            return this;
        }

        public Builder volumes(List<VolumeReference> value) {
            volumes = value;
            return this;
        }

        public Builder resourceClaims(List<String> value) {
            resourceClaims = value;
            return this;
        }

        public Builder priority(int value) {
            priority = value;
            return this;
        }

        public Builder priorityClassName(String value) {
            priorityClassName = value;
            return this;
        }

        public Builder schedulerName(String value) {
            schedulerName = value;
            return this;
        }

        public Builder terminationGracePeriodSeconds(long value) {
            terminationGracePeriodSeconds = value;
            return this;
        }

        public PodShape build() {
            return new PodShape(
                    namespace,
                    labels,
                    owner,
                    requests,
                    limits,
                    nodeSelector,
                    requiredNodeAffinity,
                    preferredNodeAffinity,
                    tolerations,
                    hostPorts,
                    topologySpread,
                    podAffinity,
                    preferredPodAffinity,
                    podAntiAffinity,
                    preferredPodAntiAffinity,
                    volumes,
                    resourceClaims,
                    priority,
                    priorityClassName,
                    schedulerName,
                    terminationGracePeriodSeconds);
        }
    }
}
