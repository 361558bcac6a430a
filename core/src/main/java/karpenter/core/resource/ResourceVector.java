package karpenter.core.resource;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongBinaryOperator;
import karpenter.api.Quantity;

/**
 * Amounts per resource: cpu in thousandths of a core, memory, ephemeral storage and huge pages in bytes, everything else in
 * units. A resource that isn't named has the amount 0, so {@code {cpu: 0}} equals {@link #ZERO}. Amounts may be negative (a
 * node that is over-committed). Sums saturate at the ends of {@code long}. Immutable.
 */
public final class ResourceVector {
    public static final String CPU = "cpu";
    public static final String MEMORY = "memory";
    public static final String PODS = "pods";
    public static final String EPHEMERAL_STORAGE = "ephemeral-storage";
    public static final String HUGE_PAGES_PREFIX = "hugepages-";

    private static final String[] NO_NAMES = {};
    private static final long[] NO_AMOUNTS = {};
    public static final ResourceVector ZERO = new ResourceVector(0, 0, 0, 0, NO_NAMES, NO_AMOUNTS);

    private final long milliCpu;
    private final long memoryBytes;
    private final long pods;
    private final long ephemeralStorageBytes;
    /** The other resources with an amount that isn't 0, by name ascending; {@code others} runs parallel. */
    private final String[] otherNames;

    private final long[] others;

    private ResourceVector(
            long milliCpu,
            long memoryBytes,
            long pods,
            long ephemeralStorageBytes,
            String[] otherNames,
            long[] others) {
        this.milliCpu = milliCpu;
        this.memoryBytes = memoryBytes;
        this.pods = pods;
        this.ephemeralStorageBytes = ephemeralStorageBytes;
        this.otherNames = otherNames;
        this.others = others;
    }

    /** Reads written quantities, rounding up as kube-scheduler does: cpu to the milli, everything else to the unit. */
    public static ResourceVector of(Map<String, Quantity> quantities) {
        if (quantities.isEmpty()) {
            return ZERO;
        }
        Builder builder = builder();
        quantities.forEach((resource, quantity) -> builder.set(resource, amountOf(resource, quantity)));
        return builder.build();
    }

    /** The amount that a quantity of this resource stands for: thousandths for cpu, else units; rounded up, saturating. */
    public static long amountOf(String resource, Quantity quantity) {
        return resource.equals(CPU) ? quantity.milliValue() : quantity.value();
    }

    /** The canonical quantity for an amount: decimal for cpu and counts, binary for bytes. */
    public static Quantity quantityOf(String resource, long amount) {
        if (resource.equals(CPU)) {
            return Quantity.ofMilli(amount);
        }
        return isBytes(resource) ? Quantity.ofBytes(amount) : Quantity.of(amount);
    }

    private static boolean isBytes(String resource) {
        return resource.equals(MEMORY) || resource.equals(EPHEMERAL_STORAGE) || resource.startsWith(HUGE_PAGES_PREFIX);
    }

