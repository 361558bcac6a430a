package karpenter.core.scheduling;

import java.util.Arrays;
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
 * the pool checks them.
 *
 * <p><b>Method.</b> Sets of variants, one for each criterion, and how many types they come from. What depends only on the pod's
 * asks is found once for all pods that ask the same, so that thousands of refusals cost little more than their texts.
 */
final class Diagnosis {
    private final PoolTemplate template;
    private final ResourceColumns columns;
    private final OfferingTable offerings;
    private final int types;
    private final Map<NodeAsk, ByAsk> byAsk = new HashMap<>();

    /**
     * @param matching variants whose type meets the requirements
     * @param offered variants with an offering that does
     * @param excludedBy the key that leaves the fewest types; null when no label is asked for
     */
    private record ByAsk(Requirements both, BitSet matching, BitSet offered, Obstacle.@Nullable ByKey excludedBy) {}

    Diagnosis(PoolTemplate template, ResourceColumns columns) {
        this.template = template;
        this.columns = columns;
        this.offerings = template.offerings();
        BitSet all = new BitSet();
        all.set(0, offerings.variants().size());
        this.types = typesOf(all);
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
        boolean suitable = found.matching.intersects(both(large, found.offered));
        Obstacle beyondTypes = suitable ? beyondTypes(podClass, ask) : null;
        return beyondTypes == null ? noType(podClass, found, large) : beyondTypes;
    }

    private ByAsk find(NodeAsk ask) {
        Requirements both = template.requirements().and(ask.requirements());
        BitSet matching = new BitSet();
        BitSet offered = new BitSet();
        for (OfferingTable.Variant variant : offerings.variants()) {
            matching.set(variant.number(), variant.type().requirements().intersects(both) == null);
        }
        for (int row = 0; row < offerings.rowCount(); row++) {
            OfferingTable.Row each = offerings.row(row);
            if (each.offering().requirements().intersects(both) == null) {
                offered.set(each.variant().number());
            }
        }
        return new ByAsk(both, matching, offered, matching.isEmpty() ? excludedBy(ask, both) : null);
    }

    private BitSet large(long[] amounts) {
        BitSet large = new BitSet();
        for (OfferingTable.Variant variant : offerings.variants()) {
            large.set(variant.number(), ResourceColumns.fits(amounts, variant.free(), 0));
        }
        return large;
    }

    private static BitSet both(BitSet left, BitSet right) {
        BitSet both = (BitSet) left.clone();
        both.and(right);
        return both;
    }

    private int typesOf(BitSet variants) {
        int count = 0;
        int last = -1;
        for (int number = variants.nextSetBit(0); number >= 0; number = variants.nextSetBit(number + 1)) {
            int type = offerings.variants().get(number).typeNumber();
            count += type == last ? 0 : 1;
            last = type;
        }
        return count;
    }

    /** What stands in the way although some types would do: ports, limits or minValues. */
    private @Nullable Obstacle beyondTypes(PodClass podClass, NodeAsk ask) {
        Narrowing narrowed = template.untouched().with(ask);
        if (narrowed == null) {
            return portsTaken(ask);
        }
        long[] unlimited = template.limits().left();
        Arrays.fill(unlimited, Long.MAX_VALUE);
        BitSet large = template.buyable(narrowed, podClass.amounts(), unlimited);
        if (large.isEmpty()) {
            return ask.ports().isEmpty() ? null : portsTaken(ask);
        }
        Limits limits = template.limits();
        if (limits.nodesExhausted()) {
            return new Obstacle.NodeLimitReached(template.pool().name());
        }
        if (template.buyable(narrowed, podClass.amounts()).isEmpty()) {
            TreeSet<String> exceeded = new TreeSet<>();
            large.stream()
                    .forEach(row -> exceeded.addAll(
                            limits.exceededBy(offerings.row(row).variant().limitUse())));
            return new Obstacle.LimitsExceeded(template.pool().name(), List.copyOf(exceeded));
        }
        MinValues minValues = template.minValues();
        MinValues.Unmet unmet =
                minValues.unmet(narrowed, template.buyable(narrowed, podClass.amounts()), minValues.asWritten());
        return unmet == null ? null : new Obstacle.MinValuesUnmet(unmet.key(), unmet.least(), unmet.count());
    }

    private static Obstacle portsTaken(NodeAsk ask) {
        return new Obstacle.PortsTaken(
                ask.ports().taken().stream().map(HostPort::port).toList());
    }

    private Obstacle noType(PodClass podClass, ByAsk found, BitSet large) {
        int largeTypes = typesOf(large);
        return new Obstacle.NoInstanceType(
                types,
                typesOf(found.matching),
                largeTypes,
                typesOf(found.offered),
                typesOf(both(found.matching, large)),
                typesOf(both(found.matching, found.offered)),
                typesOf(both(large, found.offered)),
                found.excludedBy,
                largeTypes == 0 ? scarcest(podClass.amounts()) : null,
                PoolTemplate.withoutSimulated(found.both),
                podClass.requests());
    }

    private Obstacle.@Nullable ByKey excludedBy(NodeAsk ask, Requirements both) {
        Obstacle.ByKey fewest = null;
        for (String key : ask.requirements().keys()) {
            Requirement requirement = both.get(key);
            BitSet variants = new BitSet();
            offerings.rows(requirement).stream()
                    .forEach(row -> variants.set(offerings.row(row).variant().number()));
            int matching = typesOf(variants);
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
            for (OfferingTable.Variant variant : offerings.variants()) {
                large.set(variant.number(), variant.free()[column] >= amounts[column]);
            }
            int count = typesOf(large);
            if (amounts[column] > 0 && (scarcest == null || count < scarcest.large())) {
                scarcest = new Obstacle.Shortage(columns.name(column), amounts[column], count, types);
            }
        }
        return scarcest;
    }
}
