package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * The domains that pods could be put in.
 *
 * <p><b>Method.</b> For an ask and some label keys: each combination of values that an available offering of a pool has once the
 * ask narrows it, or that a machine has which admits the ask. Found once for all pods that ask the same of a node alone.
 *
 * <p><b>Complexity.</b> Offerings + machines, for each different ask and set of keys.
 */
final class Cells {
    private static final double LIGHTER_POOL = 1e6;

    private final List<PoolTemplate> pools;
    private final List<ExistingMachine> machines;
    private final NodeAsk.Interner interner;
    private final Map<Question, List<Cell>> known = new HashMap<>();

    private record Question(NodeAsk ask, Set<String> keys) {}

    /**
     * One value for each key.
     *
     * @param values no entry where nodes don't have the label
     * @param domains the values as requirements
     * @param price of the cheapest offering of the heaviest pool; for comparison only
     * @param machines numbers of the machines that are there
     */
    record Cell(SortedMap<String, String> values, Requirements domains, double price, List<Integer> machines) {}

    /** @param machines by number */
    Cells(List<PoolTemplate> pools, List<ExistingMachine> machines, NodeAsk.Interner interner) {
        this.pools = pools;
        this.machines = machines;
        this.interner = interner;
    }

    List<Cell> of(NodeAsk ask, Set<String> keys) {
        NodeAsk alone = interner.intern(ask.terms().alone());
        Question question = new Question(alone, Set.copyOf(keys));
        List<Cell> cells = known.get(question);
        if (cells == null) {
            cells = find(alone, new TreeSet<>(keys));
            known.put(question, cells);
        }
        return cells;
    }

    /** What is known of a cell while cells are gathered. */
    private static final class Found {
        private final double price;
        private final List<Integer> machines = new ArrayList<>();

        Found(double price) {
            this.price = price;
        }
    }

    private List<Cell> find(NodeAsk ask, SortedSet<String> keys) {
        Map<SortedMap<String, String>, Found> found = new LinkedHashMap<>();
        for (int pool = 0; pool < pools.size(); pool++) {
            Narrowing narrowed = pools.get(pool).untouched().with(ask);
            if (narrowed != null) {
                addOffered(found, pools.get(pool), narrowed, keys, LIGHTER_POOL * pool);
            }
        }
        for (int number = 0; number < machines.size(); number++) {
            ExistingMachine machine = machines.get(number);
            if (machine.admits(ask)) {
                SortedMap<String, String> values = new TreeMap<>();
                for (String key : keys) {
                    String value = machine.labels().get(key);
                    if (value != null) {
                        values.put(key, value);
                    }
                }
                found.computeIfAbsent(values, fresh -> new Found(Double.MAX_VALUE))
                        .machines
                        .add(number);
            }
        }
        List<Cell> cells = new ArrayList<>();
        found.forEach((values, what) ->
                cells.add(new Cell(values, domains(values, keys), what.price, List.copyOf(what.machines))));
        return List.copyOf(cells);
    }

    static Requirements domains(Map<String, String> values, SortedSet<String> keys) {
        List<Requirement> domains = new ArrayList<>();
        for (String key : keys) {
            String value = values.get(key);
            domains.add(value == null ? Requirement.doesNotExist(key) : Requirement.in(key, value));
        }
        return Requirements.of(domains);
    }

    private static void addOffered(
            Map<SortedMap<String, String>, Found> found,
            PoolTemplate pool,
            Narrowing narrowed,
            SortedSet<String> keys,
            double dearer) {
        OfferingTable offerings = pool.offerings();
        for (int row = narrowed.rows().nextSetBit(0);
                row >= 0;
                row = narrowed.rows().nextSetBit(row + 1)) {
            double price = dearer + offerings.row(row).price();
            List<SortedMap<String, String>> combinations = List.of(new TreeMap<>());
            for (String key : keys) {
                combinations = combined(combinations, key, values(pool, narrowed, offerings.row(row), key));
            }
            combinations.forEach(values -> found.computeIfAbsent(values, fresh -> new Found(price)));
        }
    }

