package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.Taint;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.requirement.Requirements;
import karpenter.core.scheduling.SchedulingResult.EmptyPool;
import karpenter.core.scheduling.SchedulingResult.Placement;
import karpenter.core.topology.DomainCounts;
import karpenter.core.topology.Topology;
import org.jspecify.annotations.Nullable;

/**
 * One solution of one {@link SchedulingInput}.
 *
 * <p><b>Method.</b> Pods that can't be planned for are refused. The others are sorted into classes, and an {@link Attempt} places
 * them. When domains turn out to hold fewer pods than was thought, so that spreads of others come out uneven, the next attempt
 * starts over knowing that. What is still wrong after the last one is taken out, so that a wrong placement never leaves.
 *
 * <p><b>Differs from upstream.</b> Upstream goes pod by pod, so that the order of the queue decides which pods share a node, and
 * doesn't look back.
 */
final class SchedulingPass {
    private static final int MOST_ATTEMPTS = 5;

    private final SchedulingInput input;
    private final List<PodRejection> rejections = new ArrayList<>();
    private final NodeAsk.Interner interner = new NodeAsk.Interner();
    private final Topology topology;
    private final Daemons daemons;
    private final List<PodClass> classes;
    private final List<PoolTemplate> pools;
    private final List<long[]> limits;
    private final ResourceColumns columns;
    private final PodVolumes volumes;
    private final IdentityHashMap<Pod, VolumeNeeds> volumeNeeds = new IdentityHashMap<>();
    private final Cells cells;
    private final Cutoff cutoff;

    SchedulingPass(SchedulingInput input, Cutoff cutoff) {
        this.input = input;
        this.cutoff = cutoff;
        List<Pod> pods = new ArrayList<>(input.pods());
        pods.sort(Comparator.comparing(Pod::key).thenComparing(Pod::uid));
        this.volumes = new PodVolumes(input);
        List<Pod> admitted = admit(pods);
        this.daemons = Daemons.of(input.snapshot(), input.options().ignoreResourceClaims());
        this.topology = Topology.of(
                admitted,
                input.snapshot().machines(),
                input.machines(),
                daemons.shapes(),
                input.snapshot().namespaces(),
                input.options().respectPreferences());
        this.columns = ResourceColumns.of(
                admitted.stream().map(pod -> pod.shape().requests()).toList());
        this.classes = PodClass.of(
                admitted,
                volumeNeeds,
                topology,
                interner,
                columns,
                input.options().respectPreferences(),
                softTaints(input));
        this.pools = PoolTemplate.of(input, daemons, columns);
        this.limits = pools.stream().map(pool -> pool.limits().left()).toList();
        this.cells = new Cells(pools, machines().all(), interner);
    }

