package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A small linear program that grows: maximise c · y subject to a · y ≤ b for each constraint so far, and y ≥ 0, with b ≥ 0.
 *
 * <p><b>Method.</b> The simplex method on a condensed dense tableau. It starts feasible at y = 0. A constraint that is added later
 * is written in terms of the variables now outside the basis, and the dual simplex method repairs what it cuts off; after another
 * objective the primal one goes on from where it was. The entering column is the one of largest gain, and Bland's rule takes over
 * after many steps, so that it ends.
 *
 * <p><b>Complexity.</b> Constraints × variables per step.
 */
final class LinearProgram {
    private static final double EPSILON = 1e-9;
    private static final int STEPS_BEFORE_BLAND = 256;

    private final int variables;
    private final List<double[]> rows = new ArrayList<>();
    /** The last cell is the value, negated. */
    private double[] objective;

    /** What each column stands for: a variable, or from {@link #variables} on the slack of a constraint. */
    private final int[] outside;

    private int[] basis = new int[16];

    LinearProgram(double[] objective) {
        this.variables = objective.length;
        this.objective = Arrays.copyOf(objective, variables + 1);
        this.outside = new int[variables];
        for (int column = 0; column < variables; column++) {
            outside[column] = column;
        }
    }

    int constraints() {
        return rows.size();
    }

    /**
     * Adds a constraint.
     *
     * @param coefficients one per variable
     * @param bound not negative
     */
    void atMost(double[] coefficients, double bound) {
        double[] row = new double[variables + 1];
        row[variables] = bound;
        for (int column = 0; column < variables; column++) {
            row[column] = outside[column] < variables ? coefficients[outside[column]] : 0;
        }
        for (int basic = 0; basic < rows.size(); basic++) {
            double coefficient = basis[basic] < variables ? coefficients[basis[basic]] : 0;
            if (coefficient != 0) {
                subtract(row, coefficient, rows.get(basic));
            }
        }
        if (rows.size() == basis.length) {
            basis = Arrays.copyOf(basis, 2 * basis.length);
        }
        basis[rows.size()] = variables + rows.size();
        rows.add(row);
    }

    /** Replaces the objective. */
    void objective(double[] coefficients) {
        double[] fresh = new double[variables + 1];
        for (int column = 0; column < variables; column++) {
            fresh[column] = outside[column] < variables ? coefficients[outside[column]] : 0;
        }
        for (int basic = 0; basic < rows.size(); basic++) {
            double coefficient = basis[basic] < variables ? coefficients[basis[basic]] : 0;
            if (coefficient != 0) {
                subtract(fresh, coefficient, rows.get(basic));
            }
        }
        objective = fresh;
    }

    private static void subtract(double[] row, double factor, double[] other) {
        for (int i = 0; i < row.length; i++) {
            row[i] -= factor * other[i];
        }
    }

    /**
     * Goes to the optimum.
     *
     * @return the steps it took; negative when it gave up, where the values may then not be feasible
     */
    int maximise() {
        int most = STEPS_BEFORE_BLAND + 40 * (variables + rows.size());
        for (int step = 0; step < most; step++) {
            boolean bland = step >= STEPS_BEFORE_BLAND;
            int cut = mostViolated();
            int entering = cut < 0 ? improving(bland) : repairing(cut);
            if (entering < 0) {
                return cut < 0 ? step : -1;
            }
            int leaving = cut < 0 ? leaving(entering) : cut;
            if (leaving < 0) {
                return -1;
            }
            pivot(leaving, entering);
        }
        return -1;
    }

    private int mostViolated() {
        int most = -1;
        double least = -EPSILON;
        for (int row = 0; row < rows.size(); row++) {
            double bound = rows.get(row)[variables];
            if (bound < least) {
                least = bound;
                most = row;
            }
        }
        return most;
    }

    private int improving(boolean bland) {
        int entering = -1;
        for (int column = 0; column < variables; column++) {
            if (objective[column] > EPSILON) {
                boolean better = entering < 0
                        || (bland ? outside[column] < outside[entering] : objective[column] > objective[entering]);
                entering = better ? column : entering;
            }
        }
        return entering;
    }

    private int repairing(int cut) {
        double[] row = rows.get(cut);
        int entering = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int column = 0; column < variables; column++) {
            if (row[column] < -EPSILON) {
                double ratio = Math.min(0, objective[column]) / row[column];
                if (ratio < least || (ratio == least && outside[column] < outside[entering])) {
                    least = ratio;
                    entering = column;
                }
            }
        }
        return entering;
    }

    private int leaving(int entering) {
        int leaving = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int row = 0; row < rows.size(); row++) {
            double[] cells = rows.get(row);
            if (cells[entering] > EPSILON) {
                double ratio = cells[variables] / cells[entering];
                if (ratio < least || (ratio == least && basis[row] < basis[leaving])) {
                    least = ratio;
                    leaving = row;
                }
            }
        }
        return leaving;
    }

    private void pivot(int leaving, int entering) {
        double[] pivotRow = rows.get(leaving);
        double pivot = pivotRow[entering];
        pivotRow[entering] = 1;
        for (int i = 0; i < pivotRow.length; i++) {
            pivotRow[i] /= pivot;
        }
        for (int row = 0; row < rows.size(); row++) {
            if (row != leaving) {
                eliminate(rows.get(row), entering, pivotRow);
            }
        }
        eliminate(objective, entering, pivotRow);
        int swap = basis[leaving];
        basis[leaving] = outside[entering];
        outside[entering] = swap;
    }

    private static void eliminate(double[] row, int column, double[] pivotRow) {
        double factor = row[column];
        if (factor != 0) {
            row[column] = 0;
            subtract(row, factor, pivotRow);
        }
    }

    /** Of each variable, never negative. */
    double[] values() {
        double[] values = new double[variables];
        for (int row = 0; row < rows.size(); row++) {
            if (basis[row] < variables) {
                values[basis[row]] = Math.max(0, rows.get(row)[variables]);
            }
        }
        return values;
    }

    /** What relaxing each constraint by one would gain, in the order of adding: the solution of the dual program. */
    double[] multipliers() {
        double[] multipliers = new double[rows.size()];
        for (int column = 0; column < variables; column++) {
            if (outside[column] >= variables) {
                multipliers[outside[column] - variables] = Math.max(0, -objective[column]);
            }
        }
        return multipliers;
    }
}
