package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
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
    private final Map<Narrowing, long[][]> allowedBits = new HashMap<>();

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
        Tally tally = new Tally(narrowing);
        tally.add(rows);
        for (int i = 0; i < lowered.length; i++) {
            lowered[i] = Math.min(lowered[i], tally.count(i));
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
        Tally tally = new Tally(narrowing);
        tally.add(rows);
        for (int i = 0; i < bounds.size(); i++) {
            int count = tally.count(i);
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
        Tally tally = new Tally(narrowing);
        BitSet needed = new BitSet();
        BitSet seen = new BitSet();
        int types = 0;
        for (int row = rows.nextSetBit(0); row >= 0 && !tally.reaches(least); row = rows.nextSetBit(row + 1)) {
            int type = offerings.row(row).variant().typeNumber();
            if (!seen.get(type)) {
                seen.set(type);
                BitSet ofType = offerings.ofType(type, rows);
                if (tally.gains(ofType, least)) {
                    tally.add(ofType);
                    needed.or(ofType);
                    types++;
                }
            }
        }
        return tally.reaches(least) && types <= most ? needed : null;
    }

    /** Counts the values of a growing set of rows that a node's requirements allow. */
    private final class Tally {
        private final long[][] allowed;
        private final long[][] union;

        Tally(Narrowing narrowing) {
            this.allowed = allowedBits.computeIfAbsent(narrowing, MinValues.this::allowed);
            this.union = new long[bounds.size()][];
            for (int i = 0; i < union.length; i++) {
                union[i] = new long[allowed[i].length];
            }
        }

        void add(BitSet rows) {
            for (int i = 0; i < union.length; i++) {
                addTo(union[i], i, rows);
            }
        }

        private void addTo(long[] words, int bound, BitSet rows) {
            for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
                long[] more = bounds.get(bound).ofRow[row];
                for (int word = 0; word < more.length; word++) {
                    words[word] |= more[word] & allowed[bound][word];
                }
            }
        }

        int count(int bound) {
            int count = 0;
            for (long word : union[bound]) {
                count += Long.bitCount(word);
            }
            return count;
        }

        boolean reaches(int[] least) {
            for (int i = 0; i < union.length; i++) {
                if (count(i) < least[i]) {
                    return false;
                }
            }
            return true;
        }

        /** Whether more rows would raise a count that is short. */
        boolean gains(BitSet rows, int[] least) {
            for (int i = 0; i < union.length; i++) {
                long[] then = union[i].clone();
                addTo(then, i, rows);
                if (count(i) < least[i] && !Arrays.equals(then, union[i])) {
                    return true;
                }
            }
            return false;
        }
    }

    private long[][] allowed(Narrowing narrowing) {
        long[][] bits = new long[bounds.size()][];
        for (int i = 0; i < bits.length; i++) {
            Bound bound = bounds.get(i);
            Requirement requirement = narrowing.requirements().get(bound.key);
            BitSet set = new BitSet(bound.values.size());
            for (int bit = 0; bit < bound.values.size(); bit++) {
                set.set(bit, requirement.contains(bound.values.get(bit)));
            }
            bits[i] = Arrays.copyOf(set.toLongArray(), (bound.values.size() + 63) / 64);
        }
        return bits;
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
}
