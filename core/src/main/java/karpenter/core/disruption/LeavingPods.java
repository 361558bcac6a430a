package karpenter.core.disruption;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;

/** Pods that need another place because their machine leaves. */
public final class LeavingPods {
    private LeavingPods() {}

    /**
     * The reschedulable pods of machines that leave, in key order per machine. Left out are those that will not move any time
     * soon, so that capacity bought for them would stand empty: protected by do-not-disrupt, or by a budget that never
     * allows an eviction.
     */
    public static List<Pod> of(ClusterSnapshot snapshot, Instant now) {
        PodEvictionLimits limits = new PodEvictionLimits(snapshot.disruptionBudgets());
        List<Pod> pods = new ArrayList<>();
        for (NodeState machine : snapshot.machines()) {
            if (!machine.leaving()) {
                continue;
            }
            for (Pod pod : machine.pods()) {
                if (pod.reschedulable() && !DoNotDisrupt.protects(pod, now) && !limits.blockedForGood(pod)) {
                    pods.add(pod);
                }
            }
        }
        return List.copyOf(pods);
    }
}
