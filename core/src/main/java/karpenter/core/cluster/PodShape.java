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

    /** The same with other volumes. */
    public PodShape withVolumes(List<VolumeReference> others) {
        return with(owner, topologySpread, others, priority);
    }

    /** The same with other spread constraints. */
    public PodShape withTopologySpread(List<TopologySpreadConstraint> others) {
        return with(owner, others, volumes, priority);
    }

    /** The same with another owner. */
    public PodShape withOwner(@Nullable PodOwner other) {
        return with(other, topologySpread, volumes, priority);
    }

    /** The same with another priority. */
    public PodShape withPriority(int other) {
        return with(owner, topologySpread, volumes, other);
    }

    private PodShape with(
            @Nullable PodOwner newOwner,
            List<TopologySpreadConstraint> newTopologySpread,
            List<VolumeReference> newVolumes,
            int newPriority) {
        return new PodShape(
                namespace,
                labels,
                newOwner,
                requests,
                limits,
                nodeSelector,
                requiredNodeAffinity,
                preferredNodeAffinity,
                tolerations,
                hostPorts,
                newTopologySpread,
                podAffinity,
                preferredPodAffinity,
                podAntiAffinity,
                preferredPodAntiAffinity,
                newVolumes,
                resourceClaims,
                newPriority,
                priorityClassName,
                schedulerName,
                terminationGracePeriodSeconds);
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
}