    /**
     * The combinations of values that a node of this narrowing can have for these keys; of a label that is left open, each value
     * that is known of and one that nobody has.
     *
     * @param rows that the node may be bought by
     * @param known values of each key
     * @return combinations, with no entry for a label that is absent, by the row that is first to have them
     */
    static Map<SortedMap<String, String>, Integer> combinations(
            PoolTemplate pool,
            Narrowing narrowing,
            BitSet rows,
            Set<String> keys,
            Function<String, SortedSet<String>> known) {
        Map<SortedMap<String, String>, Integer> found = new LinkedHashMap<>();
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            int at = row;
            List<SortedMap<String, String>> combinations = List.of(new TreeMap<>());
            for (String key : new TreeSet<>(keys)) {
                combinations = combined(
                        combinations,
                        key,
                        open(pool, narrowing, pool.offerings().row(row), key, known));
            }
            combinations.forEach(values -> found.putIfAbsent(values, at));
        }
        return found;
    }

    private static List<String> open(
            PoolTemplate pool,
            Narrowing narrowing,
            OfferingTable.Row row,
            String key,
            Function<String, SortedSet<String>> known) {
        Requirement both = both(narrowing, row, key);
        if (both == null || !both.isComplement() || pool.wellKnown().contains(key)) {
            return values(pool, narrowing, row, key);
        }
        List<String> values = new ArrayList<>(values(pool, narrowing, row, key));
        SortedSet<String> others = known.apply(key);
        others.stream()
                .filter(both::contains)
                .filter(other -> !values.contains(other))
                .forEach(values::add);
        String fresh = both.intersect(Requirement.notIn(key, others)).representative();
        if (fresh != null && !values.contains(fresh)) {
            values.add(fresh);
        }
        return values;
    }

    private static @Nullable Requirement both(Narrowing narrowing, OfferingTable.Row row, String key) {
        Requirement asked = narrowing.requirements().find(key);
        Requirement label = row.label(key);
        return asked == null ? label : label == null ? asked : asked.intersect(label);
    }

    /** The labels of a node of this narrowing that is bought by the row, as far as they are known beforehand. */
    static Map<String, String> labels(PoolTemplate pool, Narrowing narrowing, int row) {
        OfferingTable.Row bought = pool.offerings().row(row);
        Set<String> keys = new TreeSet<>(narrowing.requirements().keys());
        keys.addAll(bought.type().requirements().keys());
        keys.addAll(bought.offering().requirements().keys());
        Map<String, String> labels = new HashMap<>();
        for (String key : keys) {
            List<String> values = values(pool, narrowing, bought, key);
            if (!values.isEmpty()) {
                put(labels, key, values.getFirst());
            }
        }
        return labels;
    }

    /** Each map with each value; with no entry for the empty value. */
    private static List<SortedMap<String, String>> combined(
            List<SortedMap<String, String>> maps, String key, List<String> values) {
        if (values.size() == 1) {
            maps.forEach(map -> put(map, key, values.getFirst()));
            return maps;
        }
        List<SortedMap<String, String>> combined = new ArrayList<>();
        for (SortedMap<String, String> map : maps) {
            for (String value : values) {
                SortedMap<String, String> more = new TreeMap<>(map);
                put(more, key, value);
                combined.add(more);
            }
        }
        return combined;
    }

    private static void put(Map<String, String> map, String key, String value) {
        if (!value.isEmpty()) {
            map.put(key, value);
        }
    }

    /** The values a node bought by the row can have, empty for no label; none when that can't be known beforehand. */
    private static List<String> values(PoolTemplate pool, Narrowing narrowed, OfferingTable.Row row, String key) {
        Requirement both = both(narrowed, row, key);
        if (both == null) {
            return List.of("");
        }
        if (!both.isComplement()) {
            return both.values().isEmpty()
                    ? (both.allowsAbsence() ? List.of("") : List.of())
                    : List.copyOf(both.values());
        }
        if (both.allowsAbsence()) {
            return List.of("");
        }
        // A custom label is given the value that the plan settles on, the provider's own are anybody's guess.
        String value = pool.wellKnown().contains(key) ? null : both.representative();
        return value == null ? List.of() : List.of(value);
    }

    /** The rows by the value that a node of this narrowing has for a key, if it has any. */
    static Map<String, BitSet> rowsByValue(PoolTemplate pool, Narrowing narrowing, String key) {
        Map<String, BitSet> rows = new TreeMap<>();
        for (int row = narrowing.rows().nextSetBit(0);
                row >= 0;
                row = narrowing.rows().nextSetBit(row + 1)) {
            for (String value : values(pool, narrowing, pool.offerings().row(row), key)) {
                if (!value.isEmpty()) {
                    rows.computeIfAbsent(value, fresh -> new BitSet()).set(row);
                }
            }
        }
        return rows;
    }

    /** The machine's number, or −1. */
    int number(@Nullable ExistingMachine machine) {
        for (int number = 0; machine != null && number < machines.size(); number++) {
            if (machines.get(number).state() == machine.state()) {
                return number;
            }
        }
        return -1;
    }
}
