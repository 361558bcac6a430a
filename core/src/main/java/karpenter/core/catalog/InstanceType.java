package karpenter.core.catalog;

import java.util.List;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * A machine type as one NodePool sees it.
 *
 * @param requirements every label the type can have, with all its values
 * @param offerings all of them, also those not available now
 * @param capacity what the machine has
 * @param overhead what kubelet and system keep for themselves, eviction threshold included
 * @param capacityOverlaid whether NodeOverlays added to the capacity
 */
public record InstanceType(
        String name,
        Requirements requirements,
        List<Offering> offerings,
        ResourceVector capacity,
        ResourceVector overhead,
        boolean capacityOverlaid) {
    public InstanceType {
        offerings = List.copyOf(offerings);
    }

    /** As the provider sells it. */
    public InstanceType(
            String name,
            Requirements requirements,
            List<Offering> offerings,
            ResourceVector capacity,
            ResourceVector overhead) {
        this(name, requirements, offerings, capacity, overhead, false);
    }

    /** This type with offerings and additional resources that NodeOverlays give it. */
    public InstanceType overlaid(List<Offering> newOfferings, ResourceVector added) {
        return new InstanceType(
                name,
                requirements,
                newOfferings,
                overlaid(capacity, added),
                overhead,
                capacityOverlaid || !added.names().isEmpty());
    }

    /** Whether a NodeOverlay sets the price of any of its offerings. */
    public boolean priceOverlaid() {
        return offerings.stream().anyMatch(Offering::priceOverlaid);
    }

    /** What pods can use: capacity less overhead; hugepages come out of memory, which never falls below 0. */
    public ResourceVector allocatable() {
        ResourceVector left = capacity.minus(overhead);
        long memory = left.memoryBytes();
        for (String resource : capacity.names()) {
            if (resource.startsWith("hugepages-")) {
                memory -= capacity.get(resource);
            }
        }
        return left.with("memory", Math.max(0, memory));
    }

    /** What the machine has when it is bought this way: the offering's override laid over the type's capacity. */
    public ResourceVector capacity(Offering offering) {
        return overlaid(capacity, offering.capacityOverride());
    }

    /** What pods can use when it is bought this way. */
    public ResourceVector allocatable(Offering offering) {
        if (offering.capacityOverride() == null && offering.overheadOverride() == null) {
            return allocatable();
        }
        ResourceVector overhead = overlaid(this.overhead, offering.overheadOverride());
        return new InstanceType(name, requirements, List.of(), capacity(offering), overhead).allocatable();
    }

    private static ResourceVector overlaid(ResourceVector base, @Nullable ResourceVector replacements) {
        ResourceVector result = base;
        if (replacements != null) {
            for (String resource : replacements.names()) {
                result = result.with(resource, replacements.get(resource));
            }
        }
        return result;
    }
}
