package karpenter.core.scheduling;

/**
 * What a unit of each resource is worth, given what is sold and what is asked for.
 *
 * <p><b>Problem.</b> Machines are sold as bundles of cpu, memory and room for pods. To say whether a machine is well used one
 * needs a price for each resource, such that nothing on sale is worth more than it costs.
 *
 * <p><b>Method.</b> The dual of the linear program "buy, in fractions, the cheapest machines that together hold the demand":
 * maximise demand · y subject to capacity(t) · y ≤ price(t) for each machine t, and y ≥ 0. Its optimum is also the least that the
 * demand can cost, were pods divisible. Solved by the primal simplex method on a dense tableau, which starts feasible at y = 0; the
 * entering column is the one of largest gain, and Bland's rule takes over after many steps, so that it ends.
 *
 * <p><b>Complexity.</b> Machines × resources per step, about as many steps as resources.
 */
final class ResourcePrices {
    private static final double EPSILON = 1e-12;
    private static final int STEPS_BEFORE_BLAND = 64;

    private ResourcePrices() {}

    /**
     * Returns a price per unit of each resource; 0 for a resource that isn't asked for or that comes for free.
     *
     * @param capacities a row per machine, a column per resource
     * @param prices a positive one per machine
     * @param demand one amount per resource; each that is positive must be sold by some machine
     */
    static double[] of(long[][] capacities, double[] prices, double[] demand) {
        int columns = demand.length;
        int rows = prices.length;
        // Scaled so that each demand is 1; the last column is the right side, the last row the objective.
        double[][] tableau = new double[rows + 1][columns + 1];
        int[] basis = new int[rows];
        int[] outside = new int[columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                tableau[row][column] = demand[column] > 0 ? Math.max(0, capacities[row][column]) / demand[column] : 0;
            }
            tableau[row][columns] = prices[row];
            basis[row] = columns + row;
        }
        for (int column = 0; column < columns; column++) {
            outside[column] = column;
            tableau[rows][column] = demand[column] > 0 ? 1 : 0;
        }
        maximise(tableau, basis, outside);
        double[] result = new double[columns];
        for (int row = 0; row < rows; row++) {
            if (basis[row] < columns && demand[basis[row]] > 0) {
                result[basis[row]] = Math.max(0, tableau[row][columns]) / demand[basis[row]];
            }
        }
        return result;
    }

    private static void maximise(double[][] tableau, int[] basis, int[] outside) {
        int rows = basis.length;
        int columns = outside.length;
        int mostSteps = STEPS_BEFORE_BLAND + 20 * columns;
        for (int step = 0; step < mostSteps; step++) {
            int entering = entering(tableau[rows], outside, step >= STEPS_BEFORE_BLAND);
            if (entering < 0) {
                return;
            }
            int leaving = leaving(tableau, basis, entering, columns);
            if (leaving < 0) {
                return;
            }
            pivot(tableau, leaving, entering);
            int swap = basis[leaving];
            basis[leaving] = outside[entering];
            outside[entering] = swap;
        }
    }

    private static int entering(double[] objective, int[] outside, boolean bland) {
        int entering = -1;
        for (int column = 0; column < outside.length; column++) {
            if (objective[column] > EPSILON) {
                boolean better = entering < 0
                        || (bland ? outside[column] < outside[entering] : objective[column] > objective[entering]);
                entering = better ? column : entering;
            }
        }
        return entering;
    }

    private static int leaving(double[][] tableau, int[] basis, int entering, int rightSide) {
        int leaving = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int row = 0; row < basis.length; row++) {
            if (tableau[row][entering] > EPSILON) {
                double ratio = tableau[row][rightSide] / tableau[row][entering];
                if (ratio < least || (ratio == least && basis[row] < basis[leaving])) {
                    least = ratio;
                    leaving = row;
                }
            }
        }
        return leaving;
    }

    private static void pivot(double[][] tableau, int row, int column) {
        double[] pivotRow = tableau[row];
        double pivot = pivotRow[column];
        pivotRow[column] = 1;
        for (int j = 0; j < pivotRow.length; j++) {
            pivotRow[j] /= pivot;
        }
        for (int i = 0; i < tableau.length; i++) {
            double factor = tableau[i][column];
            if (i != row && factor != 0) {
                tableau[i][column] = 0;
                for (int j = 0; j < pivotRow.length; j++) {
                    tableau[i][j] -= factor * pivotRow[j];
                }
            }
        }
    }
}