    /** A vector of cpu and memory, the usual case. */
    public static ResourceVector of(long milliCpu, long memoryBytes) {
        return new ResourceVector(milliCpu, memoryBytes, 0, 0, NO_NAMES, NO_AMOUNTS);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** This vector with one amount replaced. */
    public ResourceVector with(String resource, long amount) {
        return switch (resource) {
            case CPU -> new ResourceVector(amount, memoryBytes, pods, ephemeralStorageBytes, otherNames, others);
            case MEMORY -> new ResourceVector(milliCpu, amount, pods, ephemeralStorageBytes, otherNames, others);
            case PODS -> new ResourceVector(milliCpu, memoryBytes, amount, ephemeralStorageBytes, otherNames, others);
            case EPHEMERAL_STORAGE -> new ResourceVector(milliCpu, memoryBytes, pods, amount, otherNames, others);
            default -> toBuilder().set(resource, amount).build();
        };
    }

    public Builder toBuilder() {
        Builder builder = new Builder();
        for (String name : names()) {
            builder.set(name, get(name));
        }
        return builder;
    }

    /** The amount of a resource, 0 when it isn't named. */
    public long get(String resource) {
        return switch (resource) {
            case CPU -> milliCpu;
            case MEMORY -> memoryBytes;
            case PODS -> pods;
            case EPHEMERAL_STORAGE -> ephemeralStorageBytes;
            default -> {
                int at = Arrays.binarySearch(otherNames, resource);
                yield at >= 0 ? others[at] : 0;
            }
        };
    }

    public long milliCpu() {
        return milliCpu;
    }

    public long memoryBytes() {
        return memoryBytes;
    }

    public long pods() {
        return pods;
    }

    public long ephemeralStorageBytes() {
        return ephemeralStorageBytes;
    }

    public ResourceVector plus(ResourceVector other) {
        return other.isZero() ? this : isZero() ? other : combine(other, ResourceVector::saturatingAdd);
    }

    public ResourceVector minus(ResourceVector other) {
        return other.isZero() ? this : combine(other, ResourceVector::saturatingSubtract);
    }

    /** This vector {@code count} times. */
    public ResourceVector times(long count) {
        return combine(this, (amount, same) -> saturatingMultiply(amount, count));
    }

    /** The larger amount of each resource; a missing one counts as 0. */
    public ResourceVector max(ResourceVector other) {
        return combine(other, Math::max);
    }

    /** The smaller amount of each resource; a missing one counts as 0. */
    public ResourceVector min(ResourceVector other) {
        return combine(other, Math::min);
    }

    /** This vector with negative amounts raised to 0. */
    public ResourceVector clampedAtZero() {
        return max(ZERO);
    }

    /**
     * Whether a request of this size fits: each amount is at most the available one. A request of 0 always fits, unless an
     * available amount is negative: on a node that is over-committed in any resource nothing fits.
     */
    public boolean fitsIn(ResourceVector available) {
        return !available.hasNegative() && isAtMost(available);
    }

    /** Whether no amount exceeds the other vector's. */
    public boolean isAtMost(ResourceVector other) {
        if (milliCpu > other.milliCpu
                || memoryBytes > other.memoryBytes
                || pods > other.pods
                || ephemeralStorageBytes > other.ephemeralStorageBytes) {
            return false;
        }
        for (int i = 0; i < others.length; i++) {
            if (others[i] > other.get(otherNames[i])) {
                return false;
            }
        }
        for (int i = 0; i < other.others.length; i++) {
            if (other.others[i] < 0 && get(other.otherNames[i]) > other.others[i]) {
                return false;
            }
        }
        return true;
    }

    public boolean hasNegative() {
        if (milliCpu < 0 || memoryBytes < 0 || pods < 0 || ephemeralStorageBytes < 0) {
            return true;
        }
        for (long amount : others) {
            if (amount < 0) {
                return true;
            }
        }
        return false;
    }

    /** Names of the resources with an amount that isn't 0, ascending. */
    public Set<String> names() {
        TreeSet<String> names = new TreeSet<>(Arrays.asList(otherNames));
        addIf(names, CPU, milliCpu);
        addIf(names, MEMORY, memoryBytes);
        addIf(names, PODS, pods);
        addIf(names, EPHEMERAL_STORAGE, ephemeralStorageBytes);
        return Collections.unmodifiableSortedSet(names);
    }

    private static void addIf(Set<String> names, String name, long amount) {
        if (amount != 0) {
            names.add(name);
        }
    }

    /** The amounts as canonical quantities, by name ascending, without those that are 0. */
    public Map<String, Quantity> quantities() {
        Map<String, Quantity> quantities = new TreeMap<>();
        for (String name : names()) {
            quantities.put(name, quantityOf(name, get(name)));
        }
        return Collections.unmodifiableMap(quantities);
    }

    public boolean isZero() {
        return milliCpu == 0 && memoryBytes == 0 && pods == 0 && ephemeralStorageBytes == 0 && others.length == 0;
    }

    private ResourceVector combine(ResourceVector other, LongBinaryOperator operator) {
        String[] names = NO_NAMES;
        long[] amounts = NO_AMOUNTS;
        if (others.length + other.others.length > 0) {
            names = new String[others.length + other.others.length];
            amounts = new long[names.length];
            int size = 0;
            int i = 0;
            int j = 0;
            while (i < others.length || j < other.others.length) {
                int order = i == others.length
                        ? 1
                        : j == other.others.length ? -1 : otherNames[i].compareTo(other.otherNames[j]);
                String name = order <= 0 ? otherNames[i] : other.otherNames[j];
                long left = order <= 0 ? others[i++] : 0;
                long right = order >= 0 ? other.others[j++] : 0;
                long amount = operator.applyAsLong(left, right);
                if (amount != 0) {
                    names[size] = name;
                    amounts[size++] = amount;
                }
            }
            names = Arrays.copyOf(names, size);
            amounts = Arrays.copyOf(amounts, size);
        }
        return new ResourceVector(
                operator.applyAsLong(milliCpu, other.milliCpu),
                operator.applyAsLong(memoryBytes, other.memoryBytes),
                operator.applyAsLong(pods, other.pods),
                operator.applyAsLong(ephemeralStorageBytes, other.ephemeralStorageBytes),
                names,
                amounts);
    }

    private static long saturatingAdd(long left, long right) {
        long sum = left + right;
        if (((left ^ sum) & (right ^ sum)) < 0) {
            return left < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return sum;
    }

    private static long saturatingSubtract(long left, long right) {
        long difference = left - right;
        if (((left ^ right) & (left ^ difference)) < 0) {
            return left < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return difference;
    }

    private static long saturatingMultiply(long left, long right) {
        long high = Math.multiplyHigh(left, right);
        long low = left * right;
        if ((high == 0 && low >= 0) || (high == -1 && low < 0)) {
            return low;
        }
        return (left < 0) == (right < 0) ? Long.MAX_VALUE : Long.MIN_VALUE;
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof ResourceVector other
                && milliCpu == other.milliCpu
                && memoryBytes == other.memoryBytes
                && pods == other.pods
                && ephemeralStorageBytes == other.ephemeralStorageBytes
                && Arrays.equals(otherNames, other.otherNames)
                && Arrays.equals(others, other.others);
    }

    @Override
    public int hashCode() {
        int hash = Long.hashCode(milliCpu);
        hash = 31 * hash + Long.hashCode(memoryBytes);
        hash = 31 * hash + Long.hashCode(pods);
        hash = 31 * hash + Long.hashCode(ephemeralStorageBytes);
        hash = 31 * hash + Arrays.hashCode(otherNames);
        return 31 * hash + Arrays.hashCode(others);
    }

    /** The quantities as upstream prints them in messages: {@code {"cpu":"100m","pods":"1"}}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        quantities()
                .forEach((name, quantity) -> text.append(text.length() > 1 ? "," : "")
                        .append('"')
                        .append(name)
                        .append("\":\"")
                        .append(quantity.text())
                        .append('"'));
        return text.append('}').toString();
    }

    /** Collects amounts; not for use by more than one thread. */
    public static final class Builder {
        private long milliCpu;
        private long memoryBytes;
        private long pods;
        private long ephemeralStorageBytes;
        private final TreeMap<String, Long> others = new TreeMap<>();

        private Builder() {}

        /** Sets an amount, replacing an earlier one. */
        public Builder set(String resource, long amount) {
            switch (resource) {
                case CPU -> milliCpu = amount;
                case MEMORY -> memoryBytes = amount;
                case PODS -> pods = amount;
                case EPHEMERAL_STORAGE -> ephemeralStorageBytes = amount;
                default -> {
                    if (amount == 0) {
                        others.remove(resource);
                    } else {
                        others.put(resource, amount);
                    }
                }
            }
            return this;
        }

        public ResourceVector build() {
            String[] names = others.keySet().toArray(NO_NAMES);
            long[] amounts = others.values().stream().mapToLong(Long::longValue).toArray();
            return new ResourceVector(milliCpu, memoryBytes, pods, ephemeralStorageBytes, names, amounts);
        }
    }
}
