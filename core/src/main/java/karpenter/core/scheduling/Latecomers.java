package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.cluster.NodeState;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Membership;
import karpenter.core.topology.Place;
import karpenter.core.topology.TopologyFilters;
import karpenter.core.topology.TopologyGroup;
import karpenter.core.topology.TopologyGroup.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Holds a finished plan against what kube-scheduler would say, and gives those that are left over what it would give them.
 *
 * <p><b>Problem.</b> {@link Seating} decides domains before there are nodes: it reckons with domains that could come, keeps pods
 * off where they would spoil a spread for others, and doesn't know which DaemonSets' pods a spread is going to count. Once nodes
 * are known, kube-scheduler's own answer can be had, and a pod that it would bind isn't unschedulable.
 *
 * <p><b>Method.</b> Pods that wouldn't be let in with all others in place, DaemonSets' among them, are sent away. Then each pod that
 * is left, as long as there is one that this helps: on a machine, on a node that is planned, on a new one, the first that
 * {@link TopologyFilters} let it onto, coming last. Where that depends on a label that planned nodes leave open, it is settled.
 * A label that a pool lets anybody choose gets a value of its own if need be. A new node that would leave pods without an order
 * in which all can be bound isn't opened.
 *
 * <p><b>Complexity.</b> Classes that are left over × nodes, up to a budget of steps; nothing where nobody is left over and no group
 * selects a DaemonSet's pods.
 */
final class Latecomers {
    /** Looks at a node, about a microsecond each. */
    private static final long STEPS = 500_000;

    private final SchedulingPass pass;
    private final Machines machines;
    private final List<PlannedNode> planned;
    private final List<Site> sites = new ArrayList<>();
    private final TopologyFilters filters = new TopologyFilters(sites);
    private final List<Late> late = new ArrayList<>();
    private final Map<String, SortedSet<String>> known = new HashMap<>();
    private final Map<NodeAsk, List<MachineSite>> admitting = new HashMap<>();
    private int names;
    /** Whether others have to do with DaemonSets' pods. */
    private boolean watched;

    private boolean anySent;
    private boolean growing;
    private long steps;

    /**
     * A pod that came after all others.
     *
     * @param asked the groups of the alternative that it was let in under
     * @param counted those that others see it by
     */
    private record Late(Site site, Membership asked, Membership counted) {}

    /** @param planned nodes of the pass; added to */
    Latecomers(SchedulingPass pass, Machines machines, List<PlannedNode> planned) {
        this.pass = pass;
        this.machines = machines;
        this.planned = planned;
    }

    /** A machine, or a node to be bought. */
    private abstract static class Site extends Place {
        @Override
        protected abstract @Nullable String label(String key);

        @Override
        protected abstract Set<String> possible(String key);
    }

    private final class MachineSite extends Site {
        private final ExistingMachine machine;

        MachineSite(ExistingMachine machine) {
            this.machine = machine;
            NodeState state = machine.state();
            pass.topology().runningOn(state).forEach(this::add);
            pass.daemons()
                    .toComeOn(state)
                    .forEach(shape -> addIfAny(this, pass.topology().ofDaemon(shape)));
            machine.shares().forEach((share, count) -> add(groups(share), count));
            machine.kept().forEach((podClass, count) -> add(groups(podClass), count));
        }

        @Override
        protected @Nullable String label(String key) {
            return machine.labels().get(key);
        }

        @Override
        protected Set<String> possible(String key) {
            return Set.of();
        }

        @Override
        protected List<Taint> taints() {
            return machine.state().taints();
        }
    }

    /** A machine that pods leave: those that stay for now still count. */
    private final class LeavingSite extends Site {
        private final NodeState state;

        LeavingSite(NodeState state) {
            this.state = state;
            pass.topology().runningOn(state).forEach(this::add);
        }

        @Override
        protected @Nullable String label(String key) {
            return key.equals(Labels.HOSTNAME)
                    ? state.labels().getOrDefault(key, state.name())
                    : state.labels().get(key);
        }

        @Override
        protected Set<String> possible(String key) {
            return Set.of();
        }

        @Override
        protected List<Taint> taints() {
            return state.taints();
        }

        @Override
        protected boolean stays() {
            return false;
        }
    }

