package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import karpenter.api.Labels;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyFilters;
import karpenter.core.topology.TopologyGroup;
import karpenter.core.topology.TopologyGroup.Kind;

/**
 * Holds a finished plan against what kube-scheduler would say, and gives those that are left over what it would give them.
 *
 * <p><b>Problem.</b> {@link Seating} decides domains before there are nodes: it reckons with domains that could come, keeps pods
 * off where they would spoil a spread for others, and doesn't know which DaemonSets' pods a spread is going to count. Once nodes
 * are known, kube-scheduler's own answer can be had, and a pod that it would bind isn't unschedulable.
 *
 * <p><b>Method.</b> Pods that wait for each other ({@link Circles}) and pods that wouldn't be let in with all others in place,
 * DaemonSets' among them, are sent away. Then each pod that is left, as long as there is one that this helps: on a machine, on a
 * node that is planned, on a new one, the first that {@link TopologyFilters} let it onto, coming last. Where that depends on a
 * label that planned nodes leave open, it is settled ({@link OpenLabels}). A label that a pool lets anybody choose gets a value of
 * its own if need be. A new node, or a label given to one, that would leave pods without an order in which all can be bound isn't
 * planned ({@link LateNodes}). Where minValues ask for more, labels stay open as far as the pod would be let in whatever they come
 * to be, and types may hold any of its required terms ({@link EitherTerm}).
 *
 * <p><b>Complexity.</b> Classes that are left over × nodes, up to a budget of steps; what was refused isn't asked again while
 * nothing changes. Nothing where nobody is left over or needs company and no group selects a DaemonSet's pods.
 */
final class Latecomers {
    private final SchedulingPass pass;
    private final Machines machines;
    private final Consumer<PodClass> left;
    private final Sites sites;
    private final OpenLabels labels;
    private final LateNodes nodes;
    private final Map<NodeAsk, List<Site.OfMachine>> admitting = new HashMap<>();
    /** Whether others have to do with DaemonSets' pods. */
    private final boolean watched;

    /** Since the plan last changed. */
    private final Set<Refused> refused = new HashSet<>();

    private int changes;
    private boolean anySent;

    /** That pods of such an ask were not let in on a node narrowed so, whoever is there. */
    private record Refused(NodeAsk ask, Narrowing narrowing, int row) {}

    private Latecomers(
            SchedulingPass pass,
            Machines machines,
            List<PlannedNode> planned,
            Consumer<PodClass> left,
            boolean watched) {
        this.left = left;
        this.pass = pass;
        this.machines = machines;
        this.sites = new Sites(pass, machines, planned);
        this.labels = new OpenLabels(sites, pass.interner());
        this.nodes = new LateNodes(pass, sites, labels);
        this.watched = watched;
    }

    /**
     * Sends away and places what it can; nodes that are left without a pod are given back.
     *
     * @param planned nodes of the pass; added to, and taken from
     * @param left is told of each pod that is sent away, by the share it is of
     */
    static void settle(SchedulingPass pass, Machines machines, List<PlannedNode> planned, Consumer<PodClass> left) {
        boolean watched = pass.daemons().shapes().stream()
                .anyMatch(shape -> !pass.topology().ofDaemon(shape).equals(Membership.NONE));
        boolean anyLeft = pass.classes().stream().anyMatch(podClass -> podClass.unplaced() > 0);
        boolean circular = pass.classes().stream().anyMatch(Circles::needsCompany);
        if (watched || anyLeft || circular) {
            new Latecomers(pass, machines, planned, left, watched).settle(circular);
        }
    }

    /** @param circular whether there may be pods that wait for each other */
    private void settle(boolean circular) {
        if (circular) {
            sendAwayCircles();
        }
        if (watched) {
            sendAway();
        }
        sites.setGrowing(true);
        placeAll();
        // Hosts are as many as they will be, so that now they can be filled evenly.
        sites.setGrowing(false);
        placeAll();
    }

    private void placeAll() {
        boolean progress = true;
        while (progress) {
            progress = false;
            for (PodClass podClass : pass.classes()) {
                while (podClass.unplaced() > 0 && !sites.isOver() && place(podClass)) {
                    progress = true;
                }
            }
        }
    }

    /** Sends those away that wait for each other. */
    private void sendAwayCircles() {
        for (Circles.Kindred waiting : new Circles(sites).waiting()) {
            int at = sites.all().indexOf(waiting.site());
            for (int count = waiting.count(); count > 0; count--) {
                anySent |= sendAwayFrom(at, waiting.groups()::equals);
            }
        }
    }

    /** Sends those away that wouldn't be let in with all others in place. */
    private void sendAway() {
        boolean sent = true;
        while (sent) {
            sent = false;
            for (int at = 0; at < sites.all().size() && !sent; at++) {
                Site site = sites.all().get(at);
                sent = sendAwayFrom(at, groups -> !sites.filters().allows(groups, site));
            }
            anySent |= sent;
        }
    }

    /** Sends one pod of the plan away from a node, the first of those that are meant; false when there is none. */
    private boolean sendAwayFrom(int at, Predicate<Membership> whom) {
        return switch (sites.all().get(at)) {
            case Site.OfMachine site -> sendAwayFrom(site, whom);
            case Site.OfLeavingMachine _ -> false;
            case Site.OfNode site -> sendAwayFrom(at, site, whom);
        };
    }

    private boolean sendAwayFrom(Site.OfMachine site, Predicate<Membership> whom) {
        for (PodClass share : site.machine().shares().keySet()) {
            if (whom.test(Site.groups(share))) {
                site.machine().remove(share, 1);
                left.accept(share);
                sites.filters().add(site, Site.groups(share), -1);
                return true;
            }
        }
        return false;
    }

