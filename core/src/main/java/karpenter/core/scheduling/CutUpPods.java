package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pods that may be cut up, and whether machines can hold them even so.
 *
 * <p><b>Method.</b> What pods are worth by a {@link DualFeasibleFunction} is one more cell of demand, of which each machine holds what
 * its own amounts are worth. Where a set of machines covers all cells so far but can't hold the pods, there is a function by which the
 * pods are worth more than the set: one more cell, which rules out this set and many like it.
 */
final class CutUpPods {
    private final List<double[]> pods;
    private final int columns;
    private final double[][] groups;

    /** @param pods what the pods of each size ask for together, one or more; a column each */
    CutUpPods(List<double[]> pods, int columns) {
        this.pods = pods;
        this.columns = columns;
        this.groups = DualFeasibleFunction.groups(pods, columns);
    }

    /** The function by which they are worth most while no machine is worth more than it costs, nearly. */
    DualFeasibleFunction worthMost(List<WholeNodes.Machine> machines) {
        double[] prices =
                machines.stream().mapToDouble(WholeNodes.Machine::price).toArray();
        return DualFeasibleFunction.best(groups, capacities(machines), prices);
    }

    /** A function by which they are worth more than the machines that should hold them; null when none is found, as for no machines. */
    @Nullable
    DualFeasibleFunction exceeding(List<WholeNodes.Machine> fleet) {
        if (fleet.isEmpty()) {
            return null;
        }
        double[][] holds = capacities(fleet);
        DualFeasibleFunction worth = DualFeasibleFunction.within(groups, holds);
        return worth != null
                        && of(worth)
                                > Arrays.stream(holds).mapToDouble(worth::of).sum() * (1 + Draft.TIE)
                ? worth
                : null;
    }

    private double of(DualFeasibleFunction worth) {
        return pods.stream().mapToDouble(worth::of).sum();
    }

    /** The demand with their worth in a cell more; a little less of it, so that what fits exactly does so whatever the rounding. */
    double[] withWorth(double[] demand, DualFeasibleFunction worth) {
        double[] with = Arrays.copyOf(demand, demand.length + 1);
        with[demand.length] = of(worth) * (1 - Draft.TIE);
        return with;
    }

    /**
     * The machines with what they hold of it in that cell.
     *
     * @param cell the number of cells of demand so far
     */
    List<WholeNodes.Machine> withWorth(List<WholeNodes.Machine> machines, DualFeasibleFunction worth, int cell) {
        List<WholeNodes.Machine> result = new ArrayList<>(machines.size());
        for (WholeNodes.Machine machine : machines) {
            double[] before = machine.holds();
            double[] after = new double[before.length + 1];
            System.arraycopy(before, 0, after, 0, cell);
            after[cell] = worth.of(Arrays.copyOf(before, columns));
            System.arraycopy(before, cell, after, cell + 1, before.length - cell);
            result.add(new WholeNodes.Machine(machine.price(), after));
        }
        return result;
    }

    /** What each machine holds of all pods. */
    private double[][] capacities(List<WholeNodes.Machine> machines) {
        return machines.stream()
                .map(machine -> Arrays.copyOf(machine.holds(), columns))
                .toArray(double[][]::new);
    }
}
