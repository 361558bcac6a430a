package karpenter.core.scheduling;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;

/**
 * One scheduling problem.
 *
 * @param snapshot the cluster around it: running pods, DaemonSets, NodePools
 * @param machines where pods may be put besides new nodes; usually all that aren't leaving
 * @param pods to be placed: waiting ones, and those of machines that are leaving
 * @param pools what can be bought, in any order; only ready, dynamic pools that aren't being deleted
 * @param promised for pods (by uid) that an earlier pass placed: the name of the machine (its NodeClaim or Node); kept while
 *     that place is still good
 */
public record SchedulingInput(
        ClusterSnapshot snapshot,
        List<NodeState> machines,
        List<Pod> pods,
        List<PoolCatalog> pools,
        Map<String, String> promised,
        SchedulingOptions options) {
    public SchedulingInput {
        machines = List.copyOf(machines);
        pods = List.copyOf(pods);
        pools = List.copyOf(pools);
        promised = Map.copyOf(promised);
    }

    /** This problem under other options. */
    public SchedulingInput with(SchedulingOptions other) {
        return new SchedulingInput(snapshot, machines, pods, pools, promised, other);
    }

    /** All machines that aren't leaving, nothing promised. */
    public static SchedulingInput of(
            ClusterSnapshot snapshot, Collection<Pod> pods, List<PoolCatalog> pools, SchedulingOptions options) {
        List<NodeState> staying = snapshot.machines().stream()
                .filter(machine -> !machine.leaving())
                .toList();
        return new SchedulingInput(snapshot, staying, List.copyOf(pods), pools, Map.of(), options);
    }
}
