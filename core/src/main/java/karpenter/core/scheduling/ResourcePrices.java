package karpenter.core.scheduling;

/**
 * What a unit of each resource is worth, given what is sold and what is asked for.
 *
 * <p><b>Problem.</b> Machines are sold as bundles of cpu, memory and room for pods. To say whether a machine is well used one
 * needs a price for each resource, such that nothing on sale is worth more than it costs.
 *
 * <p><b>Method.</b> The dual of the linear program "buy, in fractions, the cheapest machines that together hold the demand":
 * maximise demand · y subject to capacity(t) · y ≤ price(t) for each machine t, and y ≥ 0 ({@link LinearProgram}). Its optimum is
 * also the least that the demand can cost, were pods divisible.
 *
 * <p><b>Complexity.</b> Machines × resources per step, about as many steps as resources.
 */
final class ResourcePrices {
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
        double[] asked = new double[columns];
        for (int column = 0; column < columns; column++) {
            asked[column] = demand[column] > 0 ? 1 : 0;
        }
        // Scaled so that each demand is 1.
        LinearProgram program = new LinearProgram(asked);
        for (int row = 0; row < prices.length; row++) {
            double[] scaled = new double[columns];
            for (int column = 0; column < columns; column++) {
                scaled[column] = demand[column] > 0 ? Math.max(0, capacities[row][column]) / demand[column] : 0;
            }
            program.atMost(scaled, prices[row]);
        }
        program.maximise();
        double[] result = program.values();
        for (int column = 0; column < columns; column++) {
            result[column] = demand[column] > 0 ? result[column] / demand[column] : 0;
        }
        return result;
    }
}
