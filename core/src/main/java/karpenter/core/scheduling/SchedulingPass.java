package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Taint;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.scheduling.SchedulingResult.EmptyPool;
import karpenter.core.scheduling.SchedulingResult.Placement;
import org.jspecify.annotations.Nullable;

/**
 * One solution of one {@link SchedulingInput}.
 *
 * <p><b>Method.</b> Pods that can't be planned for are refused. The others are sorted into classes; promises are kept; then each
 * class, largest first, goes through its alternatives: for each, existing machines, nodes planned in this pass, new nodes of the
 * heaviest pool that can take it, of the next. Classes that want new nodes of one pool are planned together, so that they
 * complement each other. What a pool's limits leave over moves on to the next pool or alternative.
 *
 * <p><b>Differs from upstream.</b> Upstream goes pod by pod, so that the order of the queue decides which pods share a node.
 */
final class SchedulingPass {
    private final SchedulingInput input;
    private final List<PodRejection> rejections = new ArrayList<>();
    private final List<PodClass> classes;
    private final Machines machines;
    private final List<PoolTemplate> pools;
    private final ResourceColumns columns;
    private final List<PlannedNode> planned = new ArrayList<>();
    private final List<String> disregarded;
    private final PodVolumes volumes;
    private final IdentityHashMap<Pod, VolumeNeeds> volumeNeeds = new IdentityHashMap<>();

    SchedulingPass(SchedulingInput input) {
        this.input = input;
        List<Pod> pods = new ArrayList<>(input.pods());
        pods.sort(Comparator.comparing(Pod::key).thenComparing(Pod::uid));
        this.volumes = new PodVolumes(input);
        List<Pod> admitted = admit(pods);
        this.disregarded = input.options().respectPreferences()
                ? UnsupportedTerms.softTerms(
                        admitted.stream().map(Pod::shape).distinct().toList())
                : List.of();
        this.columns = ResourceColumns.of(
                admitted.stream().map(pod -> pod.shape().requests()).toList());
        this.classes =
                PodClass.of(admitted, volumeNeeds, columns, input.options().respectPreferences(), softTaints(input));
        Daemons daemons = Daemons.of(input.snapshot(), input.options().ignoreResourceClaims());
        this.machines = new Machines(input.machines(), daemons, columns, volumes);
        this.pools = PoolTemplate.of(input, daemons, columns);
    }

    /** Refuses the pods that can't be planned for, and returns the others. */
    private List<Pod> admit(List<Pod> pods) {
        UnsupportedTerms unsupported = new UnsupportedTerms(input.snapshot());
        IdentityHashMap<PodShape, RejectionReason> refused = new IdentityHashMap<>();
        IdentityHashMap<PodShape, Boolean> seen = new IdentityHashMap<>();
        List<Pod> admitted = new ArrayList<>();
        for (Pod pod : pods) {
            if (seen.put(pod.shape(), true) == null) {
                RejectionReason reason = refusal(pod.shape(), unsupported);
                if (reason != null) {
                    refused.put(pod.shape(), reason);
                }
            }
            RejectionReason reason = refused.get(pod.shape());
            if (reason == null && !pod.shape().volumes().isEmpty()) {
                reason = volumeRefusal(pod);
            }
            if (reason == null) {
                admitted.add(pod);
            } else {
                rejections.add(new PodRejection(pod, reason));
            }
        }
        return admitted;
    }

    private @Nullable RejectionReason volumeRefusal(Pod pod) {
        return switch (volumes.of(pod)) {
            case PodVolumes.Result.Refused(RejectionReason reason) -> reason;
            case PodVolumes.Result.Needs(VolumeNeeds needs) -> {
                volumeNeeds.put(pod, needs);
                yield null;
            }
        };
    }

    private @Nullable RejectionReason refusal(PodShape shape, UnsupportedTerms unsupported) {
        RejectionReason invalid = PodValidation.check(shape, input.options().wellKnownLabels());
        if (invalid != null) {
            return invalid;
        }
        String term = unsupported.hardTerm(shape);
        return term == null ? null : new RejectionReason.Unsupported(term);
    }

    private static boolean softTaints(SchedulingInput input) {
        return input.pools().stream()
                        .anyMatch(each ->
                                isSoft(each.pool().spec().template().spec().taints()))
                || input.machines().stream().anyMatch(machine -> isSoft(machine.taints()));
    }

    private static boolean isSoft(List<Taint> taints) {
        return taints.stream().anyMatch(taint -> taint.effect().equals(Taint.PREFER_NO_SCHEDULE));
    }

    SchedulingResult run() {
        keepPromises();
        List<Way> ways = new ArrayList<>();
        for (PodClass podClass : classes) {
            ways.add(new Way(podClass));
        }
        for (List<Way> open = ways; !open.isEmpty(); ) {
            open = round(open);
        }
        return result();
    }

    private void keepPromises() {
        if (input.promised().isEmpty()) {
            return;
        }
        for (PodClass podClass : classes) {
            Set<Pod> kept = Collections.newSetFromMap(new IdentityHashMap<>());
            for (Pod pod : podClass.waiting()) {
                if (keepPromise(podClass, pod)) {
                    kept.add(pod);
                }
            }
            podClass.removeAll(kept);
        }
    }

