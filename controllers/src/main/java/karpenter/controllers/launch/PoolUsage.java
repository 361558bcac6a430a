package karpenter.controllers.launch;

import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.NodeState;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * What a pool has and has ordered, against its limits.
 *
 * <p>A machine counts with its capacity unless it leaves. A claim that isn't launched yet counts with what it asks for: the
 * machine will have at least that much. Differs from upstream, which doesn't see such claims, so that several created at once
 * could pass a limit together.
 */
final class PoolUsage {
    private static final String NODES = "nodes";

    private final ResourceVector resources;
    private final int nodes;

    private PoolUsage(ResourceVector resources, int nodes) {
        this.resources = resources;
        this.nodes = nodes;
    }

    static PoolUsage of(ClusterSnapshot snapshot, String pool) {
        ResourceVector sum = ResourceVector.ZERO;
        int count = 0;
        for (NodeState machine : snapshot.machines()) {
            if (machine.managed() && pool.equals(machine.nodePoolName()) && !machine.leaving()) {
                sum = sum.plus(machine.capacity());
                count++;
            }
        }
        for (NodeClaim claim : snapshot.claims().values()) {
            boolean ordered =
                    claim.status().providerID().isEmpty() && !claim.metadata().deleting();
            if (ordered && pool.equals(claim.nodePoolName())) {
                sum = sum.plus(ResourceVector.of(claim.spec().resources().requests()));
                count++;
            }
        }
        return new PoolUsage(sum, count);
    }

    PoolUsage plusNode(ResourceVector least) {
        return new PoolUsage(resources.plus(least), nodes + 1);
    }

    /** The first limit that is exceeded, in words, or null. Reaching a limit exactly is allowed. */
    @Nullable
    String exceeded(NodePool pool) {
        Map<String, Quantity> limits = pool.spec().limits();
        if (limits == null) {
            return null;
        }
        for (Map.Entry<String, Quantity> limit : new TreeMap<>(limits).entrySet()) {
            String resource = limit.getKey();
            boolean counted = resource.equals(NODES);
            long used = counted ? nodes : resources.get(resource);
            long most = counted ? limit.getValue().value() : ResourceVector.amountOf(resource, limit.getValue());
            if (used > most) {
                Quantity shown = counted ? Quantity.of(used) : ResourceVector.quantityOf(resource, used);
                return resource + " resource usage of " + shown + " exceeds limit of " + limit.getValue();
            }
        }
        return null;
    }
}
