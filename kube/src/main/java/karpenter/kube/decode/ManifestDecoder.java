package karpenter.kube.decode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.Namespace;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.VolumeReference;
import karpenter.core.cluster.Workload;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decodes documents that people write: what the API server would default is defaulted, and a mistake is a
 * {@link DecodeException} that names the field, its value and the cure. Any thread.
 *
 * <p>A pod without a node counts as unschedulable unless its status says otherwise: no scheduler has looked at it yet, and
 * the question that manifests are decoded for is what it would need. A missing namespace is {@code default}, a missing uid is
 * {@code namespace/name}.
 */
public final class ManifestDecoder {
    private final WatchDecoder stored = new WatchDecoder();
    private final PodShapes shapes = new PodShapes();
    private final PodDecoder pods = new PodDecoder(shapes);

    /** Decodes one document as a YAML or JSON parser gives it: maps, lists, strings, numbers, booleans, null. */
    public List<Manifest> decode(Map<String, ?> document) {
        return decode(Json.MAPPER.<JsonNode>valueToTree(document));
    }

    /** Decodes one document; a {@code List} yields its items. */
    public List<Manifest> decode(JsonNode document) {
        List<Manifest> manifests = new ArrayList<>();
        decode(document, manifests);
        return manifests;
    }

    private void decode(JsonNode document, List<Manifest> manifests) {
        if (document.isMissingNode() || document.isNull()) {
            return;
        }
        Tree root = Tree.root("document", document);
        String apiVersion = root.get("apiVersion").requiredText();
        String kind = root.get("kind").requiredText();
        if (kind.endsWith("List") && document.path("items").isArray()) {
            for (JsonNode item : document.path("items")) {
                decode(item, manifests);
            }
        } else {
            manifests.add(decode(apiVersion, kind, document));
        }
    }

    private Manifest decode(String apiVersion, String kind, JsonNode object) {
        return switch (apiVersion + "/" + kind) {
            case "v1/Pod" -> new Manifest.OfPod(pods.pod(Tree.root(kind, object), true));
            case "v1/Node" -> new Manifest.OfNode(stored.node(object));
            case "v1/Namespace" -> {
                Namespace namespace = stored.namespace(object);
                Map<String, String> labels = new TreeMap<>(namespace.labels());
                labels.put(Namespace.NAME_LABEL, namespace.name());
                yield new Manifest.OfNamespace(new Namespace(namespace.name(), labels));
            }
            case "v1/PersistentVolumeClaim" ->
                new Manifest.OfPersistentVolumeClaim(stored.persistentVolumeClaim(object));
            case "v1/PersistentVolume" -> new Manifest.OfPersistentVolume(stored.persistentVolume(object));
            case "storage.k8s.io/v1/StorageClass" -> new Manifest.OfStorageClass(stored.storageClass(object));
            case "storage.k8s.io/v1/CSINode" -> new Manifest.OfCsiNode(stored.csiNode(object));
            case "apps/v1/DaemonSet" -> {
                DaemonSet set = stored.daemonSet(namespaced(object));
                yield new Manifest.OfDaemonSet(set);
            }
            case "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/StatefulSet", "v1/ReplicationController" ->
                workload(apiVersion, kind, object, "replicas");
            case "batch/v1/Job" -> workload(apiVersion, kind, object, "parallelism");
            case "v1/Service" -> new Manifest.OfService(stored.service(object));
            case "v1/PodTemplate" -> new Manifest.OfPodTemplate(stored.podTemplate(namespaced(object)));
            case "autoscaling.x-k8s.io/v1beta1/CapacityBuffer" ->
                new Manifest.OfCapacityBuffer(named(kind, identified(kind, object), CapacityBuffer.class));
            case "policy/v1/PodDisruptionBudget" ->
                new Manifest.OfDisruptionBudget(stored.disruptionBudget(namespaced(object)));
            case "karpenter.sh/v1/NodePool" -> new Manifest.OfNodePool(named(kind, object, NodePool.class));
            case "karpenter.sh/v1/NodeClaim" -> new Manifest.OfNodeClaim(named(kind, object, NodeClaim.class));
            case "karpenter.sh/v1alpha1/NodeOverlay" ->
                new Manifest.OfNodeOverlay(named(kind, object, NodeOverlay.class));
            case "karpenter.kwok.sh/v1alpha1/KWOKNodeClass" ->
                new Manifest.OfKwokNodeClass(named(kind, object, KwokNodeClass.class));
            default ->
                new Manifest.Other(
                        apiVersion, kind, object.path("metadata").path("name").asString(""));
        };
    }

