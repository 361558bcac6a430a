package karpenter.core.catalog;

import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * One way to buy an instance type: a zone, a capacity type and, for reserved capacity, a reservation.
 *
 * @param requirements zone and capacity type at least, each with one value
 * @param pricePerHourUsd finite, not negative
 * @param reservationCapacity instances left in the reservation; 0 unless the capacity type is reserved
 * @param capacityOverride replaces the named resources of the type's capacity, null for none
 * @param overheadOverride replaces the named resources of the type's overhead, null for none
 * @param priceOverlaid whether a NodeOverlay set the price rather than the provider
 */
public record Offering(
        Requirements requirements,
        String zone,
        String capacityType,
        double pricePerHourUsd,
        boolean available,
        int reservationCapacity,
        @Nullable ResourceVector capacityOverride,
        @Nullable ResourceVector overheadOverride,
        boolean priceOverlaid) {

    /** As the provider sells it. */
    public Offering(
            Requirements requirements,
            String zone,
            String capacityType,
            double pricePerHourUsd,
            boolean available,
            int reservationCapacity,
            @Nullable ResourceVector capacityOverride,
            @Nullable ResourceVector overheadOverride) {
        this(
                requirements,
                zone,
                capacityType,
                pricePerHourUsd,
                available,
                reservationCapacity,
                capacityOverride,
                overheadOverride,
                false);
    }

    /** This offering at a price that a NodeOverlay sets. */
    public Offering overlaid(double newPricePerHourUsd) {
        return new Offering(
                requirements,
                zone,
                capacityType,
                newPricePerHourUsd,
                available,
                reservationCapacity,
                capacityOverride,
                overheadOverride,
                true);
    }
}
