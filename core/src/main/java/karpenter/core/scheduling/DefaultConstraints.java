package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.cluster.Workloads;
import karpenter.core.scheduling.SchedulingResult.Placement;

/**
 * Gives pods the spread constraints that the cluster's kube-scheduler gives them.
 *
 * <p><b>Method.</b> Pods without spread constraints of their own get copies with the default ones, whose selectors follow from
 * their controller and Services; pods with neither get none. The problem is solved with the copies, and the answer told of the
 * pods themselves. A shape is looked at once.
 *
 * <p>Source: the PodTopologySpread plugin's default constraints in the Kubernetes documentation of topology spread constraints.
 */
final class DefaultConstraints {
    private final List<TopologySpreadConstraint> defaults;
    private final Workloads workloads;
    private final IdentityHashMap<PodShape, PodShape> shapes = new IdentityHashMap<>();
    private final IdentityHashMap<Pod, Pod> originals = new IdentityHashMap<>();

    DefaultConstraints(SchedulingInput input) {
        this.defaults = input.options().defaultConstraints();
        this.workloads = input.snapshot().workloads();
    }

    /** The problem with the constraints spelt out. */
    SchedulingInput spelledOut(SchedulingInput input) {
        if (defaults.isEmpty()) {
            return input;
        }
        List<Pod> pods = new ArrayList<>(input.pods().size());
        for (Pod pod : input.pods()) {
            PodShape shape = shapes.computeIfAbsent(pod.shape(), this::constrained);
            Pod same = shape.equals(pod.shape()) ? pod : pod.withShape(shape);
            originals.put(same, pod);
            pods.add(same);
        }
        return new SchedulingInput(
                input.snapshot(), input.machines(), pods, input.pools(), input.promised(), input.options());
    }

    /** The shape with the default constraints if they apply to it, else the shape itself. */
    private PodShape constrained(PodShape shape) {
        LabelSelector siblings = shape.topologySpread().isEmpty() ? workloads.siblings(shape) : null;
        return siblings == null
                ? shape
                : shape.toBuilder()
                        .topologySpread(defaults.stream()
                                .map(constraint -> constraint.withSelector(siblings))
                                .toList())
                        .build();
    }

    /** The answer in terms of the pods that were asked about. */
    SchedulingResult restored(SchedulingResult result) {
        if (defaults.isEmpty()) {
            return result;
        }
        return new SchedulingResult(
                result.placements().stream()
                        .map(placement -> new Placement(placement.machine(), originals(placement.pods())))
                        .toList(),
                result.plans().stream()
                        .map(plan -> plan.withPods(originals(plan.pods())))
                        .toList(),
                result.rejections().stream()
                        .map(rejection -> new PodRejection(original(rejection.pod()), rejection.reason()))
                        .toList(),
                result.emptyPools(),
                result.bound(),
                result.partial());
    }

    private List<Pod> originals(List<Pod> pods) {
        return pods.stream().map(this::original).toList();
    }

    private Pod original(Pod pod) {
        return originals.getOrDefault(pod, pod);
    }
}