    /** Refuses the pods that can't be planned for, and returns the others. */
    private List<Pod> admit(List<Pod> pods) {
        IdentityHashMap<PodShape, RejectionReason> refused = new IdentityHashMap<>();
        IdentityHashMap<PodShape, Boolean> seen = new IdentityHashMap<>();
        List<Pod> admitted = new ArrayList<>();
        for (Pod pod : pods) {
            if (seen.put(pod.shape(), true) == null) {
                RejectionReason reason = refusal(pod.shape());
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

    private @Nullable RejectionReason refusal(PodShape shape) {
        RejectionReason invalid = PodValidation.check(shape, input.options().wellKnownLabels());
        if (invalid != null) {
            return invalid;
        }
        String term = UnsupportedTerms.hardTerm(shape);
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

    SchedulingInput input() {
        return input;
    }

    List<PodClass> classes() {
        return classes;
    }

    /** Heaviest first. */
    List<PoolTemplate> pools() {
        return pools;
    }

    Topology topology() {
        return topology;
    }

    Daemons daemons() {
        return daemons;
    }

    ResourceColumns columns() {
        return columns;
    }

    Cutoff cutoff() {
        return cutoff;
    }

    NodeAsk.Interner interner() {
        return interner;
    }

    Cells cells() {
        return cells;
    }

    /** The machines as they are before anything is placed. */
    Machines machines() {
        return new Machines(input.machines(), daemons, columns, volumes, topology);
    }

    /** The same ask where wider domains don't matter. */
    NodeAsk onNode(NodeAsk ask) {
        return ask.groups().bindsDomain() ? interner.intern(ask.terms().within(Requirements.NONE)) : ask;
    }

    /** Goes back to the beginning. */
    void reset() {
        classes.forEach(PodClass::reset);
        for (int pool = 0; pool < pools.size(); pool++) {
            pools.get(pool).limits().restore(limits.get(pool));
        }
    }

    SchedulingResult run() {
        Map<Seating.Limit, Integer> seatLimits = new HashMap<>();
        Map<Seating.Limit, Integer> known = Map.of();
        UnexpectedDomains domains = new UnexpectedDomains(topology.spreads());
        Attempt attempt = new Attempt(this, seatLimits, domains);
        attempt.run();
        for (int attempts = 1; attempts < MOST_ATTEMPTS && !cutoff.passed(); attempts++) {
            domains.find(attempt.planned(), attempt.counts());
            List<Seating.Place> violated = attempt.seating().violated();
            if (violated.isEmpty()) {
                break;
            }
            if (seatLimits.equals(known)) {
                violated.forEach(attempt.seating()::limit);
            }
            known = Map.copyOf(seatLimits);
            attempt = new Attempt(this, seatLimits, domains);
            attempt.run();
        }
        domains.find(attempt.planned(), attempt.counts());
        attempt.removeViolators();
        Latecomers.settle(this, attempt.machines(), attempt.planned(), attempt::left);
        return result(attempt);
    }

    private SchedulingResult result(Attempt attempt) {
        List<NodePlan> plans = new ArrayList<>();
        List<Placement> placements = new ArrayList<>();
        for (ExistingMachine machine : attempt.machines().all()) {
            List<Pod> pods = new ArrayList<>(machine.dealPods());
            if (!pods.isEmpty()) {
                pods.sort(Comparator.comparing(Pod::key).thenComparing(Pod::uid));
                placements.add(new Placement(machine.state(), pods));
            }
        }
        List<PlannedNode> failed = new ArrayList<>();
        for (PoolTemplate pool : pools) {
            plans.addAll(NodePlans.write(
                    pool,
                    attempt.planned().stream()
                            .filter(node -> node.template() == pool)
                            .toList(),
                    failed));
        }
        List<PlannedNode> kept = new ArrayList<>(attempt.planned());
        kept.removeAll(failed);
        CostBound bound = new LowerBound(pools, limits, columns).of(kept);
        bound = failed.isEmpty() ? bound.max(attempt.patternBound()) : bound;
        failed.forEach(node -> node.parts().forEach(part -> part.podClass().placed(-part.count())));
        boolean partial = rejectRest(attempt.seating(), attempt.machines());
        rejections.sort(Comparator.comparing((PodRejection each) -> each.pod().key())
                .thenComparing(each -> each.pod().uid()));
        return new SchedulingResult(placements, plans, rejections, emptyPools(), bound, partial);
    }

    /** Gives each pod without a place its reason; answers whether the end of the time was one. */
    private boolean rejectRest(Seating seating, Machines machines) {
        boolean late = false;
        Map<PoolTemplate, Diagnosis> diagnoses = new LinkedHashMap<>();
        pools.forEach(pool -> diagnoses.put(pool, new Diagnosis(pool, columns)));
        for (PodClass podClass : classes) {
            if (podClass.unplaced() > 0) {
                // Of those that would fit alone, it isn't known any more which were tried in vain.
                boolean hadNoTurn = cutoff.wasPassed() && fitsAlone(podClass, machines);
                RejectionReason reason =
                        hadNoTurn ? new RejectionReason.OutOfTime() : reason(podClass, diagnoses, seating);
                podClass.deal(podClass.unplaced()).forEach(pod -> rejections.add(new PodRejection(pod, reason)));
                late |= hadNoTurn;
            }
        }
        return late;
    }

    /** Whether some pool or machine could take a pod of the class, whatever groups of pods say. */
    private boolean fitsAlone(PodClass podClass, Machines machines) {
        List<NodeAsk> asks = podClass.asks().stream().map(this::onNode).toList();
        return asks.stream().anyMatch(ask -> pools.stream().anyMatch(pool -> pool.canTake(ask, podClass.amounts())))
                || asks.stream()
                        .anyMatch(ask -> machines.all().stream()
                                .anyMatch(machine -> machine.admits(ask) && machine.holds(podClass, ask, 1) == 1));
    }

    private RejectionReason reason(PodClass podClass, Map<PoolTemplate, Diagnosis> diagnoses, Seating seating) {
        if (pools.isEmpty()) {
            return new RejectionReason.NoPools();
        }
        NodeAsk last = onNode(podClass.asks().getLast());
        DomainCounts.Refusal refusal = seating.refusal(podClass);
        List<RejectionReason.NoPoolFits.PoolReason> reasons = new ArrayList<>();
        diagnoses.forEach((pool, diagnosis) -> {
            Obstacle obstacle = pool.canTake(last, podClass.amounts())
                    ? Obstacle.UnsatisfiableTopology.of(refusal, podClass.asks().getLast())
                    : null;
            reasons.add(new RejectionReason.NoPoolFits.PoolReason(
                    pool.pool().name(), obstacle == null ? diagnosis.obstacle(podClass, last) : obstacle));
        });
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
