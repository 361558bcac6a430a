package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
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
    private final PoolTemplate template;
    private final Map<Question, Optional<Choice>> known = new HashMap<>();

    private NodePlans(PoolTemplate template) {
        this.template = template;
    }

    /** What decides which types are listed; many nodes have it in common. */
    private record Question(Narrowing narrowing, BitSet rows, List<Integer> leastValues) {}

    /**
     * What nodes can be bought by, and what their claims say of it.
     *
     * @param rows type after type
     * @param types cheapest first
     */
    private record Choice(BitSet rows, List<InstanceType> types, Requirements requirements, ResourceVector overhead) {}

    /**
     * Writes the plans of one pool's nodes and deals the pods out to them.
     *
     * @param nodes whose charges have been taken from the pool's limits
     * @param failed takes nodes that leave less choice than minValues asks for, whose pods are not dealt out
     */
    static List<NodePlan> write(PoolTemplate template, List<PlannedNode> nodes, List<PlannedNode> failed) {
        NodePlans writer = new NodePlans(template);
        List<NodePlan> plans = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            Choice choice = writer.choose(nodes.get(i), nodes.size() - i);
            if (choice == null) {
                failed.add(nodes.get(i));
            } else {
                plans.add(writer.plan(nodes.get(i), choice));
            }
        }
        return plans;
    }

    /** Lists types and takes the largest of them from the limits, in place of what the node was charged. */
    private @Nullable Choice choose(PlannedNode node, int sharers) {
        Limits limits = template.limits();
        long[] charge = node.charge();
        long[] allowance = charge.clone();
        long[] left = limits.left();
        for (int i = 0; i < allowance.length; i++) {
            allowance[i] += Math.max(0, left[i]) / sharers;
        }
        Choice choice = choose(node, allowance);
        if (choice == null) {
            choice = choose(node, charge);
        }
        limits.giveBack(charge);
        if (choice != null) {
            limits.take(template.offerings().largestUse(choice.rows(), charge));
        }
        return choice;
    }

    private @Nullable Choice choose(PlannedNode node, long[] allowance) {
        BitSet rows = template.buyable(node.row(), node.narrowing(), node.used(), allowance);
        Question question = new Question(
                node.narrowing(),
                rows,
                Arrays.stream(node.leastValues()).boxed().toList());
        return known.computeIfAbsent(question, fresh -> Optional.ofNullable(choice(node, rows)))
                .orElse(null);
    }

    private @Nullable Choice choice(PlannedNode node, BitSet buyable) {
        OfferingTable offerings = template.offerings();
        List<BitSet> types = offerings.byType(buyable);
        int most = template.mostInstanceTypes();
        BitSet needed = template.minValues().needed(node.narrowing(), buyable, node.leastValues(), most);
        if (types.isEmpty() || needed == null) {
            return null;
        }
        List<BitSet> listed = shortlist(types, needed, most);
        BitSet rows = new BitSet();
        listed.forEach(rows::or);
        List<InstanceType> names = listed.stream()
                .map(type -> offerings.row(type.nextSetBit(0)).type())
                .toList();
        return new Choice(rows, names, requirements(node, names, rows), leastOverhead(offerings, rows));
    }

    /** The cheapest types, as many as a claim may have; dearer ones among them where minValues needs these. */
    private static List<BitSet> shortlist(List<BitSet> types, BitSet needed, int most) {
        if (types.size() <= most) {
            return types;
        }
        List<BitSet> listed =
                new ArrayList<>(types.stream().filter(needed::intersects).toList());
        for (int i = 0; i < types.size() && listed.size() < most; i++) {
            if (!types.get(i).intersects(needed)) {
                listed.add(types.get(i));
            }
        }
        listed.sort(Comparator.comparingInt((BitSet type) -> type.nextSetBit(0)));
        return listed;
    }

    private NodePlan plan(PlannedNode node, Choice choice) {
        ResourceVector requests = choice.overhead;
        List<Pod> pods = new ArrayList<>();
        for (PlannedNode.Part part : node.parts()) {
            requests = requests.plus(part.podClass().requests().times(part.count()));
            pods.addAll(part.podClass().deal(part.count()));
        }
        pods.sort(Comparator.comparing(Pod::key).thenComparing(Pod::uid));
        return new NodePlan(
                template.pool(),
                template.catalog().nodeClassLabelKey(),
                choice.requirements,
                choice.types,
                template.offerings().row(choice.rows.nextSetBit(0)).offering(),
                requests,
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

    private Requirements requirements(PlannedNode node, List<InstanceType> types, BitSet rows) {
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
                        types.stream().map(InstanceType::name).toList()))
                .with(replaced(narrowed, Labels.CAPACITY_TYPE, List.copyOf(capacityTypes)));
        if (template.offerings().row(node.row()).reserved()) {
            for (String label : template.limits().reservationLabels()) {
                complete = ofReservations(template.offerings(), rows, narrowed, complete, label);
            }
        }
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

    /** Names the reservations that the node counts against. */
    private static Requirements ofReservations(
            OfferingTable offerings, BitSet rows, Requirements narrowed, Requirements complete, String label) {
        TreeSet<String> values = new TreeSet<>();
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            Requirement value = offerings.row(row).offering().requirements().find(label);
            if (value == null || value.isComplement()) {
                return complete;
            }
            values.addAll(value.values());
        }
        return complete.with(replaced(narrowed, label, List.copyOf(values)));
    }

    private static Requirement replaced(Requirements narrowed, String key, List<String> values) {
        return Requirement.in(key, values).withMinValues(narrowed.get(key).minValues());
    }
}
