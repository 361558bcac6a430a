package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * The pool's minValues: how many distinct values of a label the types on a claim must leave to the provider.
 *
 * <p><b>Method.</b> Each value of such a label is a bit; a row's values are a word array, and the count is that of the union over
 * the rows that qualify and are large enough. The union shrinks as pods are added, never grows.
 *
 * <p><b>Differs from upstream.</b> Only values that the requirement itself allows count: a second zone that the pods exclude is
 * no flexibility.
 */
final class MinValues {
    private static final long[] NO_VALUES = {};

    private final List<Bound> bounds;
    private final OfferingTable offerings;

    private MinValues(List<Bound> bounds, OfferingTable offerings) {
        this.bounds = bounds;
        this.offerings = offerings;
    }

    private static final class Bound {
        private final String key;
        private final int least;
        /** By bit. */
        private final List<String> values;
        /** Bits of each row's values. */
        private final long[][] ofRow;

        Bound(String key, int least, List<String> values, long[][] ofRow) {
            this.key = key;
            this.least = least;
            this.values = values;
            this.ofRow = ofRow;
        }

        int least() {
            return least;
        }
    }

    static MinValues of(Requirements template, OfferingTable offerings) {
        List<Bound> bounds = new ArrayList<>();
        for (Requirement requirement : template.all()) {
            if (requirement.minValues() != null) {
                bounds.add(bound(requirement.key(), requirement.minValues(), offerings));
            }
        }
        return new MinValues(List.copyOf(bounds), offerings);
    }

    private static Bound bound(String key, int least, OfferingTable offerings) {
        Map<String, Integer> bits = new HashMap<>();
        List<String> values = new ArrayList<>();
        Map<Requirement, long[]> words = new HashMap<>();
        long[][] ofRow = new long[offerings.rowCount()][];
        for (int row = 0; row < ofRow.length; row++) {
            Requirement label = offerings.row(row).label(key);
            if (label == null || label.isComplement()) {
                ofRow[row] = NO_VALUES;
            } else {
                ofRow[row] = words.computeIfAbsent(label, fresh -> {
                    BitSet set = new BitSet();
                    for (String value : fresh.values()) {
                        Integer bit = bits.computeIfAbsent(value, unseen -> {
                            values.add(unseen);
                            return bits.size();
                        });
                        set.set(bit);
                    }
                    return set.toLongArray();
                });
            }
        }
        return new Bound(key, least, values, ofRow);
    }

    boolean isEmpty() {
        return bounds.isEmpty();
    }

    /** The keys' least counts as the pool writes them. */
    int[] asWritten() {
        return bounds.stream().mapToInt(Bound::least).toArray();
    }

    /** The least counts as written, lowered to what these rows leave. */
    int[] lowered(Narrowing narrowing, BitSet rows) {
        int[] lowered = asWritten();
        for (int i = 0; i < lowered.length; i++) {
            lowered[i] = Math.min(lowered[i], count(bounds.get(i), narrowing, rows));
        }
        return lowered;
    }

    /** Whether these least counts are below what the pool writes. */
    boolean isLowered(int[] least) {
        for (int i = 0; i < bounds.size(); i++) {
            if (least[i] < bounds.get(i).least) {
                return true;
            }
        }
        return false;
    }

    /** A key whose least count these rows don't reach. */
    record Unmet(String key, int least, int count) {}

    /** The first key that these rows leave short, or null. */
    @Nullable
    Unmet unmet(Narrowing narrowing, BitSet rows, int[] least) {
        for (int i = 0; i < bounds.size(); i++) {
            int count = count(bounds.get(i), narrowing, rows);
            if (count < least[i]) {
                return new Unmet(bounds.get(i).key, least[i], count);
            }
        }
        return null;
    }

    /**
     * The rows of the cheapest types that between them leave as many values as asked for.
     *
     * @param rows to choose from
     * @param most types that may be chosen
     * @return null when there are no such types
     */
    @Nullable
    BitSet needed(Narrowing narrowing, BitSet rows, int[] least, int most) {
        BitSet needed = new BitSet();
        Unmet unmet = unmet(narrowing, needed, least);
        int types = 0;
        for (BitSet ofType : offerings.byType(rows)) {
            if (unmet == null) {
                break;
            }
            BitSet more = (BitSet) needed.clone();
            more.or(ofType);
            Unmet then = unmet(narrowing, more, least);
            if (!unmet.equals(then)) {
                needed = more;
                unmet = then;
                types++;
            }
        }
        return unmet == null && types <= most ? needed : null;
    }

    /** The requirements with their minValues replaced by these counts. */
    Requirements applied(Requirements requirements, int[] least) {
        Requirements applied = requirements;
        for (int i = 0; i < bounds.size(); i++) {
            Requirement requirement = applied.get(bounds.get(i).key);
            applied = applied.with(requirement.withMinValues(least[i] == 0 ? null : Integer.valueOf(least[i])));
        }
        return applied;
    }

    private static int count(Bound bound, Narrowing narrowing, BitSet rows) {
        long[] union = new long[(bound.values.size() + 63) / 64];
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            long[] words = bound.ofRow[row];
            for (int i = 0; i < words.length; i++) {
                union[i] |= words[i];
            }
        }
        Requirement allowed = narrowing.requirements().get(bound.key);
        int count = 0;
        for (int bit = 0; bit < bound.values.size(); bit++) {
            if ((union[bit >> 6] >>> bit & 1) == 1 && allowed.contains(bound.values.get(bit))) {
                count++;
            }
        }
        return count;
    }
}
