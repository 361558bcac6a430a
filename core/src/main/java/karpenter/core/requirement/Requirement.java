package karpenter.core.requirement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import karpenter.api.NodeSelectorRequirement;
import org.jspecify.annotations.Nullable;

/**
 * What one label may be: a set of values, and whether the label may be absent.
 *
 * <p><b>Method.</b> The values are a finite set, or the complement of one, the latter optionally between two inclusive integer
 * bounds; a value that isn't an integer is never between bounds. Normal form, so that equal sets are equal objects:
 * a finite set has no bounds (they were applied to it), an empty range becomes the empty set, and exclusions outside the bounds
 * are dropped. {@code NotIn} and {@code DoesNotExist} allow absence, as Kubernetes defines them; the others don't.
 *
 * <p><b>Differs from upstream.</b> Upstream derives "may be absent" from the operator it would print, so a pod that asks for
 * {@code Exists} and {@code NotIn [a]}, or {@code Gt 5} and {@code NotIn [7]}, is sent to nodes without the label, which
 * kube-scheduler then refuses; here absence is part of the set. Upstream loses the exclusions of a bounded requirement when it
 * writes it back; here {@link #toSpec} writes a {@code NotIn} beside the bounds. Upstream materialises a custom label with a random
 * integer; {@link #representative} is the smallest. Immutable.
 */
public final class Requirement {
    public static final String IN = "In";
    public static final String NOT_IN = "NotIn";
    public static final String EXISTS = "Exists";
    public static final String DOES_NOT_EXIST = "DoesNotExist";
    public static final String GT = "Gt";
    public static final String LT = "Lt";
    public static final String GTE = "Gte";
    public static final String LTE = "Lte";

    private static final int VALUES_IN_TEXT = 5;

    private final String key;
    private final boolean complement;
    /** In ascending order. */
    private final Set<String> values;

    private final boolean absence;
    private final @Nullable Long gte;
    private final @Nullable Long lte;
    private final @Nullable Integer minValues;

    private Requirement(
            String key,
            boolean complement,
            Set<String> values,
            boolean absence,
            @Nullable Long gte,
            @Nullable Long lte,
            @Nullable Integer minValues) {
        this.key = key;
        this.complement = complement;
        this.values = values;
        this.absence = absence;
        this.gte = gte;
        this.lte = lte;
        this.minValues = minValues;
    }

    /** Brings into normal form. {@code values} may have any order. */
    private static Requirement normal(
            String key,
            boolean complement,
            Collection<String> values,
            boolean absence,
            @Nullable Long gte,
            @Nullable Long lte,
            @Nullable Integer minValues) {
        if (complement && gte != null && lte != null && gte > lte) {
            return new Requirement(key, false, Set.of(), absence, null, null, minValues);
        }
        Set<String> kept = gte == null && lte == null
                ? sorted(values, value -> true)
                : sorted(values, value -> isWithin(value, gte, lte));
        return complement
                ? new Requirement(key, true, kept, absence, gte, lte, minValues)
                : new Requirement(key, false, kept, absence, null, null, minValues);
    }

    private static Set<String> sorted(Collection<String> values, Predicate<String> filter) {
        if (values.isEmpty()) {
            return Set.of();
        }
        if (values.size() == 1) {
            String only = values.iterator().next();
            return filter.test(only) ? Set.of(only) : Set.of();
        }
        TreeSet<String> ordered = new TreeSet<>();
        for (String value : values) {
            if (filter.test(value)) {
                ordered.add(value);
            }
        }
        return Collections.unmodifiableSet(new LinkedHashSet<>(ordered));
    }

    public static Requirement in(String key, String... values) {
        return in(key, Arrays.asList(values));
    }

    public static Requirement in(String key, Collection<String> values) {
        return normal(key, false, values, false, null, null, null);
    }

    /** Every value but these, or no label at all. */
    public static Requirement notIn(String key, String... values) {
        return notIn(key, Arrays.asList(values));
    }

    public static Requirement notIn(String key, Collection<String> values) {
        return normal(key, true, values, true, null, null, null);
    }

    public static Requirement exists(String key) {
        return new Requirement(key, true, Set.of(), false, null, null, null);
    }

    public static Requirement doesNotExist(String key) {
        return new Requirement(key, false, Set.of(), true, null, null, null);
    }

    /** Nothing is allowed, not even absence: what contradictory or malformed requirements come to. */
    public static Requirement impossible(String key) {
        return new Requirement(key, false, Set.of(), false, null, null, null);
    }

    /** Anything is allowed, absence too: what a key that nobody mentions comes to in an intersection. */
    public static Requirement anything(String key) {
        return new Requirement(key, true, Set.of(), true, null, null, null);
    }

