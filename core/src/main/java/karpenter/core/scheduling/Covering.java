package karpenter.core.scheduling;

import java.util.List;

/**
 * The linear program over machines that may be bought in fractions: to hold a demand at the least price, within limits.
 *
 * <p><b>Method.</b> Its dual is solved, with each cell in units of what is asked of it, so that amounts of all sizes are alike.
 */
final class Covering {
    private static final double[] NO_LIMITS = {};

    private Covering() {}

    /** The prices for a unit of each cell at which a demand is worth most, and no machine more than it costs. */
    static double[] prices(List<WholeNodes.Machine> machines, double[] demand) {
        return prices(machines, demand, NO_LIMITS);
    }

    /**
     * The same within limits. The prices are lowered until no machine is worth more than it costs, so that what they say holds
     * whatever was computed.
     *
     * @param demand a cell each; what isn't positive is not asked for
     * @return prices for a unit of each cell of demand, then for a unit of each limit
     */
    static double[] prices(List<WholeNodes.Machine> machines, double[] demand, double[] limit) {
        double[] prices = solved(machines, demand, limit).values();
        for (int cell = 0; cell < prices.length; cell++) {
            prices[cell] = isWanted(demand, cell) ? prices[cell] / unit(demand, limit, cell) : 0;
        }
        double factor = 1;
        for (WholeNodes.Machine machine : machines) {
            double worth = 0;
            double charge = 0;
            for (int cell = 0; cell < prices.length; cell++) {
                worth += cell < demand.length ? prices[cell] * machine.holds()[cell] : 0;
                charge -= cell < demand.length ? 0 : prices[cell] * machine.holds()[cell];
            }
            if (worth > machine.price() + charge) {
                factor = Math.min(factor, (machine.price() + charge) / worth);
            }
        }
        for (int cell = 0; cell < demand.length; cell++) {
            prices[cell] *= factor;
        }
        return prices;
    }

    /** How many of each machine hold a demand at the least price. */
    static double[] fractions(List<WholeNodes.Machine> machines, double[] demand) {
        return solved(machines, demand, NO_LIMITS).multipliers();
    }

    /** What amounts are worth, a cell each; those that are negative are worth nothing. */
    static double worth(double[] prices, double[] amounts) {
        double worth = 0;
        for (int cell = 0; cell < prices.length; cell++) {
            worth += prices[cell] * Math.max(0, amounts[cell]);
        }
        return worth;
    }

    private static LinearProgram solved(List<WholeNodes.Machine> machines, double[] demand, double[] limit) {
        double[] objective = new double[demand.length + limit.length];
        double[] units = new double[objective.length];
        for (int cell = 0; cell < objective.length; cell++) {
            units[cell] = unit(demand, limit, cell);
            objective[cell] = cell < demand.length
                    ? Math.max(0, demand[cell]) / units[cell]
                    : -limit[cell - demand.length] / units[cell];
        }
        LinearProgram program = new LinearProgram(objective);
        for (WholeNodes.Machine machine : machines) {
            double[] holds = new double[objective.length];
            for (int cell = 0; cell < holds.length; cell++) {
                holds[cell] = isWanted(demand, cell) ? machine.holds()[cell] / units[cell] : 0;
            }
            program.atMost(holds, machine.price());
        }
        program.maximise();
        return program;
    }

    private static double unit(double[] demand, double[] limit, int cell) {
        return Math.max(1, cell < demand.length ? demand[cell] : limit[cell - demand.length]);
    }

    private static boolean isWanted(double[] demand, int cell) {
        return cell >= demand.length || demand[cell] > 0;
    }
}
