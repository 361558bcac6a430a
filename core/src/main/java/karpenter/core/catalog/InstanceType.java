package karpenter.core.catalog;

import java.util.List;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;

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
}
