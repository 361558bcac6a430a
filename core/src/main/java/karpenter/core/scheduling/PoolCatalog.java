package karpenter.core.scheduling;

import java.util.List;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;

/**
 * A NodePool that may launch nodes now, with what its provider sells.
 *
 * @param nodeClassLabelKey the label that names the NodeClass on claims and nodes, {@code <group>/<lower-case kind>}
 * @param types every type of the pool's NodeClass, not yet filtered by the pool's requirements
 */
public record PoolCatalog(NodePool pool, String nodeClassLabelKey, List<InstanceType> types) {
    public PoolCatalog {
        types = List.copyOf(types);
    }
}
