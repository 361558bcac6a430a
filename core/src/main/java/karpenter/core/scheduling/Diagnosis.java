package karpenter.core.scheduling;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import karpenter.api.Taint;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.requirement.Incompatibility;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why a pool can't take a pod, once it is known that it can't: the first constraint that fails, in the order in which
 * the pool checks them. What depends only on the pod's asks is found once for all pods that ask the same.
 */
final class Diagnosis {
    private final PoolTemplate template;
    private final ResourceColumns columns;
    private final OfferingTable offerings;
    private final int types;
    private final Map<NodeAsk, ByAsk> byAsk = new HashMap<>();

    /**
     * @param matching rows whose type meets the requirements
     * @param offered rows whose offering does
     */
    private record ByAsk(Requirements both, BitSet matching, BitSet offered) {}

    Diagnosis(PoolTemplate template, ResourceColumns columns) {
        this.template = template;
        this.columns = columns;
        this.offerings = template.offerings();
        this.types = typesOf(offerings.all());
    }

    Obstacle obstacle(PodClass podClass, NodeAsk ask) {
        if (template.isEmpty()) {
            return new Obstacle.NoTypesLeft();
        }
        Taint taint = ask.untolerated(template.taints());
        if (taint != null) {
            return new Obstacle.Untolerated(taint);
        }
        Incompatibility cause = template.requirements().compatible(ask.requirements(), template.wellKnown());
        if (cause != null) {
            return new Obstacle.Incompatible(cause);
        }
        ByAsk found = byAsk.computeIfAbsent(ask, this::find);
        BitSet large = large(podClass.amounts());
        BitSet suitable = both(both(found.matching, large), found.offered);
        Obstacle beyondTypes = suitable.isEmpty() ? null : beyondTypes(podClass, ask, suitable);
        return beyondTypes == null ? noType(podClass, ask, found, large) : beyondTypes;
    }

    private ByAsk find(NodeAsk ask) {
        Requirements both = template.requirements().and(ask.requirements());
        BitSet matching = new BitSet();
        BitSet offered = new BitSet();
        for (int row = 0; row < offerings.rowCount(); row++) {
            OfferingTable.Row each = offerings.row(row);
            matching.set(row, each.type().requirements().intersects(both) == null);
            offered.set(row, each.offering().requirements().intersects(both) == null);
        }
        return new ByAsk(both, matching, offered);
    }

    private BitSet large(long[] amounts) {
        BitSet large = new BitSet();
        for (int row = 0; row < offerings.rowCount(); row++) {
            large.set(row, offerings.fits(amounts, row));
        }
        return large;
    }

    private static BitSet both(BitSet left, BitSet right) {
        BitSet both = (BitSet) left.clone();
        both.and(right);
        return both;
    }

    private int typesOf(BitSet rows) {
        TreeSet<String> names = new TreeSet<>();
        rows.stream().forEach(row -> names.add(offerings.row(row).type().name()));
        return names.size();
    }

    /** What stands in the way although some types would do: ports, limits or minValues. */
    private @Nullable Obstacle beyondTypes(PodClass podClass, NodeAsk ask, BitSet suitable) {
        BitSet portsFree = both(suitable, offerings.rowsWithout(ask.ports()));
        if (portsFree.isEmpty()) {
            return new Obstacle.PortsTaken(
                    ask.ports().taken().stream().map(HostPort::port).toList());
        }
        Limits limits = template.limits();
        if (limits.nodesExhausted()) {
            return new Obstacle.NodeLimitReached(template.pool().name());
        }
        TreeSet<String> exceeded = new TreeSet<>();
        for (int row = portsFree.nextSetBit(0); row >= 0; row = portsFree.nextSetBit(row + 1)) {
            List<String> byRow = limits.exceededBy(offerings.row(row).variant().limitUse());
            if (byRow.isEmpty()) {
                return unmet(podClass, ask);
            }
            exceeded.addAll(byRow);
        }
        return new Obstacle.LimitsExceeded(template.pool().name(), List.copyOf(exceeded));
    }

    private @Nullable Obstacle unmet(PodClass podClass, NodeAsk ask) {
        Narrowing narrowed = template.untouched().with(ask);
        if (narrowed == null) {
            return null;
        }
        MinValues minValues = template.minValues();
        MinValues.Unmet unmet =
                minValues.unmet(narrowed, template.buyable(narrowed, podClass.amounts()), minValues.asWritten());
        return unmet == null ? null : new Obstacle.MinValuesUnmet(unmet.key(), unmet.least(), unmet.count());
    }

    private Obstacle noType(PodClass podClass, NodeAsk ask, ByAsk found, BitSet large) {
        int matching = typesOf(found.matching);
        int largeTypes = typesOf(large);
        return new Obstacle.NoInstanceType(
                types,
                matching,
                largeTypes,
                typesOf(found.offered),
                typesOf(both(found.matching, large)),
                typesOf(both(found.matching, found.offered)),
                typesOf(both(large, found.offered)),
                matching == 0 ? excludedBy(ask, found.both) : null,
                largeTypes == 0 ? scarcest(podClass.amounts()) : null,
                PoolTemplate.withoutSimulated(found.both),
                podClass.requests());
    }

    private Obstacle.@Nullable ByKey excludedBy(NodeAsk ask, Requirements both) {
        Obstacle.ByKey fewest = null;
        for (String key : ask.requirements().keys()) {
            Requirement requirement = both.get(key);
            int matching = typesOf(offerings.rows(requirement));
            if (fewest == null || matching < fewest.matching()) {
                fewest = new Obstacle.ByKey(requirement.toString(), matching, types);
            }
        }
        return fewest;
    }

    private Obstacle.@Nullable Shortage scarcest(long[] amounts) {
        Obstacle.Shortage scarcest = null;
        for (int column = 0; column < amounts.length; column++) {
            BitSet large = new BitSet();
            for (int row = 0; row < offerings.rowCount(); row++) {
                large.set(row, offerings.row(row).variant().free()[column] >= amounts[column]);
            }
            int count = typesOf(large);
            if (amounts[column] > 0 && (scarcest == null || count < scarcest.large())) {
                scarcest = new Obstacle.Shortage(columns.name(column), amounts[column], count, types);
            }
        }
        return scarcest;
    }
}
