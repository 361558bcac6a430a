package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.NodeState;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * A NodePool as the source of new nodes: what all of its nodes have in common, what it can buy, and what its limits leave.
 *
 * <p>Nodes carry the template's labels, the pool's and the NodeClass's. They will also carry the labels that registration and
 * initialization add, which DaemonSets may select; those are simulated here and never written to a claim.
 */
final class PoolTemplate {
    /** Heaviest first, then by name descending, as upstream orders pools everywhere. */
    static final Comparator<PoolCatalog> ORDER = Comparator.comparingInt(
                    (PoolCatalog each) -> each.pool().spec().weightOrZero())
            .thenComparing(each -> each.pool().name())
            .reversed();

    private static final Requirements SIMULATED =
            Requirements.of(Requirement.in(Labels.REGISTERED, "true"), Requirement.in(Labels.INITIALIZED, "true"));

    private final PoolCatalog catalog;
    private final Requirements requirements;
    private final List<Taint> taints;
    private final Set<String> wellKnown;
    private final boolean relaxMinValues;
    private final int mostInstanceTypes;
    private final Limits limits;
    private final OfferingTable offerings;
    private final MinValues minValues;
    private final Narrowing untouched;
    private final Map<NarrowingKey, Narrowing> narrowings = new HashMap<>();

    private record NarrowingKey(Requirements requirements, HostPorts ports, BitSet rows) {}

    PoolTemplate(
            PoolCatalog catalog,
            List<NodeState> machines,
            Daemons daemons,
            ResourceColumns columns,
            Reservations reservations,
            SchedulingOptions options) {
        this.catalog = catalog;
        this.requirements = requirementsOf(catalog);
        this.taints = catalog.pool().spec().template().spec().taints();
        this.wellKnown = options.wellKnownLabels();
        this.relaxMinValues = options.relaxMinValues();
        this.mostInstanceTypes = options.mostInstanceTypes();
        this.limits = Limits.of(catalog.pool(), machines, reservations);
        Map<String, Daemons.Overhead> overheads = new HashMap<>();
        for (InstanceType type : catalog.types()) {
            overheads.put(type.name(), daemons.on(type, requirements, taints, wellKnown));
        }
        this.offerings = OfferingTable.of(catalog.types(), requirements, overheads, columns, limits, wellKnown);
        this.minValues = MinValues.of(requirements, offerings);
        this.untouched = intern(requirements, HostPorts.NONE, offerings.all());
    }

    private static Requirements requirementsOf(PoolCatalog catalog) {
        NodePool pool = catalog.pool();
        NodePool.Template template = pool.spec().template();
        Map<String, String> labels = new HashMap<>(template.metadata().labelsOrEmpty());
        labels.put(Labels.NODE_POOL, pool.name());
        labels.put(catalog.nodeClassLabelKey(), template.spec().nodeClassRef().name());
        return Requirements.of(template.spec().requirements(), Labels.NORMALIZED)
                .and(Requirements.ofLabels(labels, Labels.NORMALIZED))
                .and(SIMULATED);
    }

    NodePool pool() {
        return catalog.pool();
    }

    PoolCatalog catalog() {
        return catalog;
    }

    /** What every node of the pool has, the simulated labels included. */
    Requirements requirements() {
        return requirements;
    }

    /** The requirements without the labels that are only simulated. */
    static Requirements withoutSimulated(Requirements requirements) {
        return requirements.without(Labels.REGISTERED).without(Labels.INITIALIZED);
    }

    /** Lasting taints; start-up taints are gone before pods come. */
    List<Taint> taints() {
        return taints;
    }

    Set<String> wellKnown() {
        return wellKnown;
    }

    /** How many types a claim lists at most. */
    int mostInstanceTypes() {
        return mostInstanceTypes;
    }

    Limits limits() {
        return limits;
    }

    OfferingTable offerings() {
        return offerings;
    }

    MinValues minValues() {
        return minValues;
    }

    /** A node of the pool with no pod on it. */
    Narrowing untouched() {
        return untouched;
    }

    boolean tolerated(NodeAsk ask) {
        return ask.untolerated(taints) == null;
    }