    public static Requirement gt(String key, long bound) {
        return bound == Long.MAX_VALUE ? impossible(key) : gte(key, bound + 1);
    }

    public static Requirement lt(String key, long bound) {
        return bound == Long.MIN_VALUE ? impossible(key) : lte(key, bound - 1);
    }

    public static Requirement gte(String key, long bound) {
        return new Requirement(key, true, Set.of(), false, bound, null, null);
    }

    public static Requirement lte(String key, long bound) {
        return new Requirement(key, true, Set.of(), false, null, bound, null);
    }

    /**
     * Reads a written requirement. One that is malformed (an unknown operator, a bound that is no integer) allows nothing, as
     * kube-scheduler lets such a term match no node; telling the user is validation's task.
     */
    public static Requirement of(NodeSelectorRequirement written) {
        String key = written.key();
        Requirement read = switch (written.operator()) {
            case IN -> in(key, written.values());
            case NOT_IN -> notIn(key, written.values());
            case EXISTS -> exists(key);
            case DOES_NOT_EXIST -> doesNotExist(key);
            case GT, LT, GTE, LTE -> bound(key, written.operator(), written.values());
            default -> impossible(key);
        };
        return read.withMinValues(written.minValues());
    }

    private static Requirement bound(String key, String operator, List<String> values) {
        Long bound = values.size() == 1 ? integer(values.getFirst()) : null;
        if (bound == null) {
            return impossible(key);
        }
        return switch (operator) {
            case GT -> gt(key, bound);
            case LT -> lt(key, bound);
            case GTE -> gte(key, bound);
            default -> lte(key, bound);
        };
    }

    public Requirement withMinValues(@Nullable Integer newMinValues) {
        return Objects.equals(minValues, newMinValues)
                ? this
                : new Requirement(key, complement, values, absence, gte, lte, newMinValues);
    }

    public String key() {
        return key;
    }

    /** The same set under another key. */
    public Requirement withKey(String newKey) {
        return newKey.equals(key) ? this : new Requirement(newKey, complement, values, absence, gte, lte, minValues);
    }

    /** The operator upstream reports: In, NotIn, Exists (bounds or not) or DoesNotExist (also for the impossible). */
    public String operator() {
        if (complement) {
            return values.isEmpty() ? EXISTS : NOT_IN;
        }
        return values.isEmpty() ? DOES_NOT_EXIST : IN;
    }

    /** Whether a label with this value satisfies the requirement. */
    public boolean contains(String value) {
        if (!complement) {
            return values.contains(value);
        }
        return !values.contains(value) && ((gte == null && lte == null) || isWithin(value, gte, lte));
    }

    /** Whether a node without the label satisfies the requirement. */
    public boolean allowsAbsence() {
        return absence;
    }

    /** Whether {@link #values} are exclusions. */
    public boolean isComplement() {
        return complement;
    }

    /** The values allowed, or excluded when {@link #isComplement}; ascending, unmodifiable. */
    public Set<String> values() {
        return values;
    }

    /** Inclusive lower bound; only a complement has one. */
    public @Nullable Long gte() {
        return gte;
    }

    /** Inclusive upper bound; only a complement has one. */
    public @Nullable Long lte() {
        return lte;
    }

    /** Least number of distinct values the candidate instance types must offer, null for none. */
    public @Nullable Integer minValues() {
        return minValues;
    }

    /** The values (and absence) that both allow; the larger {@code minValues}. */
    public Requirement intersect(Requirement other) {
        Long low = gte == null ? other.gte : other.gte == null ? gte : Long.valueOf(Math.max(gte, other.gte));
        Long high = lte == null ? other.lte : other.lte == null ? lte : Long.valueOf(Math.min(lte, other.lte));
        Integer min = minValues == null
                ? other.minValues
                : other.minValues == null ? minValues : Integer.valueOf(Math.max(minValues, other.minValues));
        boolean bothAbsent = absence && other.absence;
        if (complement && other.complement) {
            Set<String> excluded = new TreeSet<>(values);
            excluded.addAll(other.values);
            return normal(key, true, excluded, bothAbsent, low, high, min);
        }
        Requirement finite = complement ? other : this;
        Requirement filter = complement ? this : other;
        return new Requirement(key, false, sorted(finite.values, filter::contains), bothAbsent, null, null, min);
    }

