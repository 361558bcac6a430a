package karpenter.kube.decode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.cluster.CsiMigration;
import karpenter.core.cluster.CsiNode;
import karpenter.core.cluster.PersistentVolume;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.StorageClass;
import org.jspecify.annotations.Nullable;

/** Decodes what volumes are made of. What thousands of them have in common is one object. Any thread. */
final class StorageDecoder {
    private static final String BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
    private static final String CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
    private static final List<String> DEFAULT_CLASS_ANNOTATIONS =
            List.of("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class");
    /** The labels that the scheduler's VolumeZone filter compares with the node's. */
    private static final List<String> ZONE_LABELS = List.of(
            "topology.kubernetes.io/zone",
            "topology.kubernetes.io/region",
            "failure-domain.beta.kubernetes.io/zone",
            "failure-domain.beta.kubernetes.io/region");
    /** Separates the zones in the label of a volume that is in several. */
    private static final String ZONE_SEPARATOR = "__";

    private final Interner<String> names = new Interner<>();
    private final Interner<List<NodeSelectorTerm>> terms = new Interner<>();

    PersistentVolumeClaim claim(Tree claim) {
        Tree metadata = claim.get("metadata");
        return claim(
                claim,
                new PodKey(
                        names.intern(metadata.get("namespace").text("default")),
                        metadata.get("name").requiredText()));
    }

    /** @param key in place of what the metadata says, which may be a template's */
    PersistentVolumeClaim claim(Tree claim, PodKey key) {
        Tree metadata = claim.get("metadata");
        Tree spec = claim.get("spec");
        Tree annotations = metadata.get("annotations");
        String className = annotations.get(CLASS_ANNOTATION).textOrNull();
        if (className == null) {
            className = spec.get("storageClassName").textOrNull();
        }
        return new PersistentVolumeClaim(
                key,
                spec.get("volumeName").nameOrNull(),
                annotations.get(BIND_COMPLETED).present(),
                className == null ? null : names.intern(className),
                claim.get("status").get("phase").text("").equals("Lost"),
                metadata.get("deletionTimestamp").present(),
                spec.get("accessModes").texts().contains("ReadWriteOncePod"),
                controllerUid(metadata));
    }

    private static @Nullable String controllerUid(Tree metadata) {
        for (Tree owner : metadata.get("ownerReferences").items()) {
            if (owner.get("controller").flag()) {
                return owner.get("uid").textOrNull();
            }
        }
        return null;
    }

    PersistentVolume volume(Tree volume) {
        Tree metadata = volume.get("metadata");
        Tree spec = volume.get("spec");
        return new PersistentVolume(
                metadata.get("name").requiredText(),
                names.intern(driver(spec)),
                spec.has("local") || spec.has("hostPath"),
                terms.intern(withZoneLabels(
                        Selectors.nodeTerms(
                                spec.get("nodeAffinity").get("required").get("nodeSelectorTerms")),
                        metadata.get("labels").textMap())),
                metadata.get("deletionTimestamp").present());
    }

    private static String driver(Tree spec) {
        String driver = spec.get("csi").get("driver").nameOrNull();
        if (driver != null) {
            return driver;
        }
        for (Map.Entry<String, ?> field : spec.node().properties()) {
            String migrated = CsiMigration.driverOfSource(field.getKey());
            if (migrated != null) {
                return migrated;
            }
        }
        return "";
    }

    private static List<NodeSelectorTerm> withZoneLabels(List<NodeSelectorTerm> terms, Map<String, String> labels) {
        List<NodeSelectorRequirement> zones = new ArrayList<>();
        for (String key : ZONE_LABELS) {
            String value = labels.get(key);
            if (value != null && !value.isEmpty()) {
                zones.add(new NodeSelectorRequirement(key, "In", List.of(value.split(ZONE_SEPARATOR, -1)), null));
            }
        }
        if (zones.isEmpty()) {
            return terms;
        }
        if (terms.isEmpty()) {
            return List.of(new NodeSelectorTerm(zones, false));
        }
        List<NodeSelectorTerm> both = new ArrayList<>();
        for (NodeSelectorTerm term : terms) {
            List<NodeSelectorRequirement> all = new ArrayList<>(term.matchExpressions());
            all.addAll(zones);
            both.add(new NodeSelectorTerm(all, term.matchFields()));
        }
        return List.copyOf(both);
    }

    StorageClass storageClass(Tree storageClass) {
        Tree metadata = storageClass.get("metadata");
        Tree annotations = metadata.get("annotations");
        Instant created = metadata.get("creationTimestamp").time();
        return new StorageClass(
                metadata.get("name").requiredText(),
                storageClass.get("provisioner").text(""),
                storageClass.get("volumeBindingMode").text("Immediate").equals("WaitForFirstConsumer"),
                DEFAULT_CLASS_ANNOTATIONS.stream()
                        .anyMatch(key -> annotations.get(key).text("").equals("true")),
                created == null ? Instant.EPOCH : created,
                topologies(storageClass.get("allowedTopologies")));
    }

    private static List<NodeSelectorTerm> topologies(Tree place) {
        List<NodeSelectorTerm> terms = new ArrayList<>();
        for (Tree term : place.items()) {
            List<NodeSelectorRequirement> expressions = new ArrayList<>();
            for (Tree expression : term.get("matchLabelExpressions").items()) {
                expressions.add(new NodeSelectorRequirement(
                        expression.get("key").requiredText(),
                        "In",
                        expression.get("values").texts(),
                        null));
            }
            terms.add(new NodeSelectorTerm(expressions, false));
        }
        return terms;
    }

    CsiNode csiNode(Tree csiNode) {
        Map<String, Integer> limits = new HashMap<>();
        for (Tree driver : csiNode.get("spec").get("drivers").items()) {
            Integer count = driver.get("allocatable").get("count").integerOrNull();
            if (count != null) {
                limits.put(names.intern(driver.get("name").requiredText()), count);
            }
        }
        return new CsiNode(csiNode.get("metadata").get("name").requiredText(), limits);
    }
}
