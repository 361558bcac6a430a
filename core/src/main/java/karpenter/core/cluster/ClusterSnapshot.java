package karpenter.core.cluster;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import org.jspecify.annotations.Nullable;

/**
 * The cluster at one moment, frozen. Any thread may read it for as long as it likes; the next snapshot shares all that has
 * not changed.
 *
 * @param revision grows with each change of the image
 * @param topologyRevision grows with each change that can make a consolidation possible which was not before: machines that
 *     come, go or become initialized, pods that are bound or deleted, pools that change
 * @param listed whether the first list of every kind is complete
 * @param machines by key, sorted by name
 * @param claims by name, also those not launched yet
 * @param pods by key
 * @param namespaces their labels by name
 * @param nodeOverlays by name; none unless they are watched
 * @param capacityBuffers by key; none unless they are watched
 */
public record ClusterSnapshot(
        long revision,
        long topologyRevision,
        boolean listed,
        List<NodeState> machines,
        Map<String, NodeState> machinesByKey,
        Map<String, NodeState> machinesByNodeName,
        Map<String, NodeState> machinesByClaimName,
        Map<String, NodeClaim> claims,
        Map<String, Node> nodes,
        Map<PodKey, Pod> pods,
        Map<String, NodePool> nodePools,
        Map<String, NodeClass> nodeClasses,
        Collection<DaemonSet> daemonSets,
        Collection<DisruptionBudget> disruptionBudgets,
        Collection<VolumeAttachment> volumeAttachments,
        Map<String, Map<String, String>> namespaces,
        Storage storage,
        Map<String, NodeOverlay> nodeOverlays,
        Workloads workloads,
        Map<PodKey, CapacityBuffer> capacityBuffers) {

    /** The NodeClass a reference names, or null. */
    public @Nullable NodeClass nodeClass(String group, String kind, String name) {
        return nodeClasses.get(nodeClassKey(group, kind, name));
    }

    static String nodeClassKey(String group, String kind, String name) {
        return group + "/" + kind + "/" + name;
    }

    /** Pods that wait for capacity to be bought, in key order. */
    public List<Pod> provisionablePods() {
        return podsThat(Pod::provisionable);
    }

    /**
     * The {@link #provisionablePods}, and those that the scheduler hasn't come to yet but has refused a sibling of, in key
     * order. A Deployment of thousands is there long before the scheduler has looked at each of its pods.
     */
    public List<Pod> pendingPods() {
        Set<PodShape> refused = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Pod pod : pods.values()) {
            if (pod.provisionable()) {
                refused.add(pod.shape());
            }
        }
        return podsThat(pod -> pod.provisionable() || (pod.unjudged() && refused.contains(pod.shape())));
    }

    private List<Pod> podsThat(Predicate<Pod> matches) {
        return pods.values().stream()
                .filter(matches)
                .sorted(Comparator.comparing(Pod::key))
                .toList();
    }

    /**
     * Whether decisions may be made from this image: all is listed, and every claim is launched or gone. Until a launch is
     * answered nobody knows what it will hold, and a pass that ignored it would buy the same capacity again.
     */
    public boolean synced() {
        return listed && unlaunched() == null;
    }

    /** A claim that has no machine yet, or null; for the log line that says why nothing happens. */
    public @Nullable NodeClaim unlaunched() {
        for (NodeClaim claim : claims.values()) {
            if (claim.status().providerID().isEmpty()) {
                return claim;
            }
        }
        return null;
    }
}
