package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;

/**
 * How many machines each capacity reservation has left, less what this pass has promised away. All pools share it, as any of
 * them may take the last machine. Where offerings disagree about one reservation, the least counts.
 *
 * <p><b>Differs from upstream.</b> Upstream holds back a machine of every reservation that a node could be bought from, and
 * pods that find none left wait for the next pass. Here a node takes exactly those that its claim names, and further pods get other capacity at once.
 */
final class Reservations {
    static final Reservations NONE = new Reservations(Set.of(), List.of(), new long[0]);

    private final Set<String> labels;
    private final List<String> names;
    private final long[] left;

    private Reservations(Set<String> labels, List<String> names, long[] left) {
        this.labels = labels;
        this.names = names;
        this.left = left;
    }

    /** @param labels keys that only machines from a reservation have, its id above all */
    static Reservations of(List<PoolCatalog> pools, Set<String> labels) {
        Map<String, Long> known = new TreeMap<>();
        for (PoolCatalog pool : pools) {
            for (InstanceType type : pool.types()) {
                for (Offering offering : type.offerings()) {
                    if (isReserved(offering)) {
                        known.merge(name(type, offering, labels), (long) offering.reservationCapacity(), Math::min);
                    }
                }
            }
        }
        return new Reservations(
                labels,
                List.copyOf(known.keySet()),
                known.values().stream().mapToLong(Long::longValue).toArray());
    }

    static boolean isReserved(Offering offering) {
        return offering.capacityType().equals(Labels.CAPACITY_TYPE_RESERVED);
    }

    /** What tells one reservation from another: its labels or, without any, what it is for. */
    private static String name(InstanceType type, Offering offering, Set<String> labels) {
        List<String> named = new ArrayList<>();
        labels.stream().sorted(Comparator.naturalOrder()).forEach(label -> {
            Requirement value = offering.requirements().find(label);
            if (value != null) {
                named.add(value.toString());
            }
        });
        return "reservation " + (named.isEmpty() ? type.name() + " in " + offering.zone() : String.join(", ", named));
    }

    Set<String> labels() {
        return labels;
    }

    /** For people, one for each reservation. */
    List<String> names() {
        return names;
    }

    /** Machines left, one number for each reservation; taken from and given back to as nodes are planned. */
    long[] left() {
        return left;
    }

    /** The number of an offering's reservation, or -1 when it is of none. */
    int indexOf(InstanceType type, Offering offering) {
        return !isReserved(offering) ? -1 : names.indexOf(name(type, offering, labels));
    }
}
