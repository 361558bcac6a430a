package karpenter.app.fidelity;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.provider.kwok.KwokLabels;
import tools.jackson.databind.node.ObjectNode;

/**
 * What became of a plan when kube-scheduler bound the pods.
 *
 * @param pods that there were
 * @param bound of these, at the end
 * @param elsewhere bound to another node than the first plan said
 * @param crowding of these, how many are more than the plan put of their Deployment on that node; the others only changed places
 * @param stranded planned a second time because their place was taken
 * @param plannedNodes of the first plan
 * @param secondRoundNodes bought for stranded pods
 * @param secondRoundPods bound to those nodes at the end
 * @param emptyNodes without a pod at the end
 * @param plannedUsdPerHour what the first plan's nodes cost
 * @param realisedUsdPerHour what all nodes with pods cost at the end
 * @param secondsToBound from the controller's start until the last pod was bound
 */
record FreeRunFigures(
        boolean nominating,
        int pods,
        int bound,
        int elsewhere,
        int crowding,
        int stranded,
        int plannedNodes,
        int secondRoundNodes,
        int secondRoundPods,
        int emptyNodes,
        double plannedUsdPerHour,
        double realisedUsdPerHour,
        double secondsToBound) {

    /** A promise that the controller made: the pod by {@code namespace/name}, and the NodeClaim. */
    record Promise(String pod, String claim) {}

    /** @param promises in the order in which they were made */
    static FreeRunFigures of(
            boolean nominating, ClusterSnapshot snapshot, List<Promise> promises, double secondsToBound) {
        Map<String, String> first = new HashMap<>();
        Set<String> stranded = new HashSet<>();
        Set<String> secondRound = new HashSet<>();
        for (Promise promise : promises) {
            if (first.putIfAbsent(promise.pod, promise.claim) != null) {
                stranded.add(promise.pod);
                secondRound.add(promise.claim);
            }
        }
        Set<String> firstClaims = new HashSet<>(first.values());
        secondRound.removeAll(firstClaims);
        Map<String, String> claimOfNode = new HashMap<>();
        for (NodeClaim claim : snapshot.claims().values()) {
            claimOfNode.put(claim.status().nodeName(), claim.name());
        }
        int bound = 0;
        int elsewhere = 0;
        Map<String, Integer> surplus = new TreeMap<>();
        Map<String, Integer> podsByClaim = new HashMap<>();
        for (Pod pod : snapshot.pods().values()) {
            String app = pod.shape().labels().getOrDefault("app", "");
            String planned = first.get(pod.key().toString());
            surplus.merge(planned + "/" + app, -1, Integer::sum);
            if (pod.nodeName() != null) {
                String claim = claimOfNode.getOrDefault(pod.nodeName(), "");
                bound++;
                podsByClaim.merge(claim, 1, Integer::sum);
                surplus.merge(claim + "/" + app, 1, Integer::sum);
                elsewhere += claim.equals(planned) ? 0 : 1;
            }
        }
        int crowding =
                surplus.values().stream().mapToInt(more -> Math.max(0, more)).sum();
        int secondRoundPods = secondRound.stream()
                .mapToInt(claim -> podsByClaim.getOrDefault(claim, 0))
                .sum();
        double plannedPrice = 0;
        double realisedPrice = 0;
        int empty = 0;
        for (Node node : snapshot.nodes().values()) {
            String claim = claimOfNode.getOrDefault(node.name(), "");
            double price = Double.parseDouble(node.metadata().labels().getOrDefault(KwokLabels.INSTANCE_PRICE, "0"));
            boolean used = podsByClaim.containsKey(claim);
            plannedPrice += firstClaims.contains(claim) ? price : 0;
            realisedPrice += used ? price : 0;
            empty += used ? 0 : 1;
        }
        return new FreeRunFigures(
                nominating,
                snapshot.pods().size(),
                bound,
                elsewhere,
                crowding,
                stranded.size(),
                firstClaims.size(),
                secondRound.size(),
                secondRoundPods,
                empty,
                plannedPrice,
                realisedPrice,
                secondsToBound);
    }

    /** By how much the realised price is above the planned one. */
    double excessPercent() {
        return plannedUsdPerHour == 0 ? 0 : 100 * (realisedUsdPerHour / plannedUsdPerHour - 1);
    }

    ObjectNode json() {
        ObjectNode root = Trees.object().put("nominating", nominating);
        root.put("pods", pods).put("bound", bound).put("boundElsewhere", elsewhere);
        root.put("crowding", crowding).put("stranded", stranded);
        root.put("plannedNodes", plannedNodes).put("secondRoundNodes", secondRoundNodes);
        root.put("secondRoundPods", secondRoundPods);
        root.put("emptyNodes", emptyNodes);
        root.put("plannedUsdPerHour", rounded(plannedUsdPerHour));
        root.put("realisedUsdPerHour", rounded(realisedUsdPerHour));
        root.put("excessPercent", rounded(excessPercent()));
        root.put("secondsToBound", rounded(secondsToBound));
        return root;
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