    private static final class NodeSite extends Site {
        private final String hostname;
        private final PoolTemplate template;
        private final Narrowing narrowing;
        private final BitSet rows;
        private final Map<String, String> labels;
        private final Map<String, Set<String>> possible = new HashMap<>();

        /** @param row of {@code rows}, the likeliest */
        NodeSite(String hostname, PoolTemplate template, Narrowing narrowing, BitSet rows, int row) {
            this.hostname = hostname;
            this.template = template;
            this.narrowing = narrowing;
            this.rows = rows;
            this.labels = Cells.labels(template, narrowing, row);
        }

        @Override
        protected @Nullable String label(String key) {
            return key.equals(Labels.HOSTNAME) ? hostname : labels.get(key);
        }

        @Override
        protected Set<String> possible(String key) {
            return key.equals(Labels.HOSTNAME) ? Set.of() : possible.computeIfAbsent(key, this::find);
        }

        private Set<String> find(String key) {
            Set<String> values = new TreeSet<>();
            Cells.rowsByValue(template, narrowing, key).forEach((value, having) -> {
                if (having.intersects(rows)) {
                    values.add(value);
                }
            });
            return values;
        }

        @Override
        protected List<Taint> taints() {
            return template.taints();
        }
    }

    private static Membership groups(PodClass share) {
        return share.root().asks().getLast().groups();
    }

    private static void addIfAny(Place place, Membership membership) {
        if (!membership.equals(Membership.NONE)) {
            place.add(membership, 1);
        }
    }

    /** Sends away and places what it can; nodes that are left without a pod are given back. */
    void settle() {
        watched = pass.daemons().shapes().stream()
                .anyMatch(shape -> !pass.topology().ofDaemon(shape).equals(Membership.NONE));
        if (!watched && !anyLeft()) {
            return;
        }
        machines.all().forEach(machine -> sites.add(new MachineSite(machine)));
        Set<NodeState> staying = Collections.newSetFromMap(new IdentityHashMap<>());
        machines.all().forEach(machine -> staying.add(machine.state()));
        for (NodeState state : pass.input().snapshot().machines()) {
            if (!staying.contains(state) && !pass.topology().runningOn(state).isEmpty()) {
                sites.add(new LeavingSite(state));
            }
        }
        for (PlannedNode node : planned) {
            NodeSite site = site("planned " + names++, node, node.narrowing());
            addDaemons(site);
            node.parts().forEach(part -> site.add(groups(part.podClass()), part.count()));
            sites.add(site);
        }
        if (watched) {
            sendAway();
        }
        growing = true;
        placeAll();
        // Hosts are as many as they will be, so that now they can be filled evenly.
        growing = false;
        placeAll();
    }

    private void placeAll() {
        boolean progress = true;
        while (progress) {
            progress = false;
            for (PodClass podClass : pass.classes()) {
                while (podClass.unplaced() > 0 && !isOver() && place(podClass)) {
                    progress = true;
                }
            }
        }
    }

    private boolean anyLeft() {
        return pass.classes().stream().anyMatch(podClass -> podClass.unplaced() > 0);
    }

    private boolean isOver() {
        return steps > STEPS || pass.cutoff().passed();
    }

    private static NodeSite site(String hostname, PlannedNode node, Narrowing narrowing) {
        PoolTemplate template = node.template();
        int row = node.row(narrowing);
        BitSet rows = template.buyable(row, narrowing, node.used(), allowance(node));
        rows.set(row);
        return new NodeSite(hostname, template, narrowing, rows, row);
    }

    private void addDaemons(NodeSite site) {
        pass.daemons()
                .shapesOn(site.labels, site.taints())
                .forEach(shape -> addIfAny(site, pass.topology().ofDaemon(shape)));
    }

    /** What the node may count against limits at most: its types may be as large as these leave. */
    private static long[] allowance(PlannedNode node) {
        long[] allowance = node.charge();
        long[] left = node.template().limits().left();
        for (int i = 0; i < allowance.length; i++) {
            allowance[i] += Math.max(0, left[i]);
        }
        return allowance;
    }

    private int firstPlanned() {
        return sites.size() - planned.size();
    }

