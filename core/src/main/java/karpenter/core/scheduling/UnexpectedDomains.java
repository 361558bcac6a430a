package karpenter.core.scheduling;

import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.DomainCounts;
import karpenter.core.topology.NodeFilter;
import karpenter.core.topology.TopologyGroup;

/**
 * Domains that come into being by the way.
 *
 * <p><b>Problem.</b> A spread reckons with the domains its owners could be put in. A node bought for others may be in another one,
 * and then kube-scheduler counts that too, as one that has no pod of the spread.
 *
 * <p><b>Method.</b> For each planned node all values that an offering which holds its pods could give it.
 */
final class UnexpectedDomains {
    private final List<TopologyGroup> spreads;
    private final Set<Domain> found = new LinkedHashSet<>();

    private record Domain(TopologyGroup group, String value) {}

    UnexpectedDomains(List<TopologyGroup> spreads) {
        this.spreads = spreads;
    }

    /** Makes counts reckon with what was found so far. */
    void tell(DomainCounts counts) {
        found.forEach(domain -> counts.exists(domain.group, domain.value));
    }

    /** Looks for more, and makes counts reckon with it. */
    void find(List<PlannedNode> nodes, DomainCounts counts) {
        IdentityHashMap<Narrowing, Map<String, Map<String, BitSet>>> rowsByKey = new IdentityHashMap<>();
        for (TopologyGroup group : spreads) {
            IdentityHashMap<Narrowing, Map<String, BitSet>> known = new IdentityHashMap<>();
            for (PlannedNode node : nodes) {
                Map<String, BitSet> open = known.computeIfAbsent(
                        node.narrowing(),
                        narrowing -> unexpected(
                                group,
                                node.template(),
                                narrowing,
                                counts,
                                rowsByKey.computeIfAbsent(narrowing, fresh -> new HashMap<>())));
                if (!open.isEmpty()) {
                    BitSet rows = node.buyable();
                    open.forEach((value, ofValue) -> {
                        if (rows.intersects(ofValue)) {
                            found.add(new Domain(group, value));
                        }
                    });
                }
            }
        }
        tell(counts);
    }

    /** @param rowsByKey for each key that was asked for, the rows by value; added to */
    private static Map<String, BitSet> unexpected(
            TopologyGroup group,
            PoolTemplate pool,
            Narrowing narrowing,
            DomainCounts counts,
            Map<String, Map<String, BitSet>> rowsByKey) {
        Map<String, BitSet> values = new TreeMap<>();
        rowsByKey
                .computeIfAbsent(group.key(), key -> Cells.rowsByValue(pool, narrowing, key))
                .forEach((value, rows) -> {
                    if (!counts.reckonsWith(group, value)) {
                        values.put(value, (BitSet) rows.clone());
                    }
                });
        if (values.isEmpty()) {
            return values;
        }
        NodeFilter filter = group.terms().filter();
        BitSet counted = counted(filter, pool, narrowing);
        for (String key : filter.keys()) {
            BitSet having = new BitSet();
            rowsByKey
                    .computeIfAbsent(key, fresh -> Cells.rowsByValue(pool, narrowing, fresh))
                    .values()
                    .forEach(having::or);
            counted.and(having);
        }
        values.values().forEach(rows -> rows.and(counted));
        values.values().removeIf(BitSet::isEmpty);
        return values;
    }

    /** The rows whose labels may be such that the spread counts the node. */
    private static BitSet counted(NodeFilter filter, PoolTemplate pool, Narrowing narrowing) {
        if (!filter.toleratesAll(pool.taints())) {
            return new BitSet();
        }
        if (filter.alternatives().isEmpty()) {
            return (BitSet) narrowing.rows().clone();
        }
        BitSet counted = new BitSet();
        for (Requirements alternative : filter.alternatives()) {
            if (narrowing.requirements().compatible(alternative, pool.wellKnown()) == null) {
                Requirements both = narrowing.requirements().and(alternative);
                BitSet rows = (BitSet) narrowing.rows().clone();
                alternative.keys().forEach(key -> rows.and(pool.offerings().rows(both.get(key))));
                counted.or(rows);
            }
        }
        return counted;
    }
}
