package karpenter.core.cluster;

import java.util.Map;

/**
 * How many volumes a node can hold.
 *
 * @param name the Node's
 * @param volumeLimits by CSI driver; a driver that states no limit is not in it
 */
public record CsiNode(String name, Map<String, Integer> volumeLimits) {
    public CsiNode {
        volumeLimits = Map.copyOf(volumeLimits);
    }
}