    private static <T extends KubernetesObject> T named(String kind, JsonNode object, Class<T> type) {
        Tree root = Tree.root(kind, object);
        root.get("metadata").get("name").requiredText();
        if (!root.has("spec") && type != KwokNodeClass.class) {
            throw root.get("spec").mistake("is missing");
        }
        return Annotated.decode(kind, object, type);
    }

    private static JsonNode namespaced(JsonNode object) {
        return with(object, "namespace", "default");
    }

    /** In a namespace, and told apart from others of its kind as by the API server. */
    private static JsonNode identified(String kind, JsonNode object) {
        JsonNode inNamespace = namespaced(object);
        JsonNode metadata = inNamespace.path("metadata");
        return with(
                inNamespace,
                "uid",
                kind + "/" + metadata.path("namespace").asString("") + "/"
                        + metadata.path("name").asString(""));
    }

    /** The object with that field of its metadata, unless it has it. */
    private static JsonNode with(JsonNode object, String field, String value) {
        if (!object.path("metadata").isObject() || object.path("metadata").hasNonNull(field)) {
            return object;
        }
        ObjectNode copy = ((ObjectNode) object).deepCopy();
        ((ObjectNode) copy.path("metadata")).put(field, value);
        return copy;
    }

    /** @param count the field of the spec that says how many pods it makes, 1 when absent */
    private Manifest workload(String apiVersion, String kind, JsonNode object, String count) {
        JsonNode identified = identified(kind, object);
        Tree workload = Tree.root(kind, identified);
        ObjectMeta metadata = Metadata.of(workload.get("metadata"));
        workload.get("metadata").get("name").requiredText();
        Tree spec = workload.get("spec");
        if (!spec.has("template")) {
            throw spec.get("template").mistake("is missing; a " + kind + " needs a pod template");
        }
        PodShape shape = WatchDecoder.templateShape(workload, metadata, apiVersion, kind, shapes);
        int replicas = spec.get(count).integer(1);
        if (replicas < 0) {
            throw spec.get(count).mistake(replicas + " is negative; write how many pods to run");
        }
        Tree annotations = spec.get("template").get("metadata").get("annotations");
        List<Pod> waiting = new ArrayList<>(replicas);
        List<PersistentVolumeClaim> claims = new ArrayList<>();
        List<Tree> claimTemplates =
                kind.equals("StatefulSet") ? spec.get("volumeClaimTemplates").items() : List.of();
        for (int i = 0; i < replicas; i++) {
            List<PersistentVolumeClaim> own = claims(claimTemplates, metadata, i);
            waiting.add(
                    waiting(metadata, own.isEmpty() ? shape : withClaims(shape, claimTemplates, own), annotations, i));
            claims.addAll(own);
        }
        Workload selecting = kind.equals("Job") ? null : stored.workload(kind, identified);
        return new Manifest.OfWorkload(apiVersion, kind, metadata, shape, selecting, waiting, claims);
    }

    /** The claims that a StatefulSet makes for one of its pods, named {@code <template>-<set>-<ordinal>}. */
    private List<PersistentVolumeClaim> claims(List<Tree> templates, ObjectMeta set, int ordinal) {
        List<PersistentVolumeClaim> claims = new ArrayList<>();
        for (Tree template : templates) {
            String name = template.get("metadata").get("name").requiredText() + "-" + set.name() + "-" + ordinal;
            claims.add(stored.storage().claim(template, new PodKey(set.namespace(), name)));
        }
        return claims;
    }

    private PodShape withClaims(PodShape shape, List<Tree> templates, List<PersistentVolumeClaim> claims) {
        Map<String, VolumeReference> byName = new TreeMap<>();
        shape.volumes().forEach(volume -> byName.put(volume.volumeName(), volume));
        for (int i = 0; i < claims.size(); i++) {
            String volume = templates.get(i).get("metadata").get("name").requiredText();
            byName.put(volume, new VolumeReference(volume, claims.get(i).key().name(), false, null));
        }
        return shapes.shared(
                shape.toBuilder().volumes(List.copyOf(byName.values())).build());
    }

    private static Pod waiting(ObjectMeta workload, PodShape shape, Tree annotations, int ordinal) {
        PodKey key = new PodKey(workload.namespace(), workload.name() + "-" + ordinal);
        Instant created = workload.creationTimestamp();
        return Pod.waiting(
                key,
                key.toString(),
                shape,
                created == null ? Instant.EPOCH : created,
                PodDecoder.doNotDisrupt(annotations),
                PodDecoder.deletionCost(annotations));
    }
}
