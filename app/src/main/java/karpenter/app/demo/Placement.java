package karpenter.app.demo;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Pod;

/**
 * How the scheduler's binding compares with the controller's plan.
 *
 * @param nominated pods whose plan is known; events are rate limited, so it need not be all
 * @param elsewhere of those, how many are bound to a node that was not planned for them. Pods that are alike may change
 *     places without harm
 * @param crowded pods on nodes that got more pods than were planned for them: this many did not fit where they were meant to
 *     be, whichever they are
 */
record Placement(int nominated, int elsewhere, int crowded) {
    /**
     * Compares.
     *
     * @param nominations by pod uid, names of NodeClaims and Nodes that the pod was meant for
     */
    static Placement of(List<Pod> pods, List<NodeClaim> claims, Map<String, List<String>> nominations) {
        Map<String, String> nodeOfClaim = new HashMap<>();
        for (NodeClaim claim : claims) {
            nodeOfClaim.put(claim.name(), claim.status().nodeName());
        }
        int nominated = 0;
        int elsewhere = 0;
        Map<String, Long> bound = new HashMap<>();
        for (Pod pod : pods) {
            String node = pod.nodeName();
            if (node == null) {
                continue;
            }
            bound.merge(node, 1L, Long::sum);
            List<String> targets = nominations.getOrDefault(pod.uid(), List.of());
            if (!targets.isEmpty()) {
                nominated++;
                boolean asPlanned = targets.stream()
                        .anyMatch(target -> target.equals(node) || node.equals(nodeOfClaim.get(target)));
                elsewhere += asPlanned ? 0 : 1;
            }
        }
        long crowded = 0;
        for (NodeClaim claim : claims) {
            Quantity planned = claim.spec().resources().requests().get("pods");
            if (planned != null) {
                crowded += Math.max(0, bound.getOrDefault(claim.status().nodeName(), 0L) - planned.value());
            }
        }
        return new Placement(nominated, elsewhere, Math.toIntExact(crowded));
    }

    /** In words. */
    String describe(int pods) {
        String surplus = crowded == 0
                ? "each node got the number planned for it"
                : crowded + " more than planned on their nodes";
        if (nominated == 0) {
            return "pods against the plan: " + surplus + " (no pod has a Nominated event)";
        }
        return elsewhere + " of " + nominated + " pods bound elsewhere than planned"
                + (nominated < pods ? " (the others have no Nominated event)" : "") + "; " + surplus;
    }
}
