package karpenter.app.fidelity;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import karpenter.app.solve.ManifestProblem;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.Scheduler;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.provider.kwok.InstanceTypeFile;

/**
 * A case with our scheduler's answer.
 *
 * @param problem as kube-scheduler is told of it
 * @param machines as our scheduler was told of them
 */
record SolvedCase(FidelityCase problem, List<InstanceType> types, List<NodeState> machines, SchedulingResult result) {

    /** @throws IllegalArgumentException when the case is no valid problem */
    static SolvedCase solve(FidelityCase problem) {
        List<InstanceType> types = types(problem);
        StringBuilder manifests = new StringBuilder();
        for (var object : problem.objects()) {
            if (Trees.kind(object).equals("Node")) {
                Booting.seen(object).forEach(manifests::append);
            } else {
                manifests.append(object);
            }
        }
        SchedulingInput input = ManifestProblem.pose("case.json", manifests.toString(), types);
        SchedulingResult result = Scheduler.schedule(input);
        checkComplete(input, result);
        return new SolvedCase(problem, types, input.machines(), result);
    }

    private static List<InstanceType> types(FidelityCase problem) {
        return switch (InstanceTypeFile.parse("types", problem.types().toString())) {
            case InstanceTypeFile.Result.Read(List<InstanceType> types) -> types;
            case InstanceTypeFile.Result.Unusable(List<String> problems) ->
                throw new IllegalArgumentException(String.join("\n", problems));
        };
    }

    private static void checkComplete(SchedulingInput input, SchedulingResult result) {
        Set<Pod> left = new HashSet<>(input.pods());
        int answered = 0;
        for (SchedulingResult.Placement placement : result.placements()) {
            answered += placement.pods().size();
            placement.pods().forEach(left::remove);
        }
        for (NodePlan plan : result.plans()) {
            answered += plan.pods().size();
            plan.pods().forEach(left::remove);
        }
        for (PodRejection rejection : result.rejections()) {
            answered++;
            left.remove(rejection.pod());
        }
        if (!left.isEmpty() || answered != input.pods().size()) {
            throw new IllegalStateException(answered + " answers to "
                    + input.pods().size() + " pods, none to "
                    + left.stream().map(pod -> pod.key().toString()).sorted().toList());
        }
    }
}