    Narrowing intern(Requirements narrowed, HostPorts ports, BitSet rows) {
        return narrowings.computeIfAbsent(
                new NarrowingKey(narrowed, ports, rows), key -> new Narrowing(this, narrowed, ports, rows));
    }

    /** Whether an empty new node could take a pod of these amounts that asks so, within what limits leave now. */
    boolean canTake(NodeAsk ask, long[] amounts) {
        Narrowing narrowed = untouched.with(ask);
        if (narrowed == null || !narrowed.holds(amounts)) {
            return false;
        }
        if (minValues.isEmpty()) {
            return !limits.nodesExhausted() && cheapest(narrowed, amounts) >= 0;
        }
        BitSet rows = buyable(narrowed, amounts);
        return !limits.nodesExhausted()
                && !rows.isEmpty()
                && minValues.needed(narrowed, rows, leastValues(narrowed, rows), mostInstanceTypes) != null;
    }

    /** The cheapest row that qualifies, can hold the amounts, and is within what limits leave now; −1 when there is none. */
    int cheapest(Narrowing narrowed, long[] amounts) {
        long[] left = limits.left();
        int row = narrowed.rows().nextSetBit(0);
        while (row >= 0 && !offerings.isBuyable(row, amounts, left)) {
            row = narrowed.rows().nextSetBit(row + 1);
        }
        return row;
    }

    /** The rows that qualify, can hold the amounts, and are within what limits leave now. */
    BitSet buyable(Narrowing narrowed, long[] amounts) {
        return buyable(narrowed, amounts, limits.left());
    }

    /** The rows that qualify, can hold the amounts, and count no more against each limit than this. */
    BitSet buyable(Narrowing narrowed, long[] amounts, long[] allowance) {
        return offerings.buyable(narrowed.rows(), amounts, allowance);
    }

    /** The same for a node that is planned for a row: those that may stand in for it. */
    BitSet buyable(int row, Narrowing narrowed, long[] amounts, long[] allowance) {
        return offerings.standIns(row, buyable(narrowed, amounts, allowance));
    }

    /**
     * The pool's minValues as they bind a node that is opened with these rows to choose from: as written, or lowered to what the
     * rows leave when that is the policy.
     */
    int[] leastValues(Narrowing narrowed, BitSet rows) {
        if (!relaxMinValues || minValues.isEmpty()) {
            return minValues.asWritten();
        }
        BitSet cheapest = new BitSet();
        offerings.byType(rows).stream().limit(mostInstanceTypes).forEach(cheapest::or);
        return minValues.lowered(narrowed, cheapest);
    }

    /**
     * What a node must be charged against the limits so that it can be bought by this row and its claim still list the types that
     * minValues asks for.
     *
     * @return null when minValues can't be met within what limits leave now
     */
    long @Nullable [] charge(int row, Narrowing narrowed, long[] amounts, int[] least) {
        long[] charge = offerings.row(row).variant().limitUse();
        if (minValues.isEmpty()) {
            return charge;
        }
        BitSet needed =
                minValues.needed(narrowed, buyable(row, narrowed, amounts, limits.left()), least, mostInstanceTypes);
        return needed == null ? null : offerings.largestUse(needed, charge);
    }

    /** Whether the pool's requirements leave it nothing to sell. */
    boolean isEmpty() {
        return offerings.rowCount() == 0;
    }

    /** Whether the pool's own minValues can't be met by all it has to sell, so that it can't launch anything. */
    boolean isEmptyByMinValues() {
        return !isEmpty()
                && !relaxMinValues
                && minValues.unmet(untouched, offerings.all(), minValues.asWritten()) != null;
    }

    /** The templates of all pools, heaviest first. */
    static List<PoolTemplate> of(SchedulingInput input, Daemons daemons, ResourceColumns columns) {
        List<PoolCatalog> ordered = new ArrayList<>(input.pools());
        ordered.sort(ORDER);
        Reservations reservations = Reservations.of(ordered, input.options().reservationLabels());
        return ordered.stream()
                .map(catalog ->
                        new PoolTemplate(catalog, input.machines(), daemons, columns, reservations, input.options()))
                .toList();
    }
}