    private void sendAway() {
        boolean sent = true;
        while (sent) {
            sent = false;
            for (int at = 0; at < sites.size() && !sent; at++) {
                sent = sendAwayFrom(at);
            }
            anySent |= sent;
        }
    }

    private boolean sendAwayFrom(int at) {
        Site site = sites.get(at);
        if (site instanceof MachineSite there) {
            for (PodClass share : there.machine.shares().keySet()) {
                if (!filters.allows(groups(share), site)) {
                    there.machine.remove(share, 1);
                    filters.add(site, groups(share), -1);
                    return true;
                }
            }
        } else if (site instanceof NodeSite) {
            PlannedNode node = planned.get(at - firstPlanned());
            for (PlannedNode.Part part : node.parts()) {
                if (!filters.allows(groups(part.podClass()), site)) {
                    node.remove(part.podClass(), 1);
                    filters.add(site, groups(part.podClass()), -1);
                    if (node.parts().isEmpty()) {
                        node.template().limits().giveBack(node.charge());
                        planned.remove(node);
                        sites.remove(at);
                        filters.forget();
                    }
                    return true;
                }
            }
        }
        return false;
    }

    private boolean place(PodClass podClass) {
        for (NodeAsk ask : podClass.asks()) {
            Set<String> keys = Seating.keys(podClass, ask);
            if (joinsMachine(podClass, ask)
                    || joinsNode(podClass, ask, keys)
                    || opensNode(podClass, ask, keys)
                    || placeLoosely(podClass, ask, keys)
                    || opensNodeOfOneType(podClass, ask, keys)) {
                return true;
            }
        }
        return false;
    }

    /** Which DaemonSets come to a node depends on its type. */
    private boolean opensNodeOfOneType(PodClass podClass, NodeAsk ask, Set<String> keys) {
        if (!watched || ask.groups().parts().isEmpty()) {
            return false;
        }
        Set<String> more = new TreeSet<>(keys);
        more.add(Labels.INSTANCE_TYPE);
        return opensNode(podClass, ask, more);
    }

    /** Leaves labels open that only others' spreads depend on. */
    private boolean placeLoosely(PodClass podClass, NodeAsk ask, Set<String> keys) {
        Set<String> own = new TreeSet<>();
        for (Membership.Part part : ask.groups().parts()) {
            TopologyGroup group = part.group();
            boolean bars = group.kind() == Kind.ANTI_AFFINITY && !group.terms().wish();
            if (!group.perNode() && (part.owns() || bars)) {
                own.add(part.group().key());
            }
        }
        return own.size() < keys.size() && (joinsNode(podClass, ask, own) || opensNode(podClass, ask, own));
    }

    private boolean joinsMachine(PodClass podClass, NodeAsk ask) {
        // Whom nobody else matters to was offered every machine before.
        if (ask.groups().parts().isEmpty() && !anySent) {
            return false;
        }
        NodeAsk alone = pass.interner().intern(ask.terms().alone());
        for (MachineSite site : admitting.computeIfAbsent(alone, this::admitting)) {
            steps++;
            if (site.machine.holds(podClass, alone, 1) == 1 && admits(ask.groups(), site)) {
                machines.place(site.machine, podClass.share(alone, 1), alone, 1);
                came(site, ask.groups(), podClass);
                return true;
            }
        }
        return false;
    }

    /** Initialized ones first. */
    private List<MachineSite> admitting(NodeAsk alone) {
        steps += sites.size();
        List<MachineSite> admitting = new ArrayList<>();
        for (Site site : sites) {
            if (site instanceof MachineSite there && there.machine.admits(alone)) {
                admitting.add(there);
            }
        }
        admitting.sort(Comparator.comparing(site -> !site.machine.initialized()));
        return admitting;
    }

    /** Whether the filters let the pod in; labels of planned nodes on which that depends are settled. */
    private boolean admits(Membership groups, Site site) {
        if (groups.parts().isEmpty() || filters.admits(groups, site, true, growing)) {
            return true;
        }
        return (filters.admits(groups, site, false, growing) && settleLabels(groups, site, false))
                || settleLabels(groups, site, true);
    }

    private void came(Site site, Membership asked, PodClass podClass) {
        filters.add(site, groups(podClass), 1);
        late.add(new Late(site, asked, groups(podClass)));
        known.clear();
    }

