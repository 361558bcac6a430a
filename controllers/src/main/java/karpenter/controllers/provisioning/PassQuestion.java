package karpenter.controllers.provisioning;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.state.ClusterState;
import karpenter.core.buffer.BufferDemand;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.disruption.LeavingPods;
import karpenter.core.scheduling.PoolCatalog;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingOptions;

/**
 * What one pass asks the scheduler.
 *
 * @param pending waiting pods, those included that the scheduler will not find a node for either
 * @param leaving pods of leaving machines
 * @param demands what buffers ask for; their pods are in the input, but for those that are ordered
 * @param orderedRoom virtual pods of buffers for which claims are ordered but not launched: they aren't asked about
 * @param catalogs the pools that can serve, and those that can't
 */
record PassQuestion(
        SchedulingInput input,
        List<Pod> pending,
        List<Pod> leaving,
        List<BufferDemand> demands,
        List<Pod> orderedRoom,
        PoolCatalogs catalogs) {
    PassQuestion {
        pending = List.copyOf(pending);
        leaving = List.copyOf(leaving);
        demands = List.copyOf(demands);
        orderedRoom = List.copyOf(orderedRoom);
    }

    /**
     * Gathers the question from one snapshot, so that no machine is seen without the pods that run on it.
     *
     * @param underway claims that are ordered but not launched: their pods are on their way and aren't asked about
     */
    static PassQuestion gather(
            ClusterSnapshot snapshot,
            ClusterState state,
            Set<String> underway,
            CloudProvider cloud,
            SchedulingOptions options,
            Instant now) {
        List<Pod> pending = snapshot.pendingPods().stream()
                .filter(pod -> !isUnderway(pod, state, underway))
                .toList();
        List<Pod> leaving = LeavingPods.of(snapshot, now).stream()
                .filter(pod -> !isUnderway(pod, state, underway))
                .toList();
        List<Pod> pods = new ArrayList<>(pending);
        pods.addAll(leaving);
        Map<String, String> promised = new HashMap<>();
        for (Pod pod : pods) {
            ClusterState.PlannedPod plan = state.plannedFor(pod.uid());
            if (plan != null) {
                promised.put(pod.uid(), plan.targetName());
            }
        }
        List<BufferDemand> demands = state.buffers().demands();
        List<Pod> orderedRoom = new ArrayList<>();
        for (BufferDemand demand : demands) {
            for (Pod pod : demand.pods()) {
                (isOrderedRoom(pod, state, underway) ? orderedRoom : pods).add(pod);
            }
        }
        PoolCatalogs catalogs =
                pods.isEmpty() ? new PoolCatalogs(List.of(), List.of()) : PoolCatalogs.read(snapshot, cloud);
        List<NodeState> staying = snapshot.machines().stream()
                .filter(machine -> !machine.leaving())
                .toList();
        SchedulingInput input = new SchedulingInput(snapshot, staying, pods, catalogs.usable(), promised, options);
        return new PassQuestion(input, pending, leaving, demands, orderedRoom, catalogs);
    }

    private static boolean isUnderway(Pod pod, ClusterState state, Set<String> underway) {
        ClusterState.PlannedPod plan = underway.isEmpty() ? null : state.plannedFor(pod.uid());
        return plan != null && underway.contains(plan.targetName());
    }

    private static boolean isOrderedRoom(Pod pod, ClusterState state, Set<String> underway) {
        String claim = underway.isEmpty() ? null : state.buffers().placeOf(pod.uid());
        return claim != null && underway.contains(claim);
    }

    boolean isEmpty() {
        return input.pods().isEmpty();
    }

    /** Whether the scheduler, which answers equal questions equally, would answer as it answered the other one. */
    @SuppressWarnings("ReferenceEquality") // cheap and enough: what is the same object has not changed
    boolean sameAs(PassQuestion other) {
        if (input.snapshot() != other.input.snapshot()
                || !input.pods().equals(other.input.pods())
                || !input.promised().equals(other.input.promised())
                || input.pools().size() != other.input.pools().size()) {
            return false;
        }
        for (int i = 0; i < input.pools().size(); i++) {
            PoolCatalog mine = input.pools().get(i);
            PoolCatalog theirs = other.input.pools().get(i);
            if (mine.pool() != theirs.pool() || mine.types() != theirs.types()) {
                return false;
            }
        }
        return true;
    }
}
