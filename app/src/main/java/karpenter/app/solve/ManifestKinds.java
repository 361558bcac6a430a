package karpenter.app.solve;

import java.util.Map;

/** Which objects say something about where pods go. */
final class ManifestKinds {
    /** How an object is treated. */
    enum Use {
        /** Decoded and used. */
        USED,
        /** A provider's NodeClass: only its existence counts. */
        NODE_CLASS,
        /** Has nothing to do with it. */
        SKIPPED
    }

    private static final String CORE = "v1";
    private static final String APPS = "apps/v1";
    private static final String STORAGE = "storage.k8s.io/v1";

    /** By {@code group/kind}: the only apiVersion that is read. */
    private static final Map<String, String> USED = Map.ofEntries(
            Map.entry("/Pod", CORE),
            Map.entry("/Node", CORE),
            Map.entry("/Namespace", CORE),
            Map.entry("/Service", CORE),
            Map.entry("/PodTemplate", CORE),
            Map.entry("/PersistentVolumeClaim", CORE),
            Map.entry("/PersistentVolume", CORE),
            Map.entry("storage.k8s.io/StorageClass", STORAGE),
            Map.entry("storage.k8s.io/CSINode", STORAGE),
            Map.entry("/ReplicationController", CORE),
            Map.entry("apps/Deployment", APPS),
            Map.entry("apps/StatefulSet", APPS),
            Map.entry("apps/ReplicaSet", APPS),
            Map.entry("apps/DaemonSet", APPS),
            Map.entry("batch/Job", "batch/v1"),
            Map.entry("autoscaling.x-k8s.io/CapacityBuffer", "autoscaling.x-k8s.io/v1beta1"),
            Map.entry("karpenter.sh/NodePool", "karpenter.sh/v1"),
            Map.entry("karpenter.sh/NodeClaim", "karpenter.sh/v1"),
            Map.entry("karpenter.sh/NodeOverlay", "karpenter.sh/v1alpha1"));

    private ManifestKinds() {}

    static Use of(SourceManifest manifest) {
        String kind = key(manifest);
        if (USED.containsKey(kind)) {
            return Use.USED;
        }
        return manifest.kind().endsWith("NodeClass") ? Use.NODE_CLASS : Use.SKIPPED;
    }

    /** The apiVersion that the kind is read in, which is the manifest's own where the version makes no difference. */
    static String apiVersion(SourceManifest manifest) {
        return USED.getOrDefault(key(manifest), manifest.apiVersion());
    }

    private static String key(SourceManifest manifest) {
        return manifest.group() + "/" + manifest.kind();
    }
}