    private boolean joinsNode(PodClass podClass, NodeAsk ask, Set<String> keys) {
        NodeAsk alone = pass.interner().intern(ask.terms().alone());
        for (int number = 0; number < planned.size(); number++) {
            PlannedNode node = planned.get(number);
            steps++;
            if (node.room(new Demand.Lot(podClass, alone), 1) == 0) {
                continue;
            }
            Narrowing narrowed = node.narrowing().with(alone);
            if (narrowed == null) {
                continue;
            }
            BitSet rows = new BitSet();
            rows.set(node.row());
            for (SortedMap<String, String> values : combinations(node.template(), narrowed, rows, keys)) {
                if (joins(podClass, ask, number, within(ask, values, keys))) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean joins(PodClass podClass, NodeAsk ask, int number, NodeAsk within) {
        PlannedNode node = planned.get(number);
        Demand.Lot lot = new Demand.Lot(podClass.share(within, 1), within);
        Narrowing next = node.narrowing().with(within);
        if (next == null || node.room(lot, 1) == 0) {
            return false;
        }
        int at = firstPlanned() + number;
        Site before = sites.get(at);
        boolean same = next == node.narrowing();
        if (!same) {
            replace(at, next);
        }
        if (!admits(ask.groups(), sites.get(at))) {
            if (!same) {
                replace(at, before);
            }
            return false;
        }
        node.add(lot, 1);
        came(sites.get(at), ask.groups(), podClass);
        return true;
    }

    /** Looks at a planned node as it would be when it is narrowed so. */
    private void replace(int at, Narrowing narrowing) {
        NodeSite before = (NodeSite) sites.get(at);
        NodeSite site = site(before.hostname, planned.get(at - firstPlanned()), narrowing);
        before.forEachPod(site::add);
        replace(at, site);
    }

    private void replace(int at, Site site) {
        Site before = sites.set(at, site);
        late.replaceAll(each -> each.site == before ? new Late(site, each.asked, each.counted) : each);
        filters.forget();
        known.clear();
    }

    private NodeAsk within(NodeAsk ask, SortedMap<String, String> values, Set<String> keys) {
        return pass.interner()
                .intern(ask.terms()
                        .within(Cells.domains(values, new TreeSet<>(keys)))
                        .alone());
    }

    /** In the order of their prices. */
    private Set<SortedMap<String, String>> combinations(
            PoolTemplate template, Narrowing narrowing, BitSet rows, Set<String> keys) {
        steps += keys.isEmpty() ? 1 : rows.cardinality();
        return new LinkedHashMap<>(Cells.combinations(
                        template, narrowing, rows, keys, key -> known.computeIfAbsent(key, this::valuesOf)))
                .keySet();
    }

    private SortedSet<String> valuesOf(String key) {
        SortedSet<String> values = new TreeSet<>();
        for (Site site : sites) {
            String value = site.label(key);
            if (value != null) {
                values.add(value);
            }
            values.addAll(site.possible(key));
        }
        return values;
    }

    private boolean opensNode(PodClass podClass, NodeAsk ask, Set<String> keys) {
        NodeAsk alone = pass.interner().intern(ask.terms().alone());
        for (PoolTemplate template : pass.pools()) {
            steps++;
            Narrowing narrowed = template.untouched().with(alone);
            if (narrowed != null && template.canTake(alone, podClass.amounts())) {
                BitSet rows = template.buyable(narrowed, podClass.amounts());
                Set<SortedMap<String, String>> combinations = combinations(template, narrowed, rows, keys);
                for (SortedMap<String, String> values : combinations) {
                    if (opens(podClass, ask, template, within(ask, values, keys))) {
                        return true;
                    }
                }
                if (!template.minValues().isEmpty() && opensAnywhere(podClass, ask, template, combinations, keys)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Opens a node of which domains that a pod only spreads over stay open, so that minValues leave enough types, where the pod
     * would be let in whichever these come to be.
     */
    private boolean opensAnywhere(
            PodClass podClass,
            NodeAsk ask,
            PoolTemplate template,
            Set<SortedMap<String, String>> combinations,
            Set<String> keys) {
        Set<String> fixed = new TreeSet<>(keys);
        fixed.removeAll(onlySpreadOver(ask.groups(), template.wellKnown()));
        if (fixed.size() == keys.size()) {
            return false;
        }
        Map<SortedMap<String, String>, List<NodeAsk>> alternatives = new LinkedHashMap<>();
        for (SortedMap<String, String> values : combinations) {
            SortedMap<String, String> settled = new TreeMap<>(values);
            settled.keySet().retainAll(fixed);
            alternatives.computeIfAbsent(settled, fresh -> new ArrayList<>()).add(within(ask, values, keys));
        }
        for (Map.Entry<SortedMap<String, String>, List<NodeAsk>> alternative : alternatives.entrySet()) {
            boolean anywhere = alternative.getValue().stream().allMatch(within -> {
                NodeSite site = narrowedSite(podClass, template, within);
                return site != null && isAdmitted(ask.groups(), site);
            });
            if (anywhere && opens(podClass, ask, template, within(ask, alternative.getKey(), fixed))) {
                return true;
            }
        }
        return false;
    }

    /** Labels that providers give, and that matter to a pod for nothing but a spread. */
    private static Set<String> onlySpreadOver(Membership groups, Set<String> wellKnown) {
        Set<String> spread = new TreeSet<>();
        Set<String> other = new TreeSet<>();
        for (Membership.Part part : groups.parts()) {
            TopologyGroup group = part.group();
            if (!group.perNode() && (part.owns() || !group.terms().wish())) {
                (group.kind() == Kind.SPREAD ? spread : other).add(group.key());
            }
        }
        spread.removeAll(other);
        spread.retainAll(wellKnown);
        return spread;
    }

    private boolean opens(PodClass podClass, NodeAsk ask, PoolTemplate template, NodeAsk within) {
        NodeSite site = site(podClass, template, within);
        if (site == null || !isAdmitted(ask.groups(), site)) {
            return false;
        }
        Set<String> keys = spreadKeys();
        Set<SortedMap<String, String>> possible = Cells.combinations(
                        template, site.narrowing, site.rows, keys, key -> Collections.emptySortedSet())
                .keySet();
        List<NodeAsk> fine = new ArrayList<>();
        for (SortedMap<String, String> values : possible) {
            NodeAsk settled = within(within, values, keys);
            NodeSite settledSite = narrowedSite(podClass, template, settled);
            if (settledSite != null && !spoilsOrder(settledSite)) {
                fine.add(settled);
            }
        }
        if (fine.size() == possible.size()) {
            return open(podClass, ask, template, within, site);
        }
        for (NodeAsk settled : fine) {
            NodeSite settledSite = site(podClass, template, settled);
            if (settledSite != null
                    && isAdmitted(ask.groups(), settledSite)
                    && open(podClass, ask, template, settled, settledSite)) {
                return true;
            }
        }
        return false;
    }

    /** Labels on which spreads of pods that have a place depend. */
    private Set<String> spreadKeys() {
        Set<String> keys = new TreeSet<>();
        for (Site site : sites) {
            site.forEachPod((membership, count) -> keys.addAll(spreadKeys(membership)));
        }
        keys.remove(Labels.HOSTNAME);
        return keys;
    }

    /** The new node that a pod of the class would be put on; null when it can't be bought. */
    private @Nullable NodeSite site(PodClass podClass, PoolTemplate template, NodeAsk within) {
        return template.canTake(within, podClass.amounts()) ? narrowedSite(podClass, template, within) : null;
    }

    /** The same, whether or not it leaves the choice that minValues asks for. */
    private @Nullable NodeSite narrowedSite(PodClass podClass, PoolTemplate template, NodeAsk within) {
        Narrowing narrowed = template.untouched().with(within);
        BitSet rows = narrowed == null ? new BitSet() : template.buyable(narrowed, podClass.amounts());
        if (narrowed == null || rows.isEmpty()) {
            return null;
        }
        int row = rows.nextSetBit(0);
        NodeSite site = new NodeSite(
                "planned " + names++, template, narrowed, template.offerings().standIns(row, rows), row);
        addDaemons(site);
        return site;
    }

    private boolean open(PodClass podClass, NodeAsk ask, PoolTemplate template, NodeAsk within, NodeSite site) {
        Demand demand = new Demand(
                List.of(new Demand.Lot(podClass.share(within, 1), within)),
                pass.columns().count());
        Objective objective = pass.input().options().objective();
        Bin bin = new NodeOffers(template, demand, new Market(template, demand, pass.columns(), objective), objective)
                .bin(new int[] {0});
        if (bin == null) {
            return false;
        }
        template.limits().take(bin.charge());
        planned.add(bin.plan(template, demand));
        sites.add(site);
        filters.forget();
        came(site, ask.groups(), podClass);
        return true;
    }

    /** Whether the pod would be let in on one node more. */
    private boolean isAdmitted(Membership groups, NodeSite site) {
        if (groups.parts().isEmpty() || !site.hasPods()) {
            return admits(groups, site);
        }
        sites.addFirst(site);
        filters.forget();
        boolean admitted = admits(groups, site);
        sites.removeFirst();
        filters.forget();
        return admitted;
    }

    /** Whether one node more would keep pods from being bound that could be bound without it. */
    private boolean spoilsOrder(NodeSite site) {
        boolean spreads = sites.stream().anyMatch(each -> each.hasSpread());
        if (!spreads) {
            return false;
        }
        int before = refusals();
        sites.add(site);
        int after = refusals();
        sites.removeLast();
        filters.forget();
        return after > before;
    }

    /** How many kinds of pods on a node wouldn't be let in, each with all others in place that didn't come later. */
    private int refusals() {
        int refusals = 0;
        late.forEach(each -> each.site.add(each.counted, -1));
        filters.forget();
        for (Site site : sites) {
            steps++;
            Set<Membership> there = new HashSet<>();
            site.forEachPod((membership, count) -> {
                if (count > 0) {
                    there.add(membership);
                }
            });
            for (Membership membership : there) {
                steps++;
                refusals += filters.allows(membership, site) ? 0 : 1;
            }
        }
        for (Late each : late) {
            refusals += filters.admits(each.asked, each.site, true, false) ? 0 : 1;
            filters.add(each.site, each.counted, 1);
        }
        return refusals;
    }

    /**
     * Settles what planned nodes leave open of the labels that the spreads of a pod depend on, if that lets it in.
     *
     * @param together whether they come into the pod's own domain where they can, rather than into the likeliest
     */
    private boolean settleLabels(Membership groups, Site site, boolean together) {
        Set<String> keys = spreadKeys(groups);
        Map<Integer, Requirements> settled = new LinkedHashMap<>();
        Map<Integer, Site> before = new LinkedHashMap<>();
        boolean possible = true;
        for (int at = firstPlanned(); at < sites.size() && possible; at++) {
            Requirements open = keys.isEmpty() ? Requirements.NONE : open(sites.get(at), keys, together ? site : null);
            if (!open.all().isEmpty()) {
                Narrowing narrowing = planned.get(at - firstPlanned()).settled(open, pass.interner());
                possible = narrowing != null;
                if (narrowing != null) {
                    before.put(at, sites.get(at));
                    settled.put(at, open);
                    replace(at, narrowing);
                }
            }
        }
        possible = possible && !settled.isEmpty() && filters.admits(groups, site, true, growing);
        if (possible) {
            settled.forEach((at, labels) -> planned.get(at - firstPlanned()).settle(labels, pass.interner()));
        } else {
            before.forEach(this::replace);
        }
        return possible;
    }

    private static Set<String> spreadKeys(Membership groups) {
        Set<String> keys = new TreeSet<>();
        for (Membership.Part part : groups.parts()) {
            TopologyGroup group = part.group();
            if (part.owns() && group.kind() == Kind.SPREAD) {
                keys.add(group.key());
                keys.addAll(group.terms().filter().alternativeKeys());
            }
        }
        return keys;
    }

    /** Values for those of the labels that are open on a node. */
    private static Requirements open(Site node, Set<String> keys, @Nullable Site near) {
        List<Requirement> open = new ArrayList<>();
        for (String key : keys) {
            Set<String> possible = node.possible(key);
            String value = near == null ? null : near.label(key);
            String chosen = value != null && possible.contains(value) ? value : node.label(key);
            if (chosen != null && possible.size() > 1) {
                open.add(Requirement.in(key, chosen));
            }
        }
        return Requirements.of(open);
    }
}
