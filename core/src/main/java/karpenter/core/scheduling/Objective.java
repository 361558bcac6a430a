package karpenter.core.scheduling;

/**
 * What is made small: the sum over new nodes of the price and a cost per node. A Spot node that leaves the provider few types to
 * choose from counts as dearer than it is, so that it is planned only where flexibility would cost more.
 *
 * @param nodeCostPerHourUsd what a node costs beyond its price; not negative
 * @param leastSpotTypes how many types a Spot node should leave to choose from
 * @param spotSlack how much of its price the flexibility of a Spot node may cost, for example 0.1
 */
public record Objective(double nodeCostPerHourUsd, int leastSpotTypes, double spotSlack) {
    /** Fewer types than this, and Spot capacity is neither cheap nor safe for long. */
    public static final int LEAST_SPOT_TYPES = 15;

    public static final double SPOT_SLACK = 0.1;

    /** The price, with the usual flexibility of Spot nodes. */
    public static final Objective PRICE = new Objective(0, LEAST_SPOT_TYPES, SPOT_SLACK);

    public Objective {
        if (!(nodeCostPerHourUsd >= 0 && nodeCostPerHourUsd < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("nodeCostPerHourUsd must not be negative, not " + nodeCostPerHourUsd);
        }
        if (!(spotSlack >= 0 && spotSlack < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("spotSlack must not be negative, not " + spotSlack);
        }
    }

    /** The usual flexibility of Spot nodes, and a cost per node. */
    public static Objective withNodeCost(double perHourUsd) {
        return new Objective(perHourUsd, LEAST_SPOT_TYPES, SPOT_SLACK);
    }

    /** What counts for a node of this price, so many types of which hold its pods. */
    double cost(double pricePerHourUsd, boolean spot, int types) {
        double stretched = spot && types < leastSpotTypes ? pricePerHourUsd * (1 + spotSlack) : pricePerHourUsd;
        return stretched + nodeCostPerHourUsd;
    }

    /** Whether the number of types bears on the cost of Spot nodes. */
    boolean wantsSpotTypes() {
        return leastSpotTypes > 1 && spotSlack > 0;
    }
}
