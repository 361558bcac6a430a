package karpenter.core.cluster;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of volumes, frozen.
 *
 * @param claims by namespace and name
 * @param volumes by name
 * @param classes by name
 * @param csiNodes by the Node's name
 */
public record Storage(
        Map<PodKey, PersistentVolumeClaim> claims,
        Map<String, PersistentVolume> volumes,
        Map<String, StorageClass> classes,
        Map<String, CsiNode> csiNodes) {
    public static final Storage NONE = new Storage(Map.of(), Map.of(), Map.of(), Map.of());

    public Storage {
        claims = Map.copyOf(claims);
        volumes = Map.copyOf(volumes);
        classes = Map.copyOf(classes);
        csiNodes = Map.copyOf(csiNodes);
    }

    /** The default class: the newest of those marked, the first by name of equally old ones; null when none is marked. */
    public @Nullable StorageClass defaultClass() {
        StorageClass newest = null;
        for (StorageClass candidate : classes.values()) {
            if (candidate.markedDefault() && (newest == null || precedes(candidate, newest))) {
                newest = candidate;
            }
        }
        return newest;
    }

    private static boolean precedes(StorageClass candidate, StorageClass other) {
        int byAge = other.creationTimestamp().compareTo(candidate.creationTimestamp());
        return byAge != 0 ? byAge < 0 : candidate.name().compareTo(other.name()) < 0;
    }
}
