package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The most valuable pods for one machine.
 *
 * <p><b>Problem.</b> Given a value per pod, fill a machine with several resources: what pattern generation asks for each kind of
 * machine.
 *
 * <p><b>Method.</b> Depth-first over how many pods of each item are taken, most first, items by value per weight. Weights come from
 * prices of resources, so that all resources together are one capacity; filled in fractions, it bounds what the rest can add. When
 * the budget ends, the bound of the whole remains.
 *
 * <p><b>Complexity.</b> Exponential at worst, hence the budget.
 */
final class Knapsack {
    private static final double TINY = 1e-12;

    private final Demand demand;
    private final int columns;
    private final long[] amounts;

    private int[] items = {};
    private int[] most = {};
    private double[] values = {};
    private double[] weights = {};
    private int[] taken = {};
    private int[] best = {};
    private long[] free = {};
    private double bestValue;
    private double upper;
    private double enough;
    private long steps;
    private long budget;

    Knapsack(Demand demand) {
        this.demand = demand;
        this.columns = demand.columns();
        this.amounts = demand.amounts();
    }

    /**
     * Looks for pods worth more than {@code floor}.
     *
     * @param open items that may use the machine, ascending
     * @param value of one pod of each item
     * @param prices of a unit of each resource, for the bound
     * @param mostSteps budget
     * @return whether there can be any, as far as is known
     */
    boolean solve(long[] machine, int[] open, double[] value, double[] prices, double floor, long mostSteps) {
        prepare(machine, open, value, prices);
        double capacity = 0;
        for (int column = 0; column < columns; column++) {
            capacity += prices[column] * Math.max(0, machine[column]);
        }
        free = machine.clone();
        bestValue = floor;
        enough = floor;
        Arrays.fill(best, 0);
        steps = 0;
        budget = mostSteps;
        double whole = fraction(0, capacity);
        if (whole > floor) {
            descend(0, 0, capacity);
        }
        upper = steps > budget ? whole : Math.min(whole, bestValue);
        return whole > floor;
    }

    private void prepare(long[] machine, int[] open, double[] value, double[] prices) {
        double[] weight = new double[value.length];
        List<Integer> order = new ArrayList<>();
        for (int item : open) {
            double sum = 0;
            for (int column = 0; column < columns; column++) {
                sum += prices[column] * amounts[item * columns + column];
            }
            weight[item] = Math.max(TINY, sum);
            if (value[item] > TINY && demand.left(item) > 0 && ResourceColumns.fits(row(item), machine, 0)) {
                order.add(item);
            }
        }
        order.sort(Comparator.comparingDouble((Integer item) -> value[item] / weight[item])
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
        int count = order.size();
        items = new int[count];
        most = new int[count];
        values = new double[count];
        weights = new double[count];
        taken = new int[count];
        best = new int[count];
        for (int i = 0; i < count; i++) {
            int item = order.get(i);
            items[i] = item;
            values[i] = value[item];
            weights[i] = weight[item];
            most[i] = ResourceColumns.timesFits(row(item), machine, demand.left(item));
        }
    }

    private long[] row(int item) {
        return Arrays.copyOfRange(amounts, item * columns, (item + 1) * columns);
    }

    /** What items from this one on can add at most in so much capacity. */
    private double fraction(int from, double capacity) {
        double left = capacity;
        double value = 0;
        for (int i = from; i < items.length && left > 0; i++) {
            steps++;
            double count = Math.min(most[i], left / weights[i]);
            value += count * values[i];
            left -= count * weights[i];
        }
        return value;
    }

    private void descend(int at, double value, double capacity) {
        if (value > bestValue + TINY) {
            bestValue = value;
            best = taken.clone();
        }
        if (at == items.length || steps > budget) {
            return;
        }
        int offset = items[at] * columns;
        int count = most[at];
        for (int column = 0; column < columns; column++) {
            long amount = amounts[offset + column];
            if (amount > 0) {
                count = (int) Math.min(count, free[column] / amount);
            }
        }
        for (int take = count; take >= 0; take--) {
            double valueThen = value + take * values[at];
            double capacityThen = capacity - take * weights[at];
            if (valueThen + fraction(at + 1, capacityThen) <= bestValue * (1 + TINY) + TINY) {
                // Fewer of this item leave room for others that are worth no more for their weight.
                break;
            }
            use(offset, take);
            taken[at] = take;
            descend(at + 1, valueThen, capacityThen);
            taken[at] = 0;
            use(offset, -take);
            if (steps > budget) {
                return;
            }
        }
    }

    private void use(int offset, int count) {
        for (int column = 0; column < columns; column++) {
            free[column] -= count * amounts[offset + column];
        }
    }

    /** What any pods for the machine are worth at most; at least the floor. */
    double upper() {
        return upper;
    }

    /** Steps that the last search took. */
    long steps() {
        return steps;
    }

    /** Whether pods worth more than the floor were found. */
    boolean found() {
        return bestValue > enough;
    }

    /** What was found, an entry per pod: its item. */
    int[] pods() {
        int size = Arrays.stream(best).sum();
        int[] pods = new int[size];
        int at = 0;
        for (int i = 0; i < best.length; i++) {
            Arrays.fill(pods, at, at + best[i], items[i]);
            at += best[i];
        }
        return pods;
    }
}
