package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.core.cluster.Pod;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * Turns planned nodes into the data of the answer: which types may stand in for each node, and what its claim asks for.
 *
 * <p><b>Method.</b> Every type that holds the pods and has an offering the requirements allow is listed, cheapest first. Limits
 * bind on the largest type listed, as the provider chooses: what the nodes as planned leave of a limit is shared out evenly for
 * larger types, so that a list is cut short where the limit is near, and never exceeds it.
 *
 * <p><b>Differs from upstream.</b> Upstream charges the largest type that could hold the pods against the limits at once, so that
 * a pool stops short of its limit. A list that must be cut to the most types a claim may have keeps the types that minValues
 * needs; upstream drops the node.
 */
final class NodePlans {
    private final int mostInstanceTypes;

    NodePlans(int mostInstanceTypes) {
        this.mostInstanceTypes = mostInstanceTypes;
    }

    /** One type that may stand in, and the rows it can be bought by. */
    private record Listed(String type, BitSet rows) {}

    private record Choice(PlannedNode node, List<Listed> types) {
        BitSet rows() {
            return union(types);
        }
    }

    private static BitSet union(List<Listed> types) {
        BitSet rows = new BitSet();
        types.forEach(type -> rows.or(type.rows));
        return rows;
    }

    /**
     * Writes the plans of one pool's nodes and deals the pods out to them.
     *
     * @param nodes whose planned types have been taken from the pool's limits
     * @param failed takes the nodes for which minValues can't be met any more
     */
    List<NodePlan> write(List<PlannedNode> nodes, List<PlannedNode> failed) {
        List<NodePlan> plans = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            Choice choice = choose(nodes.get(i), nodes.size() - i);
            if (choice == null) {
                failed.add(nodes.get(i));
            } else {
                plans.add(plan(choice));
            }
        }
        return plans;
    }

    /** Lists types and takes the largest of them from the limits, in place of the planned one; null when minValues fails. */
    private @Nullable Choice choose(PlannedNode node, int sharers) {
        Limits limits = node.template().limits();
        long[] planned = node.candidate().variant().limitUse();
        long[] allowance = planned.clone();
        long[] left = limits.left();
        for (int i = 0; i < allowance.length; i++) {
            allowance[i] += Math.max(0, left[i]) / sharers;
        }
        limits.giveBack(planned);
        Choice choice = choose(node, allowance);
        if (choice == null && sharers > 1) {
            choice = choose(node, limits.left());
        }
        if (choice != null) {
            limits.take(largestUse(choice));
        }
        return choice;
    }

    private @Nullable Choice choose(PlannedNode node, long[] allowance) {
        OfferingTable offerings = node.template().offerings();
        BitSet rows = node.template().minValues().large(node.narrowing(), node.used());
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            if (!isWithin(offerings.row(row).variant().limitUse(), allowance)) {
                rows.clear(row);
            }
        }
        List<Listed> types = shortlist(node, byType(offerings, rows));
        MinValues minValues = node.template().minValues();
        return minValues.unmet(node.narrowing(), union(types), node.leastValues()) == null
                ? new Choice(node, types)
                : null;
    }

    private static boolean isWithin(long[] use, long[] allowance) {
        for (int i = 0; i < use.length; i++) {
            if (use[i] > 0 && use[i] > allowance[i]) {
                return false;
            }
        }
        return true;
    }

    /** In the order of the types' cheapest rows. */
    private static List<Listed> byType(OfferingTable offerings, BitSet rows) {
        Map<String, BitSet> byName = new LinkedHashMap<>();
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            byName.computeIfAbsent(offerings.row(row).type().name(), fresh -> new BitSet())
                    .set(row);
        }
        List<Listed> types = new ArrayList<>();
        byName.forEach((name, ofType) -> types.add(new Listed(name, ofType)));
        return types;
    }

    /** The cheapest types, as many as a claim may have; dearer ones among them where minValues needs these. */
    private List<Listed> shortlist(PlannedNode node, List<Listed> types) {
        if (types.size() <= mostInstanceTypes) {
            return types;
        }
        List<Listed> cheapest = types.subList(0, mostInstanceTypes);
        MinValues minValues = node.template().minValues();
        if (minValues.unmet(node.narrowing(), union(cheapest), node.leastValues()) == null) {
            return cheapest;
        }
        List<Listed> needed = new ArrayList<>();
        MinValues.Unmet unmet = minValues.unmet(node.narrowing(), new BitSet(), node.leastValues());
        for (int i = 0; i < types.size() && unmet != null; i++) {
            needed.add(types.get(i));
            MinValues.Unmet then = minValues.unmet(node.narrowing(), union(needed), node.leastValues());
            if (unmet.equals(then)) {
                needed.removeLast();
            } else {
                unmet = then;
            }
        }
        for (int i = 0; i < types.size() && needed.size() < mostInstanceTypes; i++) {
            if (!needed.contains(types.get(i))) {
                needed.add(types.get(i));
            }
        }
        needed.sort(Comparator.comparingInt((Listed type) -> type.rows.nextSetBit(0)));
        return needed.size() <= mostInstanceTypes ? needed : cheapest;
    }

    private static long[] largestUse(Choice choice) {
        OfferingTable offerings = choice.node.template().offerings();
        long[] largest = choice.node.candidate().variant().limitUse().clone();
        choice.rows().stream().forEach(row -> {
            long[] use = offerings.row(row).variant().limitUse();
            for (int i = 0; i < largest.length; i++) {
                largest[i] = Math.max(largest[i], use[i]);
            }
        });
        return largest;
    }

    private static NodePlan plan(Choice choice) {
        PlannedNode node = choice.node;
        PoolTemplate template = node.template();
        OfferingTable offerings = template.offerings();
        BitSet rows = choice.rows();
        ResourceVector requests = ResourceVector.ZERO;
        List<Pod> pods = new ArrayList<>();
        for (PlannedNode.Part part : node.parts()) {
            requests = requests.plus(part.podClass().requests().times(part.count()));
            pods.addAll(part.podClass().deal(part.count()));
        }
        pods.sort(Comparator.comparing(Pod::key).thenComparing(Pod::uid));
        return new NodePlan(
                template.pool(),
                template.catalog().nodeClassLabelKey(),
                requirements(node, choice.types, rows),
                choice.types.stream()
                        .map(type -> offerings.row(type.rows.nextSetBit(0)).type())
                        .toList(),
                offerings.row(rows.nextSetBit(0)).offering(),
                requests.plus(leastOverhead(offerings, rows)),
                pods,
                template.minValues().isLowered(node.leastValues()));
    }

    private static ResourceVector leastOverhead(OfferingTable offerings, BitSet rows) {
        ResourceVector least = null;
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            ResourceVector overhead = offerings.row(row).variant().daemons().requests();
            least = least == null ? overhead : least.min(overhead);
        }
        return least == null ? ResourceVector.ZERO : least;
    }

    private static Requirements requirements(PlannedNode node, List<Listed> types, BitSet rows) {
        PoolTemplate template = node.template();
        Requirements narrowed = PoolTemplate.withoutSimulated(node.narrowing().requirements());
        if (template.minValues().isLowered(node.leastValues())) {
            narrowed = template.minValues().applied(narrowed, node.leastValues());
        }
        TreeSet<String> capacityTypes = new TreeSet<>();
        rows.stream()
                .forEach(row -> capacityTypes.add(
                        template.offerings().row(row).offering().capacityType()));
        Requirements complete = narrowed.with(replaced(
                        narrowed,
                        Labels.INSTANCE_TYPE,
                        types.stream().map(Listed::type).toList()))
                .with(replaced(narrowed, Labels.CAPACITY_TYPE, List.copyOf(capacityTypes)));
        for (Requirement requirement : narrowed.all()) {
            // The provider knows nothing of a custom label, so its value is settled here.
            if (!template.wellKnown().contains(requirement.key()) && !requirement.allowsAbsence()) {
                String value = requirement.representative();
                if (value != null) {
                    complete = complete.with(replaced(narrowed, requirement.key(), List.of(value)));
                }
            }
        }
        return complete;
    }

    private static Requirement replaced(Requirements narrowed, String key, List<String> values) {
        return Requirement.in(key, values).withMinValues(narrowed.get(key).minValues());
    }
}
