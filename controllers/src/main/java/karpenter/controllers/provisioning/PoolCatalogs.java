package karpenter.controllers.provisioning;

import java.util.ArrayList;
import java.util.List;
import karpenter.api.Condition;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.scheduling.PoolCatalog;

/**
 * What can be bought now, and which pools can't serve and why. A pool that fails doesn't touch the others.
 *
 * @param usable by pool name
 */
record PoolCatalogs(List<PoolCatalog> usable, List<SkippedPool> skipped) {
    PoolCatalogs {
        usable = List.copyOf(usable);
        skipped = List.copyOf(skipped);
    }

    /** @param why in words, with what the user can do about it */
    record SkippedPool(String pool, Cause cause, String why) {}

    enum Cause {
        NOT_READY,
        UNRESOLVED
    }

    /** Asks the provider about each pool that is dynamic, stays, is ready and names a NodeClass kind of the provider's. */
    static PoolCatalogs read(ClusterSnapshot snapshot, CloudProvider cloud) {
        List<PoolCatalog> usable = new ArrayList<>();
        List<SkippedPool> skipped = new ArrayList<>();
        List<NodePool> pools = snapshot.nodePools().values().stream()
                .filter(pool -> !pool.isStatic() && !pool.metadata().deleting() && isServed(pool, cloud))
                .sorted((a, b) -> a.name().compareTo(b.name()))
                .toList();
        for (NodePool pool : pools) {
            if (!pool.isTrue(NodePool.READY)) {
                skipped.add(new SkippedPool(pool.name(), Cause.NOT_READY, whyNotReady(pool)));
                continue;
            }
            switch (cloud.instanceTypes(pool)) {
                case InstanceTypesResult.Found(List<InstanceType> types)
                when types.isEmpty() ->
                    skipped.add(new SkippedPool(pool.name(), Cause.UNRESOLVED, "the provider has no instance types"));
                case InstanceTypesResult.Found(List<InstanceType> types) ->
                    usable.add(new PoolCatalog(
                            pool, pool.spec().template().spec().nodeClassRef().labelKey(), types));
                case InstanceTypesResult.Failed(String message) ->
                    skipped.add(new SkippedPool(pool.name(), Cause.UNRESOLVED, message));
                case InstanceTypesResult.NotEvaluated unevaluated -> {
                    // The first evaluation of overlays marks the pool as changed, which opens a batch.
                }
            }
        }
        return new PoolCatalogs(usable, skipped);
    }

    private static boolean isServed(NodePool pool, CloudProvider cloud) {
        NodeClassReference reference = pool.spec().template().spec().nodeClassRef();
        return cloud.supportedNodeClasses().stream()
                .anyMatch(kind ->
                        kind.group().equals(reference.group()) && kind.kind().equals(reference.kind()));
    }

    private static String whyNotReady(NodePool pool) {
        Condition ready = pool.condition(NodePool.READY);
        return ready == null ? "its conditions aren't evaluated yet" : ready.reason() + ": " + ready.message();
    }
}
