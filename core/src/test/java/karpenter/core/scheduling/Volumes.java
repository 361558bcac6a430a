package karpenter.core.scheduling;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.CsiNode;
import karpenter.core.cluster.PersistentVolume;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.StorageClass;
import org.jspecify.annotations.Nullable;

/** Storage objects for tests, as deltas. All are of one driver unless said otherwise. */
final class Volumes {
    static final String DRIVER = "csi.example.com";

    private Volumes() {}

    static ClusterDelta claim(PersistentVolumeClaim claim) {
        return new ClusterDelta.PersistentVolumeClaimChanged(claim);
    }

    static ClusterDelta bound(String claim, String volume) {
        return claim(new PersistentVolumeClaim(key(claim), volume, true, "gone", false, false, false, null));
    }

    static ClusterDelta unbound(String claim, @Nullable String storageClass) {
        return claim(new PersistentVolumeClaim(key(claim), null, false, storageClass, false, false, false, null));
    }

    static PodKey key(String claim) {
        return new PodKey("default", claim);
    }

    static ClusterDelta volume(String name, NodeSelectorTerm... terms) {
        return new ClusterDelta.PersistentVolumeChanged(
                new PersistentVolume(name, DRIVER, false, List.of(terms), false));
    }

    static ClusterDelta zonal(String name, String... zones) {
        return volume(name, inZones(zones));
    }

    static NodeSelectorTerm inZones(String... zones) {
        return Pods.term(Pods.in(Labels.ZONE, zones));
    }

    static ClusterDelta local(String name, NodeSelectorTerm term) {
        return new ClusterDelta.PersistentVolumeChanged(new PersistentVolume(name, "", true, List.of(term), false));
    }

    /** Waits for its first pod. */
    static ClusterDelta storageClass(String name, NodeSelectorTerm... allowed) {
        return storageClass(new StorageClass(name, DRIVER, true, false, Pods.BIRTH, List.of(allowed)));
    }

    static ClusterDelta defaultClass(String name, Instant created, NodeSelectorTerm... allowed) {
        return storageClass(new StorageClass(name, DRIVER, true, true, created, List.of(allowed)));
    }

    static ClusterDelta storageClass(StorageClass storageClass) {
        return new ClusterDelta.StorageClassChanged(storageClass);
    }

    static ClusterDelta limit(String node, int count) {
        return limit(node, DRIVER, count);
    }

    static ClusterDelta limit(String node, String driver, int count) {
        return new ClusterDelta.CsiNodeChanged(new CsiNode(node, Map.of(driver, count)));
    }
}
