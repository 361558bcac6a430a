package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import karpenter.api.Labels;
import karpenter.core.cluster.NodeState;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyFilters;

/**
 * All nodes of a finished plan as kube-scheduler would see them, in step with the plan while {@link Latecomers} change it: first
 * the machines, then the planned nodes in their order. Counts the steps that are spent on them.
 */
final class Sites {
    /** Looks at a node, about a microsecond each. */
    private static final long MOST_STEPS = 500_000;

    private final SchedulingPass pass;
    private final List<PlannedNode> planned;
    private final List<Site> all = new ArrayList<>();
    private final TopologyFilters filters = new TopologyFilters();
    private final List<Late> late = new ArrayList<>();
    private final Map<String, SortedSet<String>> known = new HashMap<>();
    private final Site.RowsByValue rowsByValue = new Site.RowsByValue();
    private final Set<String> spreadKeys = new TreeSet<>();
    private int names;
    /** How often the plan has changed. */
    private int changes;

    private int spreadKeysAfter = -1;
    private boolean growing;
    private long steps;

    /**
     * A pod that came after all others.
     *
     * @param asked the groups of the alternative that it was let in under
     * @param counted those that others see it by
     */
    private record Late(Site site, Membership asked, Membership counted) {}

    /** @param planned nodes of the pass; added to, and taken from */
    Sites(SchedulingPass pass, Machines machines, List<PlannedNode> planned) {
        this.pass = pass;
        this.planned = planned;
        Set<NodeState> staying = Collections.newSetFromMap(new IdentityHashMap<>());
        for (ExistingMachine machine : machines.all()) {
            all.add(new Site.OfMachine(machine, pass.topology(), pass.daemons()));
            staying.add(machine.state());
        }
        for (NodeState state : pass.input().snapshot().machines()) {
            if (!staying.contains(state) && !pass.topology().runningOn(state).isEmpty()) {
                all.add(new Site.OfLeavingMachine(state, pass.topology()));
            }
        }
        for (PlannedNode node : planned) {
            Site.OfNode site = site("planned " + names++, node, node.narrowing());
            addDaemons(site);
            node.parts().forEach(part -> site.add(Site.groups(part.podClass()), part.count()));
            all.add(site);
        }
        all.forEach(filters::enter);
    }

    /** In order; not to be changed. */
    List<Site> all() {
        return all;
    }

    TopologyFilters filters() {
        return filters;
    }

    /** From which place on sites are planned nodes. */
    int firstPlanned() {
        return all.size() - planned.size();
    }

    /** @param at place of its site among all */
    PlannedNode node(int at) {
        return planned.get(at - firstPlanned());
    }

    /** Whether there may be more nodes in the end. */
    boolean growing() {
        return growing;
    }

    void setGrowing(boolean value) {
        growing = value;
        changes++;
    }

    void spend(long count) {
        steps += count;
    }

    boolean isOver() {
        return steps + filters.looks() > MOST_STEPS || pass.cutoff().passed();
    }

