package karpenter.core.cluster;

import java.util.List;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;

/**
 * A PersistentVolume, compact.
 *
 * @param driver the CSI driver that attaches it, empty when none does
 * @param local whether it is a directory or disk of one node (local, hostPath)
 * @param nodeAffinity where it can be reached: one of the terms must hold; empty for everywhere. Zone and region labels of the
 *     volume, which the scheduler honours in the same way, are part of each term
 * @param deleting whether it is being deleted
 */
public record PersistentVolume(
        String name, String driver, boolean local, List<NodeSelectorTerm> nodeAffinity, boolean deleting) {
    public PersistentVolume {
        nodeAffinity = List.copyOf(nodeAffinity);
    }
}
