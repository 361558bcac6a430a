package karpenter.core.scheduling;

import static karpenter.core.resource.ResourceVector.CPU;
import static karpenter.core.resource.ResourceVector.MEMORY;
import static karpenter.core.resource.ResourceVector.PODS;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import karpenter.core.resource.ResourceVector;

/**
 * The resources that bear on one pass, each with a column: cpu, memory, pods, then the others that some pod asks for, by name.
 * Amounts in columns are what the inner loops work on; a resource that nobody asks for has no column and limits nothing.
 */
final class ResourceColumns {
    /** Of room for pods, of which each pod takes one. */
    static final int PODS_COLUMN = 2;

    private final List<String> names;

    private ResourceColumns(List<String> names) {
        this.names = List.copyOf(names);
    }

    static ResourceColumns of(Iterable<ResourceVector> requests) {
        TreeSet<String> others = new TreeSet<>();
        for (ResourceVector request : requests) {
            ResourceVector rest = request.with(CPU, 0).with(MEMORY, 0).with(PODS, 0);
            if (!rest.isZero()) {
                others.addAll(rest.names());
            }
        }
        List<String> names = new ArrayList<>(List.of(CPU, MEMORY, PODS));
        names.addAll(others);
        return new ResourceColumns(names);
    }

    int count() {
        return names.size();
    }

    String name(int column) {
        return names.get(column);
    }

    /** One amount for each column. */
    long[] amounts(ResourceVector vector) {
        long[] amounts = new long[names.size()];
        for (int column = 0; column < amounts.length; column++) {
            amounts[column] = vector.get(names.get(column));
        }
        return amounts;
    }

    /** What is free when these are the totals: all below 0 when any resource is over-committed, as nothing fits then. */
    long[] free(ResourceVector left) {
        long[] amounts = amounts(left);
        if (left.hasNegative()) {
            java.util.Arrays.fill(amounts, -1);
        }
        return amounts;
    }

    /** Whether the amounts fit into the row that starts at {@code offset} of a row-major table. */
    static boolean fits(long[] amounts, long[] table, int offset) {
        for (int column = 0; column < amounts.length; column++) {
            if (amounts[column] > table[offset + column]) {
                return false;
            }
        }
        return true;
    }

    /** How many times the amounts fit, at most {@code most}. */
    static int timesFits(long[] amounts, long[] free, int most) {
        long times = most;
        for (int column = 0; column < amounts.length; column++) {
            if (amounts[column] > 0) {
                times = Math.min(times, Math.max(0, free[column]) / amounts[column]);
            } else if (free[column] < 0) {
                return 0;
            }
        }
        return (int) times;
    }
}
