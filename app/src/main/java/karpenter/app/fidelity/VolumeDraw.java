package karpenter.app.fidelity;

import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** Draws storage: classes, claims, volumes, and how many of them nodes take. */
final class VolumeDraw {
    private static final String DRIVER = "csi.example.com";

    /** Annotation of claims that are bound. */
    private static final String BOUND = "pv.kubernetes.io/bind-completed";

    private final Draw draw;
    private final Set<Feature> features;
    private final List<ObjectNode> objects;
    private int volumes;

    VolumeDraw(Draw draw, Set<Feature> features, List<ObjectNode> objects) {
        this.draw = draw;
        this.features = features;
        this.objects = objects;
    }

    private boolean used() {
        return features.contains(Feature.CLAIMS) || features.contains(Feature.EPHEMERAL_CLAIMS);
    }

    /** The storage classes of the case. */
    void classes() {
        if (!used()) {
            return;
        }
        ObjectNode driver = Trees.named("storage.k8s.io/v1", "CSIDriver", "", DRIVER);
        driver.putObject("spec").put("attachRequired", true);
        objects.add(driver);
        objects.add(storageClass("late"));
        ObjectNode zonal = storageClass("zonal");
        ObjectNode topology = Trees.list(Trees.list(zonal, "allowedTopologies").addObject(), "matchLabelExpressions")
                .addObject();
        topology.put("key", Words.ZONE).set("values", Trees.texts(draw.some(Words.ZONES)));
        objects.add(zonal);
    }

    private static ObjectNode storageClass(String name) {
        return Trees.named("storage.k8s.io/v1", "StorageClass", "", name)
                .put("provisioner", DRIVER)
                .put("volumeBindingMode", "WaitForFirstConsumer");
    }

    /** How many volumes a node takes. */
    void csiNode(String node) {
        if (!used()) {
            return;
        }
        ObjectNode csiNode = Trees.named("storage.k8s.io/v1", "CSINode", "", node);
        ObjectNode driver = Trees.list(Trees.within(csiNode, "spec"), "drivers").addObject();
        driver.put("name", DRIVER).put("nodeID", node);
        driver.set("topologyKeys", Trees.texts(List.of(Words.ZONE)));
        driver.putObject("allocatable").put("count", draw.between(1, 4));
        objects.add(csiNode);
    }

    /** Gives volumes to the pods of a workload: one for all, or one each. */
    void attach(List<ObjectNode> pods) {
        if (features.contains(Feature.CLAIMS) && draw.chance(50)) {
            boolean shared = draw.chance(25);
            boolean bound = draw.chance(50);
            boolean local = draw.chance(30);
            String name = "";
            for (ObjectNode pod : pods) {
                if (name.isEmpty() || !shared) {
                    name = bound ? boundClaim(Trees.namespace(pod), draw.one(Words.ZONES), local) : newClaim(pod);
                }
                mount(pod, name);
            }
        }
        if (features.contains(Feature.EPHEMERAL_CLAIMS) && draw.chance(50)) {
            String storageClass = draw.one(List.of("late", "zonal"));
            for (ObjectNode pod : pods) {
                ObjectNode volume =
                        Trees.list(Trees.within(pod, "spec"), "volumes").addObject();
                volume.put("name", "scratch");
                ObjectNode spec = Trees.within(volume, "ephemeral", "volumeClaimTemplate", "spec");
                claimSpec(spec, storageClass);
            }
        }
    }

    /** Gives a running pod a volume that is bound in its zone. */
    void attachRunning(ObjectNode pod, String zone) {
        if (features.contains(Feature.CLAIMS) && draw.chance(40)) {
            mount(pod, boundClaim(Trees.namespace(pod), zone, false));
        }
    }

    private static void mount(ObjectNode pod, String claim) {
        ObjectNode volume = Trees.list(Trees.within(pod, "spec"), "volumes").addObject();
        volume.put("name", "data");
        volume.putObject("persistentVolumeClaim").put("claimName", claim);
    }

    private String newClaim(ObjectNode pod) {
        String name = "claim-" + volumes++;
        ObjectNode claim = Trees.named("v1", "PersistentVolumeClaim", Trees.namespace(pod), name);
        claimSpec(claim.putObject("spec"), draw.one(List.of("late", "zonal")));
        claim.putObject("status").put("phase", "Pending");
        objects.add(claim);
        return name;
    }

    private static void claimSpec(ObjectNode spec, String storageClass) {
        spec.set("accessModes", Trees.texts(List.of("ReadWriteOnce")));
        spec.put("storageClassName", storageClass);
        Trees.within(spec, "resources", "requests").put("storage", "1Gi");
    }

    private String boundClaim(String namespace, String zone, boolean twoZones) {
        int number = volumes++;
        String name = "claim-" + number;
        String volumeName = "volume-" + number;
        ObjectNode claim = Trees.named("v1", "PersistentVolumeClaim", namespace, name);
        Trees.within(claim, "metadata", "annotations").put(BOUND, "yes");
        Trees.within(claim, "metadata").put("uid", "uid-" + name);
        ObjectNode spec = claim.putObject("spec");
        claimSpec(spec, "late");
        spec.put("volumeName", volumeName);
        claim.putObject("status").put("phase", "Bound");
        objects.add(claim);
        ObjectNode volume = Trees.named("v1", "PersistentVolume", "", volumeName);
        ObjectNode volumeSpec = volume.putObject("spec");
        volumeSpec.set("accessModes", Trees.texts(List.of("ReadWriteOnce")));
        Trees.within(volumeSpec, "capacity").put("storage", "1Gi");
        volumeSpec.put("storageClassName", "late");
        volumeSpec.putObject("csi").put("driver", DRIVER).put("volumeHandle", volumeName);
        volumeSpec
                .putObject("claimRef")
                .put("namespace", namespace)
                .put("name", name)
                .put("uid", "uid-" + name);
        ObjectNode term = Trees.list(Trees.within(volumeSpec, "nodeAffinity", "required"), "nodeSelectorTerms")
                .addObject();
        term.putArray("matchExpressions")
                .add(Trees.expression(
                        Words.ZONE, "In", twoZones ? List.of(zone, draw.one(Words.ZONES)) : List.of(zone)));
        volume.putObject("status").put("phase", "Bound");
        objects.add(volume);
        return name;
    }
}
