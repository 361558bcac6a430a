package karpenter.core.lifecycle;

import java.util.Map;
import karpenter.api.Quantity;

/**
 * What the provider told about the machine that it launched for a claim.
 *
 * @param imageId empty when the provider has none
 * @param labels instance type, zone, capacity type and the provider's own
 */
public record LaunchedMachine(
        String providerId,
        String imageId,
        Map<String, String> labels,
        Map<String, String> annotations,
        Map<String, Quantity> capacity,
        Map<String, Quantity> allocatable) {
    public LaunchedMachine {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        capacity = Map.copyOf(capacity);
        allocatable = Map.copyOf(allocatable);
    }
}