    private boolean keepPromise(PodClass podClass, Pod pod) {
        String name = input.promised().get(pod.uid());
        ExistingMachine machine = name == null ? null : machines.named(name);
        if (machine == null) {
            return false;
        }
        for (NodeAsk ask : podClass.asks()) {
            if (machine.admits(ask) && machine.holds(podClass, ask, 1) == 1) {
                machine.keep(podClass, ask, pod);
                return true;
            }
        }
        return false;
    }

    /** How far a class has come through its alternatives and, for the current one, through the pools. */
    private final class Way {
        private final PodClass podClass;
        private int alternative = -1;
        private int pool;

        Way(PodClass podClass) {
            this.podClass = podClass;
        }

        NodeAsk ask() {
            return podClass.asks().get(alternative);
        }

        /**
         * Goes on to the next pool that can take the class alone, without leaving the current alternative.
         *
         * @return false when there is none
         */
        boolean toNextPool() {
            while (pool < pools.size() && !pools.get(pool).canTake(ask(), podClass.amounts())) {
                pool++;
            }
            return pool < pools.size();
        }

        /** Goes on to the next alternative that has a pool, filling machines on the way; false at the end of the way. */
        boolean toNextAlternative() {
            while (++alternative < podClass.asks().size()) {
                pool = 0;
                machines.place(podClass, ask());
                if (podClass.unplaced() == 0 || toNextPool()) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Takes each class one alternative further and plans what the pools can take; returns the classes that are not done. */
    private List<Way> round(List<Way> open) {
        List<Way> wanting = new ArrayList<>();
        for (Way way : open) {
            if (way.toNextAlternative() && way.podClass.unplaced() > 0) {
                wanting.add(way);
            }
        }
        for (int pool = 0; pool < pools.size(); pool++) {
            List<Way> here = new ArrayList<>();
            for (Way way : wanting) {
                if (way.pool == pool && way.podClass.unplaced() > 0) {
                    here.add(way);
                }
            }
            plan(pools.get(pool), here);
            for (Way way : here) {
                if (way.podClass.unplaced() > 0) {
                    way.pool++;
                    way.toNextPool();
                }
            }
        }
        return wanting.stream().filter(way -> way.podClass.unplaced() > 0).toList();
    }

    private void plan(PoolTemplate pool, List<Way> ways) {
        List<Demand.Lot> lots = new ArrayList<>();
        for (Way way : ways) {
            lots.add(new Demand.Lot(way.podClass, way.ask()));
        }
        TopUp.fill(planned, lots);
        lots.removeIf(lot -> lot.podClass().unplaced() == 0);
        planned.addAll(NewNodes.plan(pool, lots, columns));
    }

    private SchedulingResult result() {
        List<NodePlan> plans = new ArrayList<>();
        List<Placement> placements = new ArrayList<>();
        for (ExistingMachine machine : machines.all()) {
            List<Pod> pods = new ArrayList<>(machine.dealPods());
            if (!pods.isEmpty()) {
                pods.sort(Comparator.comparing(Pod::key).thenComparing(Pod::uid));
                placements.add(new Placement(machine.state(), pods));
            }
        }
        List<PlannedNode> failed = new ArrayList<>();
        for (PoolTemplate pool : pools) {
            plans.addAll(NodePlans.write(
                    planned.stream().filter(node -> node.template() == pool).toList(), failed));
        }
        failed.forEach(node -> node.parts().forEach(part -> part.podClass().placed(-part.count())));
        rejectRest();
        rejections.sort(Comparator.comparing((PodRejection each) -> each.pod().key())
                .thenComparing(each -> each.pod().uid()));
        return new SchedulingResult(placements, plans, rejections, emptyPools(), disregarded);
    }

    private void rejectRest() {
        Map<PoolTemplate, Diagnosis> diagnoses = new LinkedHashMap<>();
        pools.forEach(pool -> diagnoses.put(pool, new Diagnosis(pool, columns)));
        for (PodClass podClass : classes) {
            if (podClass.unplaced() > 0) {
                RejectionReason reason = reason(podClass, diagnoses);
                podClass.deal(podClass.unplaced()).forEach(pod -> rejections.add(new PodRejection(pod, reason)));
            }
        }
    }

    private RejectionReason reason(PodClass podClass, Map<PoolTemplate, Diagnosis> diagnoses) {
        if (pools.isEmpty()) {
            return new RejectionReason.NoPools();
        }
        NodeAsk last = podClass.asks().getLast();
        List<RejectionReason.NoPoolFits.PoolReason> reasons = new ArrayList<>();
        diagnoses.forEach((pool, diagnosis) -> reasons.add(
                new RejectionReason.NoPoolFits.PoolReason(pool.pool().name(), diagnosis.obstacle(podClass, last))));
        VolumeNeeds needs = podClass.volumes();
        return new RejectionReason.NoPoolFits(reasons, needs.anywhere() ? List.of() : needs.places());
    }

    private List<EmptyPool> emptyPools() {
        List<EmptyPool> empty = new ArrayList<>();
        for (PoolTemplate pool : pools) {
            if (pool.isEmpty()) {
                empty.add(new EmptyPool(pool.pool(), false));
            } else if (pool.isEmptyByMinValues()) {
                empty.add(new EmptyPool(pool.pool(), true));
            }
        }
        return empty;
    }
}
