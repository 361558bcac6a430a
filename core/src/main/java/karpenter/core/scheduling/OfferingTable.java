package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * What one pool can buy, column-wise. A row is an available offering of a type that the pool's own requirements allow; rows are
 * sorted by price, then type, zone and capacity type, so the first bit of a set of rows is the cheapest. A variant is what a row
 * can hold and counts against limits: the same for all offerings of a type unless one overrides capacity or overhead, or is of a
 * reservation. Free amounts are a row-major table, a row per variant, a column per resource, with overhead and DaemonSets taken
 * off.
 */
final class OfferingTable {
    private final List<Row> rows;
    private final List<Variant> variants;
    private final long[] free;
    private final int columns;
    /** Of each row. */
    private final int[] variantOf;

    private final BitSet all = new BitSet();
    private final BitSet reserved = new BitSet();
    private final List<BitSet> rowsOfType = new ArrayList<>();
    private final Map<Requirement, BitSet> byRequirement = new HashMap<>();

    private OfferingTable(List<Row> rows, List<Variant> variants, int columns) {
        this.rows = List.copyOf(rows);
        this.variants = List.copyOf(variants);
        this.columns = columns;
        this.free = new long[variants.size() * columns];
        for (Variant variant : variants) {
            System.arraycopy(variant.free, 0, free, variant.number * columns, columns);
        }
        this.variantOf = rows.stream().mapToInt(row -> row.variant.number).toArray();
        all.set(0, rows.size());
        for (int row = 0; row < rows.size(); row++) {
            reserved.set(row, rows.get(row).reserved());
            int type = rows.get(row).variant.typeNumber;
            while (rowsOfType.size() <= type) {
                rowsOfType.add(new BitSet());
            }
            rowsOfType.get(type).set(row);
        }
    }

    /** What some rows can hold. */
    static final class Variant {
        private final int number;
        private final int typeNumber;
        private final InstanceType type;
        private final Daemons.Overhead daemons;
        private final long[] free;
        private final long[] limitUse;

        private Variant(
                int number, int typeNumber, InstanceType type, Daemons.Overhead daemons, long[] free, long[] limitUse) {
            this.number = number;
            this.typeNumber = typeNumber;
            this.type = type;
            this.daemons = daemons;
            this.free = free;
            this.limitUse = limitUse;
        }

        /** Counts from 0; all variants of a type are next to each other. */
        int number() {
            return number;
        }

        /** Counts the types from 0, by name. */
        int typeNumber() {
            return typeNumber;
        }

        InstanceType type() {
            return type;
        }

        Daemons.Overhead daemons() {
            return daemons;
        }

        /** Free for pods, a column each; not to be written to. */
        long[] free() {
            return free;
        }

        /** What one machine of the type counts against the pool's limits at most; not to be written to. */
        long[] limitUse() {
            return limitUse;
        }
    }

    record Row(Variant variant, Offering offering) {
        private static final Comparator<Row> ORDER = Comparator.comparingDouble(Row::price)
                .thenComparing(row -> row.type().name())
                .thenComparing(row -> row.offering.zone())
                .thenComparing(row -> row.offering.capacityType())
                .thenComparing(row -> row.offering.requirements().toString());

        double price() {
            return offering.pricePerHourUsd();
        }

        InstanceType type() {
            return variant.type;
        }

        boolean reserved() {
            return Reservations.isReserved(offering);
        }

        boolean spot() {
            return offering.capacityType().equals(Labels.CAPACITY_TYPE_SPOT);
        }

        /** What the row says about a label: the offering's word before the type's; null when neither says anything. */
        @Nullable
        Requirement label(String key) {
            Requirement own = offering.requirements().find(key);
            return own != null ? own : type().requirements().find(key);
        }
    }

    /** What tells the variants of one type apart. */
    private record Overrides(
            @Nullable ResourceVector capacity, @Nullable ResourceVector overhead, int reservation) {}

    /**
     * Lays out what a pool can buy.
     *
     * @param template what the pool itself requires
     * @param overheads DaemonSets' share by type name
     */
    static OfferingTable of(
            List<InstanceType> types,
            Requirements template,
            Map<String, Daemons.Overhead> overheads,
            ResourceColumns columns,
            Limits limits,
            Set<String> wellKnown) {
        List<Row> rows = new ArrayList<>();
        List<Variant> variants = new ArrayList<>();
        Map<String, InstanceType> byName = new TreeMap<>();
        types.forEach(type -> byName.put(type.name(), type));
        int typeNumber = -1;
        for (InstanceType type : byName.values()) {
            if (type.requirements().intersects(template) != null) {
                continue;
            }
            Daemons.Overhead overhead = overheads.getOrDefault(type.name(), Daemons.Overhead.NONE);
            List<Offering> sold = type.offerings().stream()
                    .filter(offering -> sells(offering, template, wellKnown))
                    .toList();
            long[] limitUse = limitUse(type, sold, limits);
            typeNumber += sold.isEmpty() ? 0 : 1;
            Map<Overrides, Variant> ofType = new HashMap<>();
            for (Offering offering : sold) {
                int reservation = limits.reservation(type, offering);
                Overrides overrides =
                        new Overrides(offering.capacityOverride(), offering.overheadOverride(), reservation);
                Variant variant = ofType.get(overrides);
                if (variant == null) {
                    long[] free = columns.free(type.allocatable(offering).minus(overhead.requests()));
                    variant = new Variant(
                            variants.size(), typeNumber, type, overhead, free, limits.use(limitUse, reservation));
                    variants.add(variant);
                    ofType.put(overrides, variant);
                }
                rows.add(new Row(variant, offering));
            }
        }
        rows.sort(Row.ORDER);
        return new OfferingTable(rows, variants, columns.count());
    }

