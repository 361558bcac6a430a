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
 */
public record InstanceType(
        String name,
        Requirements requirements,
        List<Offering> offerings,
        ResourceVector capacity,
        ResourceVector overhead) {
    public InstanceType {
        offerings = List.copyOf(offerings);
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
