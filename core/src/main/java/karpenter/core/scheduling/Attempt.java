package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.cluster.Pod;
import karpenter.core.topology.DomainCounts;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyGroup;
import org.jspecify.annotations.Nullable;

/**
 * One try at a problem, from the beginning.
 *
 * <p><b>Method.</b> Promises are kept; then, round after round, each class goes through its alternatives: for each, existing
 * machines, nodes planned before, new nodes of the heaviest pool that can take it, of the next. Classes whose domains matter are
 * given these first ({@link Seating}), as many at a time as find one. Classes that want new nodes of one pool are planned together,
 * so that they complement each other. What a pool's limits leave over moves on to the next pool, domain or alternative.
 */
final class Attempt {
    private final SchedulingPass pass;
    private final Machines machines;
    private final DomainCounts counts;
    private final Seating seating;
    private final Company company;
    private final List<PlannedNode> planned = new ArrayList<>();
    private final Map<PodClass, Way> ways = new LinkedHashMap<>();
    private final Cutoff cutoff;
    private final @Nullable UpstreamGreedy upstream;
    private int runs;
    /** By whole pods, when one run of {@link NewNodes} planned all nodes, so that it holds for all. */
    private CostBound patternBound = CostBound.NONE;

    /**
     * @param limits on seats, as earlier attempts found them; added to
     * @param domains that earlier attempts found
     */
    Attempt(SchedulingPass pass, Map<Seating.Limit, Integer> limits, UnexpectedDomains domains) {
        this.pass = pass;
        pass.reset();
        this.machines = pass.machines();
        this.counts = pass.topology().counts();
        domains.tell(counts);
        this.seating = new Seating(
                pass.classes(), pass.cells(), pass.pools(), machines.all(), pass.interner(), counts, limits);
        this.company = new Company(
                pass.topology(),
                machines,
                pass.pools(),
                planned,
                pass.interner(),
                pass.columns(),
                pass.input().options().objective());
        this.cutoff = pass.cutoff();
        this.upstream = pass.input().options().packing() == Packing.UPSTREAM
                ? new UpstreamGreedy(pass.pools(), pass.columns().count(), planned, cutoff)
                : null;
        for (PodClass podClass : pass.classes()) {
            if (!seating.decides(podClass)) {
                ways.put(podClass, new Way(podClass));
            }
        }
    }

    Machines machines() {
        return machines;
    }

    List<PlannedNode> planned() {
        return planned;
    }

    DomainCounts counts() {
        return counts;
    }

    Seating seating() {
        return seating;
    }

    void run() {
        keepPromises();
        boolean going = true;
        while (going && !cutoff.passed()) {
            going = round();
        }
    }

    /** By whole pods, for all nodes that are planned; none when that isn't known. */
    CostBound patternBound() {
        return runs == 1 && ways.size() == pass.classes().size() ? patternBound : CostBound.NONE;
    }

    private void keepPromises() {
        Map<String, String> promised = pass.input().promised();
        if (promised.isEmpty()) {
            return;
        }
        // What one pod needs may come with another, so it is asked again as long as that helps.
        boolean progress = true;
        while (progress) {
            progress = false;
            for (PodClass podClass : pass.classes()) {
                Set<Pod> kept = Collections.newSetFromMap(new IdentityHashMap<>());
                for (Pod pod : podClass.waiting()) {
                    String name = promised.get(pod.uid());
                    ExistingMachine machine = name == null ? null : machines.named(name);
                    if (machine != null && keepPromise(podClass, pod, machine)) {
                        kept.add(pod);
                    }
                }
                if (!kept.isEmpty()) {
                    podClass.removeAll(kept);
                    progress = true;
                }
            }
        }
    }

    private boolean keepPromise(PodClass podClass, Pod pod, ExistingMachine machine) {
        for (int alternative = 0; alternative < podClass.asks().size(); alternative++) {
            NodeAsk ask = podClass.asks().get(alternative);
            if (machine.admits(ask)
                    && machine.holds(podClass, ask, 1) == 1
                    && seating.takeSeat(podClass, alternative, machine)) {
                machine.keep(podClass, ask, pod);
                return true;
            }
        }
        return false;
    }

    /** Pods of one class, in one domain, on their way through the pools. */
    private final class Step {
        private final Demand.Lot lot;
        private int pool;

        Step(PodClass share, NodeAsk ask) {
            this.lot = new Demand.Lot(share, ask);
        }

        /**
         * Goes on to the next pool that can take a pod of the class alone.
         *
         * @return false when there is none
         */
        boolean toNextPool() {
            List<PoolTemplate> pools = pass.pools();
            while (pool < pools.size()
                    && !pools.get(pool).canTake(lot.ask(), lot.podClass().amounts())) {
                pool++;
            }
            return pool < pools.size();
        }
    }

    /** How far a class whose domains don't matter has come through its alternatives. */
    private final class Way {
        private final PodClass podClass;
        private int alternative = -1;

        Way(PodClass podClass) {
            this.podClass = podClass;
        }

        /** Goes on to the next alternative that has a pool, filling machines on the way; null at the end of the way. */
        @Nullable
        Step toNextAlternative() {
            while (podClass.unplaced() > 0 && ++alternative < podClass.asks().size()) {
                NodeAsk ask = pass.onNode(podClass.asks().get(alternative));
                Step step = new Step(podClass.share(ask, podClass.unplaced()), ask);
                machines.place(step.lot.podClass(), ask);
                if (podClass.unplaced() > 0
                        && (step.toNextPool() || !ask.groups().companions().isEmpty())) {
                    return step;
                }
            }
            return null;
        }
    }

