package karpenter.cloudprovider;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.overlay.Overlays;
import org.jspecify.annotations.Nullable;

/**
 * A provider whose instance types are changed by NodeOverlays. Until overlays have been judged for a pool its types aren't told:
 * a decision by the provider's own prices might be the opposite of what the overlays are there for.
 *
 * <p>Any thread. What a pool's types come to is remembered for as long as the provider answers with the same list.
 */
public final class OverlaidCloudProvider extends DelegatingCloudProvider {
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private volatile @Nullable Overlays overlays;

    private record Answer(
            List<InstanceType> asSold, String uid, long generation, Overlays overlays, List<InstanceType> overlaid) {
        @SuppressWarnings("ReferenceEquality") // comparing hundreds of types would cost more than it saves
        boolean stands(List<InstanceType> types, NodePool pool, Overlays inForce) {
            return asSold == types
                    && overlays == inForce
                    && uid.equals(pool.metadata().uid())
                    && generation == pool.metadata().generation();
        }
    }

    public OverlaidCloudProvider(CloudProvider delegate) {
        super(delegate);
    }

    /**
     * Replaces the overlays in force.
     *
     * @return whether that changes anything
     */
    public boolean use(Overlays inForce) {
        if (inForce.equals(overlays)) {
            return false;
        }
        overlays = inForce;
        answers.clear();
        return true;
    }

    @Override
    public InstanceTypesResult instanceTypes(NodePool pool) {
        Overlays inForce = overlays;
        return switch (delegate.instanceTypes(pool)) {
            case InstanceTypesResult.Found(List<InstanceType> types) ->
                inForce == null || !inForce.covers(pool)
                        ? new InstanceTypesResult.NotEvaluated()
                        : new InstanceTypesResult.Found(overlaid(types, pool, inForce));
            case InstanceTypesResult other -> other;
        };
    }

    private List<InstanceType> overlaid(List<InstanceType> types, NodePool pool, Overlays inForce) {
        Answer known = answers.get(pool.name());
        if (known != null && known.stands(types, pool, inForce)) {
            return known.overlaid();
        }
        List<InstanceType> result = List.copyOf(inForce.apply(pool, types));
        answers.put(
                pool.name(),
                new Answer(types, pool.metadata().uid(), pool.metadata().generation(), inForce, result));
        return result;
    }
}
