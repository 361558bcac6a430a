package karpenter.app.solve;

import java.time.Duration;
import java.util.List;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodOwner;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.SchedulingResult;

/**
 * What the reports show.
 *
 * @param pods how many were to be placed
 * @param solveTime of the scheduler alone, without reading
 */
record SolveAnswer(int pods, SchedulingResult result, Duration solveTime) {

    int scheduled() {
        return pods - result.rejections().size();
    }

    int podsOnNewNodes() {
        return result.plans().stream().mapToInt(plan -> plan.pods().size()).sum();
    }

    int podsOnExistingNodes() {
        return result.placements().stream()
                .mapToInt(placement -> placement.pods().size())
                .sum();
    }

    double solveSeconds() {
        return solveTime.toNanos() / 1e9;
    }

    /** What the lower bound takes into account, in a word or two. */
    String boundCounts() {
        return switch (result.bound().kind()) {
            case NONE -> "nothing";
            case RESOURCES -> "resources";
            case WHOLE_NODES -> "whole nodes";
            case PATTERNS -> "whole pods";
        };
    }

    /** The type that the price belongs to; the plan lists the cheapest first. */
    static String instanceType(NodePlan plan) {
        return plan.instanceTypes().getFirst().name();
    }

    static List<String> names(List<Pod> pods) {
        return pods.stream().map(pod -> pod.key().toString()).toList();
    }

    /** What the pod came from: {@code Deployment default/web}, or {@code Pod default/web-0} when nothing owns it. */
    static String origin(Pod pod) {
        PodOwner owner = pod.shape().owner();
        return owner == null
                ? "Pod " + pod.key()
                : owner.kind() + " " + pod.key().namespace() + "/" + owner.name();
    }
}