    /** Takes each class one step further; false when there is no step left. */
    private boolean round() {
        Map<PodClass, List<Seating.Given>> given = seating.deal();
        List<Step> wanting = new ArrayList<>();
        for (PodClass podClass : pass.classes()) {
            for (Seating.Given seated : given.getOrDefault(podClass, List.of())) {
                Step step = new Step(seated.share(), seated.place().ask());
                machines.place(seated.share(), step.lot.ask());
                if (seated.share().unplaced() > 0) {
                    step.toNextPool();
                    wanting.add(step);
                }
            }
            Way way = ways.get(podClass);
            Step step = way == null ? null : way.toNextAlternative();
            if (step != null) {
                wanting.add(step);
            }
        }
        company.gather(wanting.stream().map(step -> step.lot).toList());
        if (upstream == null) {
            for (int pool = 0; pool < pass.pools().size(); pool++) {
                plan(pool, wanting);
            }
        } else {
            upstream.place(wanting.stream().map(step -> step.lot).toList());
        }
        given.values().forEach(all -> all.forEach(seating::settle));
        return !wanting.isEmpty() || !given.isEmpty();
    }

    private void plan(int pool, List<Step> wanting) {
        List<Step> here = wanting.stream()
                .filter(step -> step.pool == pool && step.lot.podClass().unplaced() > 0)
                .toList();
        if (here.isEmpty()) {
            return;
        }
        List<Demand.Lot> lots =
                new ArrayList<>(here.stream().map(step -> step.lot).toList());
        TopUp.fill(planned, lots);
        // A limit that others have reached meanwhile, or company that didn't come, is no reason to open a node.
        lots.removeIf(lot -> lot.podClass().unplaced() == 0);
        if (!lots.isEmpty() && !cutoff.passed()) {
            NewNodes.Plan plan = NewNodes.plan(
                    pass.pools().get(pool),
                    lots,
                    pass.columns(),
                    pass.input().options().objective(),
                    cutoff);
            planned.addAll(plan.nodes());
            patternBound = plan.bound();
            runs++;
        }
        for (Step step : here) {
            if (step.lot.podClass().unplaced() > 0) {
                step.pool++;
                step.toNextPool();
            }
        }
    }

    /**
     * Takes pods away that kube-scheduler wouldn't let in with all others in place, until there are none; those that are left
     * without a reason are the first to go.
     */
    void removeViolators() {
        boolean violated = true;
        while (violated) {
            violated = false;
            List<Seating.Place> places = seating.violated();
            if (!places.isEmpty()) {
                violated = removeFrom(places.getFirst());
            }
            violated |= removeUnwelcome();
        }
        for (PlannedNode node : planned) {
            if (node.parts().isEmpty()) {
                node.template().limits().giveBack(node.charge());
            }
        }
        planned.removeIf(node -> node.parts().isEmpty());
    }

    private boolean removeFrom(Seating.Place place) {
        for (PlannedNode node : planned) {
            for (PlannedNode.Part part : node.parts()) {
                if (isOf(part.podClass(), place)) {
                    node.remove(part.podClass(), 1);
                    seating.leave(place);
                    return true;
                }
            }
        }
        for (ExistingMachine machine : machines.all()) {
            for (PodClass share : machine.shares().keySet()) {
                if (isOf(share, place)) {
                    machine.remove(share, 1);
                    seating.leave(place);
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isOf(PodClass share, Seating.Place place) {
        Seating.Place own = seating.placeOf(share);
        return own != null && own.name().equals(place.name());
    }

    /** Takes away one pod that the others on its node, or the lack of others, don't allow. */
    private boolean removeUnwelcome() {
        for (PlannedNode node : planned) {
            for (PlannedNode.Part part : node.parts()) {
                Membership groups = groups(part.podClass());
                if (groups.bindsNode() && !node.mates().allows(groups, isAlone(groups))) {
                    node.remove(part.podClass(), 1);
                    left(part.podClass());
                    return true;
                }
            }
        }
        for (ExistingMachine machine : machines.all()) {
            for (PodClass share : machine.shares().keySet()) {
                Membership groups = groups(share);
                if (groups.bindsNode() && !machine.mates().allows(groups, isAlone(groups))) {
                    machine.remove(share, 1);
                    left(share);
                    return true;
                }
            }
        }
        return false;
    }

    /** Those of the class, also for a pod that went ahead of its own kind. */
    private static Membership groups(PodClass share) {
        PodClass whole = share.whole();
        PodClass lot = whole != null && whole.whole() != null ? whole : share;
        return lot.asks().getFirst().groups();
    }

    /** A pod of a share has lost its place, and with it its seat. */
    void left(PodClass share) {
        Seating.Place place = seating.placeOf(share);
        if (place != null) {
            seating.leave(place);
        }
    }

    /** Whether those who need company of their own kind have none anywhere. */
    private boolean isAlone(Membership groups) {
        for (Membership.Part part : groups.companions()) {
            TopologyGroup group = part.group();
            int all = pass.topology().running(group);
            for (PlannedNode node : planned) {
                all += node.mates().selected(group);
            }
            for (ExistingMachine machine : machines.all()) {
                all += machine.mates().selected(group);
            }
            if (all > 1) {
                return false;
            }
        }
        return true;
    }
}
