package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyGroup;
import org.jspecify.annotations.Nullable;

/**
 * Opens nodes for pods that are left over.
 *
 * <p><b>Problem.</b> One node more is one domain more, which has no pod yet: spreads that were even are not any longer.
 *
 * <p><b>Method.</b> Pool by pool, in each combination of the labels that the pod depends on, cheapest first: the first node on
 * which the pod would be let in, and that doesn't leave others without an order in which they can be bound.
 */
final class LateNodes {
    private final SchedulingPass pass;
    private final Sites sites;
    private final OpenLabels labels;

    LateNodes(SchedulingPass pass, Sites sites, OpenLabels labels) {
        this.pass = pass;
        this.sites = sites;
        this.labels = labels;
    }

    /**
     * Opens a node for one pod.
     *
     * @param keys labels whose values are fixed
     * @return false when there is none that it would be let in on
     */
    boolean open(PodClass podClass, NodeAsk ask, Set<String> keys) {
        return open(podClass, ask, keys, pass.pools());
    }

    /** The same, of one of these pools. */
    boolean open(PodClass podClass, NodeAsk ask, Set<String> keys, List<PoolTemplate> pools) {
        NodeAsk alone = pass.interner().intern(ask.terms().alone());
        for (PoolTemplate template : pools) {
            sites.spend(1);
            Narrowing narrowed = template.untouched().with(alone);
            if (narrowed != null && template.canTake(alone, podClass.amounts())) {
                BitSet rows = template.buyable(narrowed, podClass.amounts());
                Set<SortedMap<String, String>> combinations = sites.combinations(template, narrowed, rows, keys);
                for (SortedMap<String, String> values : combinations) {
                    if (openWithin(podClass, ask, template, sites.within(ask, values, keys))) {
                        return true;
                    }
                }
                if (!template.minValues().isEmpty() && openAnywhere(podClass, ask, template, combinations, keys)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Opens a node of which domains that others matter to a pod by stay open, so that minValues leave enough types, where it would be
     * let in whichever of these it comes to be in.
     */
    private boolean openAnywhere(
            PodClass podClass,
            NodeAsk ask,
            PoolTemplate template,
            Set<SortedMap<String, String>> combinations,
            Set<String> keys) {
        Set<String> mayStayOpen = new TreeSet<>(keys);
        mayStayOpen.retainAll(mayStayOpen(ask.groups(), template.wellKnown()));
        if (mayStayOpen.isEmpty()) {
            return false;
        }
        List<SortedMap<String, String>> admitted = combinations.stream()
                .filter(values -> {
                    Site.OfNode site = narrowedSite(podClass, template, sites.within(ask, values, keys));
                    return site != null && isAdmitted(ask.groups(), site);
                })
                .toList();
        Set<List<SortedMap<String, String>>> tried = new HashSet<>();
        for (SortedMap<String, String> first : admitted) {
            List<SortedMap<String, String>> open = opened(first, admitted, combinations, mayStayOpen);
            if (open.size() > 1
                    && tried.add(open)
                    && openWithin(podClass, ask, template, sites.within(ask, domains(open, combinations, keys)))) {
                return true;
            }
        }
        return false;
    }

    /**
     * The combinations that a node may be in whose labels stay as open as they can around one of them.
     *
     * @return of {@code combinations} all those whose values of each key are among these, each of them admitted
     */
    private static List<SortedMap<String, String>> opened(
            SortedMap<String, String> first,
            List<SortedMap<String, String>> admitted,
            Set<SortedMap<String, String>> combinations,
            Set<String> mayStayOpen) {
        SortedMap<String, Set<String>> open = new TreeMap<>();
        first.forEach((key, value) -> open.put(key, Set.of(value)));
        List<SortedMap<String, String>> there = List.of(first);
        for (String key : mayStayOpen) {
            for (SortedMap<String, String> other : admitted) {
                Set<String> values = open.get(key);
                String value = other.get(key);
                if (values != null && value != null && !values.contains(value)) {
                    Set<String> more = new TreeSet<>(values);
                    more.add(value);
                    open.put(key, more);
                    List<SortedMap<String, String>> wider = combinations.stream()
                            .filter(each -> isAmong(each, open))
                            .toList();
                    if (admitted.containsAll(wider)) {
                        there = wider;
                    } else {
                        open.put(key, values);
                    }
                }
            }
        }
        return there;
    }

    private static boolean isAmong(SortedMap<String, String> values, SortedMap<String, Set<String>> open) {
        return values.keySet().equals(open.keySet())
                && values.entrySet().stream()
                        .allMatch(value ->
                                open.getOrDefault(value.getKey(), Set.of()).contains(value.getValue()));
    }

    /** What a node asks of its labels that may be in any of these; nothing where all that there are will do. */
    private static Requirements domains(
            List<SortedMap<String, String>> open, Set<SortedMap<String, String>> combinations, Set<String> keys) {
        List<Requirement> domains = new ArrayList<>();
        for (String key : keys) {
            Set<String> values = values(open, key);
            if (values.isEmpty()) {
                domains.add(Requirement.doesNotExist(key));
            } else if (values.size() == 1 || !values.equals(values(combinations, key))) {
                domains.add(Requirement.in(key, values));
            }
        }
        return Requirements.of(domains);
    }

    private static Set<String> values(Collection<SortedMap<String, String>> combinations, String key) {
        Set<String> values = new TreeSet<>();
        combinations.forEach(each -> {
            if (each.containsKey(key)) {
                values.add(each.get(key));
            }
        });
        return values;
    }

    /** Labels that providers give, and that matter to a pod for the sake of others alone. */
    static Set<String> mayStayOpen(Membership groups, Set<String> wellKnown) {
        Set<String> open = new TreeSet<>();
        for (Membership.Part part : groups.parts()) {
            TopologyGroup group = part.group();
            if (!group.perNode() && (part.owns() || !group.terms().wish())) {
                open.add(group.key());
            }
        }
        open.retainAll(wellKnown);
        return open;
    }

    private boolean openWithin(PodClass podClass, NodeAsk ask, PoolTemplate template, NodeAsk within) {
        Site.OfNode site = site(podClass, template, within);
        if (site == null || !isAdmitted(ask.groups(), site)) {
            return false;
        }
        Set<String> keys = sites.spreadKeys();
        Set<SortedMap<String, String>> possible = Cells.combinations(
                        template, site.narrowing(), site.rows(), keys, key -> Collections.emptySortedSet())
                .keySet();
        List<NodeAsk> fine = new ArrayList<>();
        for (SortedMap<String, String> values : possible) {
            NodeAsk settled = sites.within(within, values, keys);
            Site.OfNode settledSite = narrowedSite(podClass, template, settled);
            if (settledSite != null && !sites.spoilsOrder(settledSite)) {
                fine.add(settled);
            }
        }
        if (fine.size() == possible.size()) {
            return buy(podClass, ask, template, within, site);
        }
        for (NodeAsk settled : fine) {
            Site.OfNode settledSite = site(podClass, template, settled);
            if (settledSite != null
                    && isAdmitted(ask.groups(), settledSite)
                    && buy(podClass, ask, template, settled, settledSite)) {
                return true;
            }
        }
        return false;
    }

    /** The new node that a pod of the class would be put on; null when it can't be bought. */
    private Site.@Nullable OfNode site(PodClass podClass, PoolTemplate template, NodeAsk within) {
        return template.canTake(within, podClass.amounts()) ? narrowedSite(podClass, template, within) : null;
    }

    /** The same, whether or not it leaves the choice that minValues asks for. */
    private Site.@Nullable OfNode narrowedSite(PodClass podClass, PoolTemplate template, NodeAsk within) {
        Narrowing narrowed = template.untouched().with(within);
        BitSet rows = narrowed == null ? new BitSet() : template.buyable(narrowed, podClass.amounts());
        if (narrowed == null || rows.isEmpty()) {
            return null;
        }
        int row = rows.nextSetBit(0);
        return sites.fresh(template, narrowed, template.offerings().standIns(row, rows), row);
    }

    private boolean buy(PodClass podClass, NodeAsk ask, PoolTemplate template, NodeAsk within, Site.OfNode site) {
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
        sites.open(bin.plan(template, demand), site);
        sites.came(site, ask.groups(), podClass);
        return true;
    }

    /** Whether the pod would be let in on one node more. */
    private boolean isAdmitted(Membership groups, Site.OfNode site) {
        if (groups.parts().isEmpty() || !site.hasPods()) {
            return labels.admits(groups, site);
        }
        return sites.beside(site, () -> labels.admits(groups, site));
    }
}
