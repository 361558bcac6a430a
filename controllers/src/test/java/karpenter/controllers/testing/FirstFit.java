package karpenter.controllers.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.PoolCatalog;
import karpenter.core.scheduling.RejectionReason;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingResult;

/**
 * Places pods by resources alone: where they were promised to, else on the first machine with room, else on a plan with room,
 * else on a new plan of the first pool. For tests of what happens around scheduling.
 */
public final class FirstFit implements Function<SchedulingInput, SchedulingResult> {
    /** Every question that was asked, in order. */
    public final List<SchedulingInput> questions = new ArrayList<>();

    /** A type with that many cores and four times as many GiB, on demand in zone-a at 0.1 USD per core and hour. */
    public static InstanceType type(String name, int cores) {
        Requirements where = Requirements.of(
                Requirement.in(Labels.ZONE, "zone-a"),
                Requirement.in(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_ON_DEMAND));
        ResourceVector capacity =
                ResourceVector.of(cores * 1000L, (4L * cores) << 30).with(ResourceVector.PODS, 110);
        return new InstanceType(
                name,
                where.and(Requirement.in(Labels.INSTANCE_TYPE, name)),
                List.of(new Offering(
                        where, "zone-a", Labels.CAPACITY_TYPE_ON_DEMAND, 0.1 * cores, true, 0, null, null)),
                capacity,
                ResourceVector.ZERO);
    }

    private static final class OpenPlan {
        private final List<Pod> pods = new ArrayList<>();
        private ResourceVector left;

        OpenPlan(ResourceVector left) {
            this.left = left;
        }

        boolean take(Pod pod) {
            if (!pod.shape().requests().fitsIn(left)) {
                return false;
            }
            left = left.minus(pod.shape().requests());
            pods.add(pod);
            return true;
        }
    }

    @Override
    public SchedulingResult apply(SchedulingInput input) {
        questions.add(input);
        Map<String, OpenPlan> machines = new LinkedHashMap<>();
        Map<String, NodeState> byName = new TreeMap<>();
        for (NodeState machine : input.machines()) {
            machines.put(machine.name(), new OpenPlan(machine.available()));
            byName.put(machine.name(), machine);
        }
        List<OpenPlan> plans = new ArrayList<>();
        List<PodRejection> rejections = new ArrayList<>();
        for (Pod pod : input.pods()) {
            OpenPlan promised = machines.get(input.promised().getOrDefault(pod.uid(), ""));
            boolean placed = (promised != null && promised.take(pod))
                    || machines.values().stream().anyMatch(machine -> machine.take(pod))
                    || plans.stream().anyMatch(plan -> plan.take(pod));
            if (!placed && !buy(input, pod, plans)) {
                rejections.add(new PodRejection(
                        pod,
                        input.pools().isEmpty()
                                ? new RejectionReason.NoPools()
                                : new RejectionReason.Unsupported("more than any machine has")));
            }
        }
        List<SchedulingResult.Placement> placements = new ArrayList<>();
        machines.forEach((name, machine) -> {
            NodeState state = byName.get(name);
            if (state != null && !machine.pods.isEmpty()) {
                placements.add(new SchedulingResult.Placement(state, machine.pods));
            }
        });
        return new SchedulingResult(
                placements, plans.stream().map(plan -> plan(input, plan)).toList(), rejections, List.of(), List.of());
    }

    private static boolean buy(SchedulingInput input, Pod pod, List<OpenPlan> plans) {
        for (PoolCatalog pool : input.pools()) {
            OpenPlan plan = new OpenPlan(pool.types().getFirst().allocatable());
            if (plan.take(pod)) {
                plans.add(plan);
                return true;
            }
        }
        return false;
    }

    private static NodePlan plan(SchedulingInput input, OpenPlan open) {
        PoolCatalog pool = input.pools().getFirst();
        InstanceType type = pool.types().getFirst();
        ResourceVector requests =
                open.pods.stream().map(pod -> pod.shape().requests()).reduce(ResourceVector.ZERO, ResourceVector::plus);
        Requirements requirements = Requirements.of(
                        pool.pool().spec().template().spec().requirements())
                .and(Requirements.ofLabels(
                        pool.pool().spec().template().metadata().labelsOrEmpty()))
                .and(Requirement.in(Labels.INSTANCE_TYPE, type.name()))
                .and(Requirement.in(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_ON_DEMAND));
        return new NodePlan(
                pool.pool(),
                pool.nodeClassLabelKey(),
                requirements,
                List.of(type),
                type.offerings().getFirst(),
                requests,
                open.pods,
                false);
    }
}