    /** Whether some value, or absence, is allowed by both. */
    public boolean intersects(Requirement other) {
        if (absence && other.absence) {
            return true;
        }
        if (complement && other.complement) {
            Long low = gte == null ? other.gte : other.gte == null ? gte : Long.valueOf(Math.max(gte, other.gte));
            Long high = lte == null ? other.lte : other.lte == null ? lte : Long.valueOf(Math.min(lte, other.lte));
            // A range without exclusions left still holds spellings such as 007, so only an empty range is empty.
            return low == null || high == null || low <= high;
        }
        boolean walkOther = complement || (!other.complement && other.values.size() < values.size());
        Requirement finite = walkOther ? other : this;
        Requirement filter = walkOther ? this : other;
        for (String value : finite.values) {
            if (filter.contains(value)) {
                return true;
            }
        }
        return false;
    }

    /** Whether nothing satisfies this, not even absence. */
    public boolean isEmpty() {
        return !absence && !complement && values.isEmpty();
    }

    /** Whether at least one value satisfies this; {@code DoesNotExist} has none. */
    public boolean allowsSomeValue() {
        return complement || !values.isEmpty();
    }

    /** The only value allowed, or null when there are more, fewer, or the label may be absent instead. */
    public @Nullable String singleValue() {
        return !complement && !absence && values.size() == 1 ? values.iterator().next() : null;
    }

    /**
     * Some allowed value to give a node as its label: the first of a finite set, else the smallest allowed integer that is a
     * legal label value; null when there is none.
     */
    public @Nullable String representative() {
        if (!complement) {
            return values.isEmpty() ? null : values.iterator().next();
        }
        long candidate = gte == null ? 0 : Math.max(gte, 0);
        for (int tried = 0; tried <= values.size(); tried++, candidate++) {
            if (lte != null && candidate > lte) {
                return null;
            }
            if (contains(Long.toString(candidate))) {
                return Long.toString(candidate);
            }
            if (candidate == Long.MAX_VALUE) {
                return null;
            }
        }
        return null;
    }

    /**
     * The requirement as manifests write it; the entries' intersection is this requirement again. One entry for the usual
     * operators, {@code Gte}, {@code Lte} and {@code NotIn} side by side for a range, each with {@code minValues}.
     */
    public List<NodeSelectorRequirement> toSpec() {
        if (!complement) {
            if (!values.isEmpty()) {
                return List.of(entry(IN, values));
            }
            // Nothing at all has no operator of its own: contradict it.
            return absence
                    ? List.of(entry(DOES_NOT_EXIST, Set.of()))
                    : List.of(entry(EXISTS, Set.of()), entry(DOES_NOT_EXIST, Set.of()));
        }
        List<NodeSelectorRequirement> entries = new ArrayList<>();
        if (gte != null) {
            entries.add(entry(GTE, Set.of(Long.toString(gte))));
        }
        if (lte != null) {
            entries.add(entry(LTE, Set.of(Long.toString(lte))));
        }
        if (entries.isEmpty() && !absence) {
            entries.add(entry(EXISTS, Set.of()));
        }
        if (!values.isEmpty()) {
            entries.add(entry(NOT_IN, values));
        }
        return List.copyOf(entries);
    }

    private NodeSelectorRequirement entry(String operator, Set<String> entryValues) {
        return new NodeSelectorRequirement(key, operator, List.copyOf(entryValues), minValues);
    }

    private static boolean isWithin(String value, @Nullable Long low, @Nullable Long high) {
        Long number = integer(value);
        return number != null && (low == null || number >= low) && (high == null || number <= high);
    }

    /** The integer a label value spells, or null. ASCII digits only, where Java's parser would take any script's. */
    private static @Nullable Long integer(String text) {
        int start = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        if (text.length() == start) {
            return null;
        }
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return null;
            }
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException beyondLong) {
            return null;
        }
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Requirement other
                && key.equals(other.key)
                && complement == other.complement
                && absence == other.absence
                && values.equals(other.values)
                && Objects.equals(gte, other.gte)
                && Objects.equals(lte, other.lte)
                && Objects.equals(minValues, other.minValues);
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, complement, absence, values, gte, lte, minValues);
    }

    /** As upstream prints it: {@code zone In [a b]}, at most five values, then bounds and {@code minValues}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(key).append(' ').append(operator());
        if (!values.isEmpty()) {
            List<String> shown = new ArrayList<>(
                    values.stream().sorted().limit(VALUES_IN_TEXT).toList());
            if (values.size() > VALUES_IN_TEXT) {
                shown.add("and " + (values.size() - VALUES_IN_TEXT) + " others");
            }
            text.append(" [").append(String.join(" ", shown)).append(']');
        }
        if (gte != null) {
            text.append(" >=").append(gte);
        }
        if (lte != null) {
            text.append(" <=").append(lte);
        }
        if (minValues != null) {
            text.append(" minValues ").append(minValues);
        }
        return text.toString();
    }
}
