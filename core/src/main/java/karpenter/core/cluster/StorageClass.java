package karpenter.core.cluster;

import java.time.Instant;
import java.util.List;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;

/**
 * A StorageClass, compact.
 *
 * @param provisioner as written, which may be the old name of an in-tree plugin
 * @param waitsForConsumer whether a volume is made where its first pod goes (WaitForFirstConsumer) rather than at once
 * @param markedDefault whether it is a default class; of several the newest counts
 * @param allowedTopologies where volumes can be made: one of the terms must hold; empty for everywhere
 */
public record StorageClass(
        String name,
        String provisioner,
        boolean waitsForConsumer,
        boolean markedDefault,
        Instant creationTimestamp,
        List<NodeSelectorTerm> allowedTopologies) {
    public StorageClass {
        allowedTopologies = List.copyOf(allowedTopologies);
    }
}