    private boolean sendAwayFrom(int at, Site.OfNode site, Predicate<Membership> whom) {
        PlannedNode node = sites.node(at);
        for (PlannedNode.Part part : node.parts()) {
            if (whom.test(Site.groups(part.podClass()))) {
                node.remove(part.podClass(), 1);
                left.accept(part.podClass());
                sites.filters().add(site, Site.groups(part.podClass()), -1);
                if (node.parts().isEmpty()) {
                    sites.giveBack(at);
                }
                return true;
            }
        }
        return false;
    }

    private boolean place(PodClass podClass) {
        for (NodeAsk ask : podClass.asks()) {
            Set<String> keys = Seating.keys(podClass, ask);
            if (joinsMachine(podClass, ask)
                    || joinsNode(podClass, ask, keys, pass.pools())
                    || nodes.open(podClass, ask, keys)
                    || placeLoosely(podClass, ask, keys)
                    || joinsOpenNode(podClass, ask, keys)
                    || opensNodeOfOneType(podClass, ask, keys)) {
                return true;
            }
        }
        return placeByEitherTerm(podClass);
    }

    private boolean placeByEitherTerm(PodClass podClass) {
        for (PoolTemplate template : pass.pools()) {
            NodeAsk ask = template.minValues().isEmpty() || podClass.asks().size() < 2
                    ? null
                    : EitherTerm.of(podClass, template, pass.interner());
            if (ask != null) {
                sites.spend(template.offerings().rowCount());
                Set<String> keys = Seating.keys(podClass, ask);
                if (joinsNode(podClass, ask, keys, List.of(template))
                        || nodes.open(podClass, ask, keys, List.of(template))) {
                    return true;
                }
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
        return nodes.open(podClass, ask, more);
    }

    /** Leaves labels open that minValues keep open, where the pod is let in whatever they come to be. */
    private boolean joinsOpenNode(PodClass podClass, NodeAsk ask, Set<String> keys) {
        for (PoolTemplate template : pass.pools()) {
            Set<String> fixed = new TreeSet<>(keys);
            if (!template.minValues().isEmpty()) {
                fixed.removeAll(LateNodes.mayStayOpen(ask.groups(), template.wellKnown()));
            }
            if (fixed.size() < keys.size() && joinsNode(podClass, ask, fixed, List.of(template))) {
                return true;
            }
        }
        return false;
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
        return own.size() < keys.size()
                && (joinsNode(podClass, ask, own, pass.pools()) || nodes.open(podClass, ask, own));
    }

    private boolean joinsMachine(PodClass podClass, NodeAsk ask) {
        // Whom nobody else matters to was offered every machine before.
        if (ask.groups().parts().isEmpty() && !anySent) {
            return false;
        }
        NodeAsk alone = pass.interner().intern(ask.terms().alone());
        for (Site.OfMachine site : admitting.computeIfAbsent(alone, this::admitting)) {
            sites.spend(1);
            if (site.machine().holds(podClass, alone, 1) == 1 && labels.admits(ask.groups(), site)) {
                machines.place(site.machine(), podClass.share(alone, 1), alone, 1);
                sites.came(site, ask.groups(), podClass);
                return true;
            }
        }
        return false;
    }

    /** Initialized ones first. */
    private List<Site.OfMachine> admitting(NodeAsk alone) {
        sites.spend(sites.all().size());
        List<Site.OfMachine> admitting = new ArrayList<>();
        for (Site site : sites.all()) {
            if (site instanceof Site.OfMachine there && there.machine().admits(alone)) {
                admitting.add(there);
            }
        }
        admitting.sort(Comparator.comparing(site -> !site.machine().initialized()));
        return admitting;
    }

    private boolean joinsNode(PodClass podClass, NodeAsk ask, Set<String> keys, List<PoolTemplate> pools) {
        NodeAsk alone = pass.interner().intern(ask.terms().alone());
        for (int at = sites.firstPlanned(); at < sites.all().size(); at++) {
            PlannedNode node = sites.node(at);
            sites.spend(1);
            if (!pools.contains(node.template()) || node.room(new Demand.Lot(podClass, alone), 1) == 0) {
                continue;
            }
            Narrowing narrowed = node.narrowing().with(alone);
            if (narrowed == null) {
                continue;
            }
            BitSet rows = new BitSet();
            rows.set(node.row());
            for (SortedMap<String, String> values : sites.combinations(node.template(), narrowed, rows, keys)) {
                if (joins(podClass, ask, at, sites.within(ask, values, keys))) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean joins(PodClass podClass, NodeAsk ask, int at, NodeAsk within) {
        PlannedNode node = sites.node(at);
        Demand.Lot lot = new Demand.Lot(podClass.share(within, 1), within);
        Narrowing next = node.narrowing().with(within);
        if (next == null || node.room(lot, 1) == 0) {
            return false;
        }
        Refused question = new Refused(ask, next, node.row());
        if (changes != sites.changes()) {
            refused.clear();
            changes = sites.changes();
        }
        if (refused.contains(question)) {
            return false;
        }
        Site before = sites.all().get(at);
        boolean same = next == node.narrowing();
        if (!same) {
            sites.replace(at, next);
        }
        boolean spoils = !same && sites.spoilsOrder(at, before);
        if (spoils || !labels.admits(ask.groups(), sites.all().get(at))) {
            if (!same) {
                sites.replace(at, before);
            }
            if (!spoils && !ask.groups().bindsNode()) {
                refused.add(question);
            }
            return false;
        }
        node.add(lot, 1);
        sites.came(sites.all().get(at), ask.groups(), podClass);
        return true;
    }
}
