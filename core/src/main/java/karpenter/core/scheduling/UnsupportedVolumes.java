package karpenter.core.scheduling;

import java.util.Set;

/**
 * What storage a provider's nodes can't have.
 *
 * @param drivers names of CSI drivers, or of provisioners as StorageClasses write them
 * @param topologyKeys keys of {@code allowedTopologies} that its nodes won't carry
 */
public record UnsupportedVolumes(Set<String> drivers, Set<String> topologyKeys) {
    public static final UnsupportedVolumes NONE = new UnsupportedVolumes(Set.of(), Set.of());

    public UnsupportedVolumes {
        drivers = Set.copyOf(drivers);
        topologyKeys = Set.copyOf(topologyKeys);
    }
}
