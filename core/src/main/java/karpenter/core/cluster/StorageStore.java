package karpenter.core.cluster;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The storage part of the image. One owner; a frozen copy is made only after a change. */
final class StorageStore {
    private final Map<PodKey, PersistentVolumeClaim> claims = new HashMap<>();
    private final Map<String, PersistentVolume> volumes = new HashMap<>();
    private final Map<String, StorageClass> classes = new HashMap<>();
    private final Map<String, CsiNode> csiNodes = new HashMap<>();
    private @Nullable Storage frozen = Storage.NONE;

    boolean apply(ClusterDelta.OfStorage delta) {
        boolean changed = switch (delta) {
            case ClusterDelta.PersistentVolumeClaimChanged(PersistentVolumeClaim claim) ->
                put(claims, claim.key(), claim);
            case ClusterDelta.PersistentVolumeClaimGone(PodKey key) -> claims.remove(key) != null;
            case ClusterDelta.PersistentVolumeChanged(PersistentVolume volume) -> put(volumes, volume.name(), volume);
            case ClusterDelta.PersistentVolumeGone(String name) -> volumes.remove(name) != null;
            case ClusterDelta.StorageClassChanged(StorageClass storageClass) ->
                put(classes, storageClass.name(), storageClass);
            case ClusterDelta.StorageClassGone(String name) -> classes.remove(name) != null;
            case ClusterDelta.CsiNodeChanged(CsiNode csiNode) -> put(csiNodes, csiNode.name(), csiNode);
            case ClusterDelta.CsiNodeGone(String name) -> csiNodes.remove(name) != null;
        };
        if (changed) {
            frozen = null;
        }
        return changed;
    }

    private static <K, V> boolean put(Map<K, V> map, K key, V value) {
        return !value.equals(map.put(key, value));
    }

    @Nullable
    PersistentVolumeClaim claim(PodKey key) {
        return claims.get(key);
    }

    Storage snapshot() {
        Storage current = frozen;
        if (current == null) {
            current = new Storage(claims, volumes, classes, csiNodes);
            frozen = current;
        }
        return current;
    }
}