    /** Whether an offering can be bought now under these requirements; its own labels must be known or asked for. */
    static boolean sells(Offering offering, Requirements template, Set<String> wellKnown) {
        return offering.available() && template.compatible(offering.requirements(), wellKnown) == null;
    }

    /** The most that a machine of the type can count against the limits; which offering it comes from isn't known before. */
    private static long[] limitUse(InstanceType type, List<Offering> sold, Limits limits) {
        long[] most = limits.use(ResourceVector.ZERO);
        for (Offering offering : sold) {
            long[] use = limits.use(type.capacity(offering));
            for (int i = 0; i < most.length; i++) {
                most[i] = Math.max(most[i], use[i]);
            }
        }
        return most;
    }

    /** All rows; not to be changed. */
    BitSet all() {
        return all;
    }

    Row row(int number) {
        return rows.get(number);
    }

    int rowCount() {
        return rows.size();
    }

    List<Variant> variants() {
        return variants;
    }

    /** The rows of each type among these, types in the order of their cheapest row. */
    List<BitSet> byType(BitSet rows) {
        List<BitSet> byType = new ArrayList<>();
        BitSet seen = new BitSet();
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            int type = this.rows.get(row).variant.typeNumber;
            if (!seen.get(type)) {
                seen.set(type);
                byType.add(ofType(type, rows));
            }
        }
        return byType;
    }

    /** The rows of one type among these. */
    BitSet ofType(int typeNumber, BitSet rows) {
        BitSet ofType = (BitSet) rowsOfType.get(typeNumber).clone();
        ofType.and(rows);
        return ofType;
    }

    /**
     * Those among rows that a node planned for one row may be bought by as well: a node from a reservation counts against it, so
     * it comes from a reservation or it doesn't.
     */
    BitSet standIns(int row, BitSet among) {
        if (reserved.isEmpty()) {
            return among;
        }
        BitSet alike = (BitSet) among.clone();
        if (reserved.get(row)) {
            alike.and(reserved);
        } else {
            alike.andNot(reserved);
        }
        return alike;
    }

    /** The rest of them. */
    BitSet others(int row, BitSet among) {
        BitSet others = (BitSet) among.clone();
        others.andNot(standIns(row, among));
        return others;
    }

    /** How many types have a Spot row among these that can be bought so; at most so many. */
    int spotTypes(BitSet rows, long[] amounts, long[] allowance, int most) {
        BitSet seen = new BitSet();
        int count = 0;
        for (int row = rows.nextSetBit(0); row >= 0 && count < most; row = rows.nextSetBit(row + 1)) {
            Row offered = this.rows.get(row);
            int type = offered.variant.typeNumber;
            if (!seen.get(type) && offered.spot() && isBuyable(row, amounts, allowance)) {
                seen.set(type);
                count++;
            }
        }
        return count;
    }

    /** The most that any of these rows counts against each limit, and at least this much. */
    long[] largestUse(BitSet rows, long[] atLeast) {
        long[] largest = atLeast.clone();
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            long[] use = this.rows.get(row).variant.limitUse;
            for (int i = 0; i < largest.length; i++) {
                largest[i] = Math.max(largest[i], use[i]);
            }
        }
        return largest;
    }

    /** Whether the amounts fit a machine of this row, and it counts no more against each limit than this. */
    boolean isBuyable(int row, long[] amounts, long[] allowance) {
        return holds(variantOf[row], amounts, allowance);
    }

    private boolean holds(int variant, long[] amounts, long[] allowance) {
        return ResourceColumns.fits(amounts, free, variant * columns)
                && Limits.isWithin(variants.get(variant).limitUse, allowance);
    }

    /** Those of the rows whose machines hold the amounts and count no more against each limit than this. */
    BitSet buyable(BitSet rows, long[] amounts, long[] allowance) {
        boolean[] large = new boolean[variants.size()];
        for (int variant = 0; variant < large.length; variant++) {
            large[variant] = holds(variant, amounts, allowance);
        }
        long[] words = rows.toLongArray();
        for (int word = 0; word < words.length; word++) {
            for (long bits = words[word]; bits != 0; bits &= bits - 1) {
                if (!large[variantOf[word * Long.SIZE + Long.numberOfTrailingZeros(bits)]]) {
                    words[word] ^= Long.lowestOneBit(bits);
                }
            }
        }
        return BitSet.valueOf(words);
    }

    /** The rows that can have a value which the requirement allows, or that say nothing about its key; not to be changed. */
    BitSet rows(Requirement requirement) {
        return byRequirement.computeIfAbsent(requirement.withMinValues(null), this::matching);
    }

    private BitSet matching(Requirement requirement) {
        BitSet matching = new BitSet(rows.size());
        Map<Requirement, Boolean> verdicts = new HashMap<>();
        for (int number = 0; number < rows.size(); number++) {
            Requirement label = rows.get(number).label(requirement.key());
            if (label == null || verdicts.computeIfAbsent(label, requirement::intersects)) {
                matching.set(number);
            }
        }
        return matching;
    }

    /** The rows whose machines' daemons leave these ports alone. */
    BitSet rowsWithout(HostPorts ports) {
        BitSet free = new BitSet(rows.size());
        for (int number = 0; number < rows.size(); number++) {
            if (!rows.get(number).variant.daemons.ports().clashWith(ports)) {
                free.set(number);
            }
        }
        return free;
    }
}
