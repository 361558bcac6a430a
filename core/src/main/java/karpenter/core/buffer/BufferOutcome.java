package karpenter.core.buffer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.SchedulingResult;

/**
 * What a provisioning pass found for a buffer.
 *
 * @param uid the buffer's
 * @param onMachines pods for which machines that are there or boot have room
 * @param onNewNodes pods for which nodes are bought, or have been ordered
 * @param without pods that have no place
 * @param why what stands in the way of the first of those, empty when there are none or when room was left to real pods
 */
public record BufferOutcome(String uid, int onMachines, int onNewNodes, int without, String why) {
    /** How many pods the buffer has. */
    public int pods() {
        return onMachines + onNewNodes + without;
    }

    /** Whether all the room is there. */
    public boolean fits() {
        return onNewNodes == 0 && without == 0;
    }

    /**
     * Tells the outcome for each buffer by key.
     *
     * @param demands what the buffers asked for
     * @param ordered uids of virtual pods that weren't asked about, because claims for them are on their way
     */
    public static Map<PodKey, BufferOutcome> of(
            List<BufferDemand> demands, Set<String> ordered, SchedulingResult result) {
        Set<String> onMachines = new HashSet<>();
        for (SchedulingResult.Placement placement : result.placements()) {
            addVirtual(placement.pods(), onMachines);
        }
        Set<String> onNewNodes = new HashSet<>(ordered);
        for (NodePlan plan : result.plans()) {
            addVirtual(plan.pods(), onNewNodes);
        }
        Map<String, String> reasons = new HashMap<>();
        for (PodRejection rejection : result.rejections()) {
            if (BufferPods.isVirtual(rejection.pod())) {
                reasons.put(rejection.pod().uid(), rejection.reason().text());
            }
        }
        Map<PodKey, BufferOutcome> outcomes = new TreeMap<>();
        for (BufferDemand demand : demands) {
            if (!demand.pods().isEmpty()) {
                outcomes.put(demand.buffer(), tally(demand, onMachines, onNewNodes, reasons));
            }
        }
        return outcomes;
    }

    private static void addVirtual(List<Pod> pods, Set<String> uids) {
        for (Pod pod : pods) {
            if (BufferPods.isVirtual(pod)) {
                uids.add(pod.uid());
            }
        }
    }

    private static BufferOutcome tally(
            BufferDemand demand, Set<String> onMachines, Set<String> onNewNodes, Map<String, String> reasons) {
        int there = 0;
        int coming = 0;
        List<Pod> without = new ArrayList<>();
        for (Pod pod : demand.pods()) {
            if (onMachines.contains(pod.uid())) {
                there++;
            } else if (onNewNodes.contains(pod.uid())) {
                coming++;
            } else {
                without.add(pod);
            }
        }
        String why =
                without.isEmpty() ? "" : reasons.getOrDefault(without.getFirst().uid(), "");
        return new BufferOutcome(demand.uid(), there, coming, without.size(), why);
    }
}
