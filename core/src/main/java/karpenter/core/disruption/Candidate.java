package karpenter.core.disruption;

import java.util.List;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;

/**
 * A node that nothing forbids to disrupt.
 *
 * @param machine as the snapshot had it
 * @param node the machine's Node
 * @param claim the machine's NodeClaim
 * @param pool the owning NodePool
 * @param reschedulable pods that must find another node
 */
public record Candidate(NodeState machine, Node node, NodeClaim claim, NodePool pool, List<Pod> reschedulable) {
    public Candidate {
        reschedulable = List.copyOf(reschedulable);
    }

    public String key() {
        return machine.key();
    }

    /** Whether no pod would have to move. A pod that costs nothing to move is a pod all the same. */
    public boolean isEmpty() {
        return reschedulable.isEmpty();
    }
}