    private Site.OfNode site(String hostname, PlannedNode node, Narrowing narrowing) {
        PoolTemplate template = node.template();
        int row = node.row(narrowing);
        BitSet rows = template.buyable(row, narrowing, node.used(), allowance(node));
        return new Site.OfNode(hostname, template, narrowing, rows, row, rowsByValue);
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

    private void addDaemons(Site.OfNode site) {
        pass.daemons()
                .shapesOn(site.labels(), site.taints())
                .forEach(shape -> site.addIfAny(pass.topology().ofDaemon(shape)));
    }

    /** A node more, with DaemonSets' pods alone; not among the sites. */
    Site.OfNode fresh(PoolTemplate template, Narrowing narrowing, BitSet rows, int row) {
        Site.OfNode site = new Site.OfNode("planned " + names++, template, narrowing, rows, row, rowsByValue);
        addDaemons(site);
        return site;
    }

    /** Adds a node to the plan. */
    void open(PlannedNode node, Site.OfNode site) {
        planned.add(node);
        all.add(site);
        filters.enter(site);
    }

    /** Gives a planned node back that nobody is on any more. */
    void giveBack(int at) {
        PlannedNode node = node(at);
        node.template().limits().giveBack(node.charge());
        planned.remove(node);
        filters.leave(all.remove(at));
        changes++;
    }

    /** Looks at a planned node as it would be when it is narrowed so. */
    void replace(int at, Narrowing narrowing) {
        Site.OfNode before = (Site.OfNode) all.get(at);
        Site.OfNode site = site(before.hostname(), node(at), narrowing);
        before.forEachPod(site::add);
        replace(at, site);
    }

    /** Looks at a planned node so. */
    void replace(int at, Site site) {
        Site before = all.set(at, site);
        late.replaceAll(each -> each.site == before ? new Late(site, each.asked, each.counted) : each);
        filters.leave(before);
        filters.enter(site);
        known.clear();
    }

    /** How often the plan has changed so far. */
    int changes() {
        return changes;
    }

    /** Labels on which spreads depend of pods that have a place; not to be changed. */
    Set<String> spreadKeys() {
        if (spreadKeysAfter != changes) {
            spreadKeys.clear();
            spend(all.size());
            for (Site site : all) {
                site.forEachPod((membership, count) -> spreadKeys.addAll(OpenLabels.spreadKeys(membership)));
            }
            spreadKeys.remove(Labels.HOSTNAME);
            spreadKeysAfter = changes;
        }
        return spreadKeys;
    }

    /** A pod came that the filters had let in, after all others. */
    void came(Site site, Membership asked, PodClass podClass) {
        filters.add(site, Site.groups(podClass), 1);
        late.add(new Late(site, asked, Site.groups(podClass)));
        changes++;
        known.clear();
    }

    /** The combinations of values that a node can have for these keys, in the order of their prices. */
    Set<SortedMap<String, String>> combinations(
            PoolTemplate template, Narrowing narrowing, BitSet rows, Set<String> keys) {
        spend(keys.isEmpty() ? 1 : rows.cardinality());
        return new LinkedHashMap<>(Cells.combinations(
                        template, narrowing, rows, keys, key -> known.computeIfAbsent(key, this::valuesOf)))
                .keySet();
    }

    private SortedSet<String> valuesOf(String key) {
        SortedSet<String> values = new TreeSet<>();
        for (Site site : all) {
            String value = site.label(key);
            if (value != null) {
                values.add(value);
            }
            values.addAll(site.possible(key));
        }
        return values;
    }

    /** What a pod asks of a node with these values, whoever else is there. */
    NodeAsk within(NodeAsk ask, SortedMap<String, String> values, Set<String> keys) {
        return within(ask, Cells.domains(values, new TreeSet<>(keys)));
    }

    /** The same with these domains. */
    NodeAsk within(NodeAsk ask, Requirements domains) {
        return pass.interner().intern(ask.terms().within(domains).alone());
    }

    /** What holds when there is one node more. */
    boolean beside(Site site, BooleanSupplier question) {
        filters.enter(site);
        boolean answer = question.getAsBoolean();
        filters.leave(site);
        return answer;
    }

    /** Whether one node more would keep pods from being bound that could be bound without it. */
    boolean spoilsOrder(Site site) {
        if (all.stream().noneMatch(Site::hasSpread)) {
            return false;
        }
        int before = refusals();
        filters.enter(site);
        int after = refusals();
        filters.leave(site);
        return after > before;
    }

    /**
     * Whether pods would be kept from being bound that could be bound before a planned node was narrowed, so that it makes a domain
     * which had no node.
     *
     * @param before the node as it was
     */
    boolean spoilsOrder(int at, Site before) {
        Site narrowed = all.get(at);
        boolean opens = spreadKeys().stream().anyMatch(key -> {
            String value = narrowed.label(key);
            return value != null
                    && !value.equals(before.label(key))
                    && !before.possible(key).contains(value);
        });
        if (!opens) {
            return false;
        }
        int after = refusals();
        replace(at, before);
        int otherwise = refusals();
        replace(at, narrowed);
        return after > otherwise;
    }

    /** How many groups would keep kinds of pods off their node, each with all others in place that didn't come later. */
    private int refusals() {
        int refusals = 0;
        late.forEach(each -> filters.add(each.site, each.counted, -1));
        for (Site site : all) {
            spend(1);
            Set<Membership> there = new HashSet<>();
            site.forEachPod((membership, count) -> {
                if (count > 0) {
                    there.add(membership);
                }
            });
            for (Membership membership : there) {
                spend(1);
                refusals += filters.refusalsAgain(membership, site);
            }
        }
        for (Late each : late) {
            refusals += filters.refusals(each.asked, each.site);
            filters.add(each.site, each.counted, 1);
        }
        return refusals;
    }
}
