package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What amounts are worth where each kind of machine has resource prices of its own: the least that any of these prices say.
 *
 * <p><b>Problem.</b> One set of prices for all machines takes it that what is free may be added up, whichever machine has it. But a pod
 * needs all of its resources on one machine: where some kinds run out of memory and others of places, small pods go well with the
 * one and not with the other, and the sum says that pods fit where they don't, cut up or not.
 *
 * <p><b>Method.</b> f(v) = min over k of λ(k) · v, with λ(k) not negative. Amounts are worth no more apart than together, and pods
 * no more than the machine that holds them. So what pods are worth is a resource, of which each machine holds what its own amounts are
 * worth, whatever the λ: a dual feasible function with several resources (Alves, Clautiaux, de Carvalho, Rietz: "Dual-Feasible
 * Functions for Integer Programming and Combinatorial Optimization", 2016). The λ that say most are dual to "cut pods up, and put the
 * parts onto fractions of machines so that each machine holds its own". They come from a linear program over groups of pods that ask
 * for resources in about the same ratio, as only the ratio counts where pods may be cut up. A kind of machine that has none of a
 * resource asks so much for it that pods which need it are worth no less there than elsewhere. How well the program was solved, and how
 * alike the pods of a group are, bears on how much the function says, never on its being right.
 *
 * <p><b>Complexity.</b> A linear program with a variable per group and per resource of each kind, a constraint per group and kind.
 */
final class DualFeasibleFunction {
    /** The finer, the higher the bound: with 32 instead of 64 by up to 0.1 %, in a quarter of the time. */
    private static final int MOST_GROUPS = 48;

    private static final int MOST_ROUNDS = 6;

    /** Kinds of machines that are worth this share of what they cost, at the same prices for all, are likely to matter. */
    private static final double NEAR = 0.9;

    /** Close enough to the optimum. */
    private static final double CLOSE = 2e-4;

    /** Constraints of the linear program are off by so little, each by more or less, lest many steps lead nowhere. */
    private static final double OFF = 1e-7;

    private static final int DIFFERENT = 97;

    /**
     * What a kind has none of costs there so many times what groups are worth for each unit, as a pod may ask for less of it than the
     * others of its group.
     */
    private static final double PROHIBITIVE = 100;

    private final double[][] prices;

    /** @param prices a row per kind of machine, one or more; a column per resource; not negative, not copied */
    DualFeasibleFunction(double[][] prices) {
        this.prices = prices;
    }

    /** A row per kind of machine, a column per resource; not to be written to. */
    double[][] prices() {
        return prices;
    }

    /** The prices at which amounts, a column each and not negative, are worth least; not to be written to. */
    double[] pricesAt(double[] amounts) {
        double[] best = prices[0];
        double least = Double.POSITIVE_INFINITY;
        for (double[] row : prices) {
            double worth = Covering.worth(row, amounts);
            if (worth < least) {
                least = worth;
                best = row;
            }
        }
        return best;
    }

    /** What amounts, a column each and not negative, are worth. */
    double of(double[] amounts) {
        return Covering.worth(pricesAt(amounts), amounts);
    }

    /**
     * The function at which pods are worth most and no machine is worth more than it costs, nearly.
     *
     * @param groups see {@link #groups}
     * @param machines what each holds, a row each, a column per resource; not negative
     * @param costs of each machine; positive
     */
    static DualFeasibleFunction best(double[][] groups, double[][] machines, double[] costs) {
        int[] frontier = frontier(machines, costs);
        double[][] capacities =
                Arrays.stream(frontier).mapToObj(at -> machines[at]).toArray(double[][]::new);
        double[] limits = Arrays.stream(frontier).mapToDouble(at -> costs[at]).toArray();
        double[] everything = new double[machines[0].length];
        for (double[] group : groups) {
            for (int column = 0; column < everything.length; column++) {
                everything[column] += group[column];
            }
        }
        List<WholeNodes.Machine> sold = new ArrayList<>();
        for (int kind = 0; kind < limits.length; kind++) {
            sold.add(new WholeNodes.Machine(limits[kind], capacities[kind]));
        }
        double[] common = Covering.prices(sold, everything);
        double unit = Covering.worth(common, everything);
        DualFeasibleFunction function = new DualFeasibleFunction(new double[][] {common});
        List<Integer> kinds = new ArrayList<>();
        // Kinds join as the prices of those so far say that they are worth more than they cost.
        boolean more = unit > 0 && join(kinds, function, capacities, limits, NEAR);
        for (int round = 0; more && round < MOST_ROUNDS; round++) {
            double[] weights =
                    kinds.stream().mapToDouble(kind -> limits[kind] / unit).toArray();
            double[][] chosen = kinds.stream().map(kind -> capacities[kind]).toArray(double[][]::new);
            double[][] found = solve(groups, chosen, weights, false);
            if (found == null) {
                break;
            }
            for (double[] row : found) {
                for (int column = 0; column < row.length; column++) {
                    row[column] *= unit;
                }
            }
            function = new DualFeasibleFunction(found);
            more = join(kinds, function, capacities, limits, 1 + CLOSE);
        }
        return function;
    }

    /** Adds kinds that are worth more than this share of what they cost; whether there were any. */
    private static boolean join(
            List<Integer> kinds, DualFeasibleFunction function, double[][] capacities, double[] costs, double share) {
        int before = kinds.size();
        for (int kind = 0; kind < costs.length; kind++) {
            if (!kinds.contains(kind) && function.of(capacities[kind]) > costs[kind] * share) {
                kinds.add(kind);
            }
        }
        return kinds.size() > before;
    }

    /**
     * The function at which pods are worth most and these machines together no more than 1, nearly; null when none is found. If pods
     * are worth more than the machines, they don't fit them.
     *
     * @param groups see {@link #groups}
     * @param machines what each holds, a row each, a column per resource; not negative
     */
    static @Nullable DualFeasibleFunction within(double[][] groups, double[][] machines) {
        Map<List<Double>, Integer> counts = new LinkedHashMap<>();
        for (double[] machine : machines) {
            counts.merge(Arrays.stream(machine).boxed().toList(), 1, Integer::sum);
        }
        double[][] kinds = counts.keySet().stream()
                .map(kind -> kind.stream().mapToDouble(Double::doubleValue).toArray())
                .toArray(double[][]::new);
        double[] weights =
                counts.values().stream().mapToDouble(count -> 1.0 / count).toArray();
        double[][] prices = solve(groups, kinds, weights, true);
        return prices == null ? null : new DualFeasibleFunction(prices);
    }

    /**
     * Prices at which the groups are worth most, a row per kind of machine; null when none are found.
     *
     * @param weights what one machine of each kind may be worth at most; if {@code together}, the inverse of how many there are
     * @param together whether all machines may be worth 1, rather than each its weight
     */
    private static double @Nullable [][] solve(
            double[][] groups, double[][] capacities, double[] weights, boolean together) {
        int kinds = capacities.length;
        int columns = capacities[0].length;
        // The worth of each group, then what share of its weight each resource of each kind is worth.
        int variables = groups.length + kinds * columns;
        double[] objective = new double[variables];
        Arrays.fill(objective, 0, groups.length, 1);
        LinearProgram program = new LinearProgram(objective);
        int step = together ? kinds * columns : columns;
        for (int from = groups.length; from < variables; from += step) {
            double[] row = new double[variables];
            Arrays.fill(row, from, from + step, 1);
            program.atMost(row, 1);
        }
        for (int group = 0; group < groups.length; group++) {
            for (int kind = 0; kind < kinds; kind++) {
                double[] row = new double[variables];
                row[group] = 1;
                boolean fits = true;
                for (int column = 0; column < columns; column++) {
                    double capacity = capacities[kind][column];
                    double amount = groups[group][column];
                    fits &= amount <= 0 || capacity > 0;
                    row[groups.length + kind * columns + column] =
                            capacity > 0 ? -amount / capacity * weights[kind] : 0;
                }
                if (fits) {
                    double part = (double) ((group * kinds + kind) * 31 % DIFFERENT) / DIFFERENT;
                    program.atMost(row, OFF * (1 + part));
                }
            }
        }
        if (program.maximise() < 0) {
            return null;
        }
        double[] values = program.values();
        double[] prohibitive = prohibitive(groups, values, columns);
        double[][] prices = new double[kinds][columns];
        for (int kind = 0; kind < kinds; kind++) {
            for (int column = 0; column < columns; column++) {
                double capacity = capacities[kind][column];
                double share = values[groups.length + kind * columns + column];
                prices[kind][column] = capacity > 0 ? share * weights[kind] / capacity : prohibitive[column];
            }
        }
        return prices;
    }

    /**
     * Prices, a column each, at which no group that asks for the resource is worth less than elsewhere: those of a kind of machine that
     * has none of it, whose own worth they don't raise.
     *
     * @param values of each group, and maybe more
     */
    private static double[] prohibitive(double[][] groups, double[] values, int columns) {
        double[] prices = new double[columns];
        for (int group = 0; group < groups.length; group++) {
            for (int column = 0; column < columns; column++) {
                if (groups[group][column] > 0) {
                    prices[column] = Math.max(prices[column], PROHIBITIVE * values[group] / groups[group][column]);
                }
            }
        }
        return prices;
    }

    /** Machines that no other exceeds per dollar in each resource. */
    private static int[] frontier(double[][] machines, double[] costs) {
        List<Integer> frontier = new ArrayList<>();
        for (int machine = 0; machine < costs.length; machine++) {
            int at = machine;
            if (frontier.stream().noneMatch(known -> isAtLeastPerDollar(machines, costs, known, at))) {
                frontier.removeIf(known -> isAtLeastPerDollar(machines, costs, at, known));
                frontier.add(machine);
            }
        }
        return frontier.stream().mapToInt(Integer::intValue).toArray();
    }

    private static boolean isAtLeastPerDollar(double[][] machines, double[] costs, int one, int other) {
        for (int column = 0; column < machines[one].length; column++) {
            if (machines[one][column] * costs[other] < machines[other][column] * costs[one]) {
                return false;
            }
        }
        return true;
    }

    /** Pods of one size: what they ask for together, and which share of what one of them is made of each resource has. */
    private static final class Size {
        private final double[] amounts;
        private final double[] shares;

        Size(double[] amounts, double[] shares) {
            this.amounts = amounts;
            this.shares = shares;
        }
    }

    /**
     * What pods ask for together that ask for the same resources, and for these in about the same ratio, a row per group, a column per
     * resource. Those that don't ask for a resource go on machines that have none of it, where the others don't.
     *
     * @param pods what the pods of a size ask for together, one or more; a column per resource
     */
    static double[][] groups(List<double[]> pods, int columns) {
        double[] total = sum(pods, columns);
        Map<BitSet, List<Size>> byResources = new LinkedHashMap<>();
        for (double[] amounts : pods) {
            double[] shares = new double[columns];
            double sum = 0;
            BitSet resources = new BitSet();
            for (int column = 0; column < columns; column++) {
                resources.set(column, amounts[column] > 0);
                shares[column] = total[column] > 0 ? amounts[column] / total[column] : 0;
                sum += shares[column];
            }
            for (int column = 0; column < columns; column++) {
                shares[column] = sum > 0 ? shares[column] / sum : 0;
            }
            byResources.computeIfAbsent(resources, fresh -> new ArrayList<>()).add(new Size(amounts, shares));
        }
        List<double[]> groups = new ArrayList<>();
        for (List<Size> sizes : byResources.values()) {
            split(sizes, Math.max(1, MOST_GROUPS / byResources.size()), columns, groups);
        }
        return groups.toArray(double[][]::new);
    }

    /** Halves them, where they differ most, into so many groups. */
    private static void split(List<Size> sizes, int most, int columns, List<double[]> groups) {
        int widest = 0;
        double width = 0;
        for (int column = 0; column < columns; column++) {
            int at = column;
            double[] shares =
                    sizes.stream().mapToDouble(size -> size.shares[at]).sorted().toArray();
            double each = shares[shares.length - 1] - shares[0];
            if (each > width) {
                width = each;
                widest = column;
            }
        }
        if (most == 1 || width < CLOSE) {
            groups.add(sum(sizes.stream().map(size -> size.amounts).toList(), columns));
            return;
        }
        int at = widest;
        List<Size> sorted = new ArrayList<>(sizes);
        sorted.sort(Comparator.comparingDouble(size -> size.shares[at]));
        int middle = sorted.size() / 2;
        split(sorted.subList(0, middle), most / 2, columns, groups);
        split(sorted.subList(middle, sorted.size()), most - most / 2, columns, groups);
    }

    private static double[] sum(List<double[]> amounts, int columns) {
        double[] sum = new double[columns];
        for (double[] each : amounts) {
            for (int column = 0; column < columns; column++) {
                sum[column] += each[column];
            }
        }
        return sum;
    }
}
