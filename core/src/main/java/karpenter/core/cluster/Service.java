package karpenter.core.cluster;

import java.util.Map;

/**
 * A Service's selector.
 *
 * @param selector labels that all its pods have; empty when it selects none, or every pod
 */
public record Service(PodKey key, Map<String, String> selector) {
    public Service {
        selector = Map.copyOf(selector);
    }
}
