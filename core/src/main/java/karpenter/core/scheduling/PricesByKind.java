package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What pods left are worth, and resources on each kind of machine, where kinds have prices of their own.
 *
 * <p><b>Method.</b> By the {@link DualFeasibleFunction} at which the pods left are worth most. As no kind of machine is worth more than it
 * costs, and those that the optimum buys are worth just that, a node holds what it costs when it is filled with pods that are worth
 * nowhere less than on its kind. The function holds good until the mix of the pods left has changed, so it is found anew seldom.
 *
 * <p><b>Complexity.</b> See there; else pods × kinds each time.
 */
final class PricesByKind {
    /** The function is found anew when the pods left are worth this share of what they were. */
    private static final double AGAIN = 0.6;

    /** Pods that are worth so little less elsewhere count as going well with a kind. */
    private static final double TIED = 1.005;

    private final Demand demand;
    private final int columns;
    private final double[][] capacities;
    private final double[] costs;
    private DualFeasibleFunction function;
    private double worthWhenFound;
    /** By prices: what pods ask for that go well with the kinds that have these. */
    private final IdentityHashMap<double[], double[]> asked = new IdentityHashMap<>();

    /** @param candidates one or more */
    PricesByKind(Demand demand, List<Market.Candidate> candidates) {
        this.demand = demand;
        this.columns = demand.columns();
        this.capacities = candidates.stream()
                .map(candidate -> positive(candidate.variant().free()))
                .toArray(double[][]::new);
        this.costs = candidates.stream().mapToDouble(Market.Candidate::price).toArray();
        this.function = new DualFeasibleFunction(new double[1][columns]);
    }

    private static double[] positive(long[] amounts) {
        return Arrays.stream(amounts).mapToDouble(amount -> Math.max(0, amount)).toArray();
    }

    /** Finds prices anew for the pods left; writes what a pod of each item with pods left is worth. */
    void reprice(double[] worth) {
        List<double[]> pods = new ArrayList<>();
        double total = 0;
        int[] present = demand.present();
        for (int i = 0; i < demand.presentItems(); i++) {
            if (demand.left(present[i]) > 0) {
                double[] amounts = amounts(present[i], demand.left(present[i]));
                pods.add(amounts);
                total += function.of(amounts);
            }
        }
        if (!pods.isEmpty() && total <= AGAIN * worthWhenFound) {
            function = DualFeasibleFunction.best(DualFeasibleFunction.groups(pods, columns), capacities, costs);
            worthWhenFound = pods.stream().mapToDouble(function::of).sum();
        }
        asked.clear();
        for (int i = 0; i < demand.presentItems(); i++) {
            int item = present[i];
            double[] one = amounts(item, 1);
            worth[item] = function.of(one);
            for (double[] prices : function.prices()) {
                if (demand.left(item) > 0 && Covering.worth(prices, one) <= worth[item] * TIED) {
                    double[] sum = asked.computeIfAbsent(prices, fresh -> new double[columns]);
                    for (int column = 0; column < columns; column++) {
                        sum[column] += one[column] * demand.left(item);
                    }
                }
            }
        }
    }

    private double[] amounts(int item, int pods) {
        double[] amounts = new double[columns];
        for (int column = 0; column < columns; column++) {
            amounts[column] = (double) demand.amounts()[item * columns + column] * pods;
        }
        return amounts;
    }

    /** Of resources on a kind of machine with so much free, a column each; not to be written to. */
    double[] of(long[] free) {
        return function.pricesAt(positive(free));
    }

    /** What pods left ask for that go well with kinds of machines at these prices; null when there are none. Not to be written to. */
    double @Nullable [] asked(double[] prices) {
        return asked.get(prices);
    }
}
