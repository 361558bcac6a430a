package karpenter.kube.decode;

import java.util.List;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.ResourceKind;
import karpenter.core.cluster.CsiNode;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.DisruptionBudget;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Namespace;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeClass;
import karpenter.core.cluster.PersistentVolume;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodTemplate;
import karpenter.core.cluster.Service;
import karpenter.core.cluster.StorageClass;
import karpenter.core.cluster.VolumeAttachment;
import karpenter.core.cluster.Workload;
import karpenter.core.port.ScalableReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Decodes objects as the API server stores them. Pods decoded by one instance share their shapes. Any thread.
 *
 * <p>Each method throws {@link DecodeException} when a field is not what Kubernetes allows there.
 */
public final class WatchDecoder {
    private final PodShapes shapes = new PodShapes();
    private final PodDecoder pods = new PodDecoder(shapes);
    private final StorageDecoder storage = new StorageDecoder();

    public Pod pod(JsonNode object) {
        return pods.pod(Tree.root("Pod", object), false);
    }

    StorageDecoder storage() {
        return storage;
    }

    /** How many different pod shapes are in use. */
    public int podShapes() {
        return shapes.size();
    }

    public Node node(JsonNode object) {
        return NodeDecoder.node(Tree.root("Node", object));
    }

    /** Limits become requests where those are absent: the pods will have it so, their template has not. */
    public DaemonSet daemonSet(JsonNode object) {
        Tree set = Tree.root("DaemonSet", object);
        ObjectMeta metadata = Metadata.of(set.get("metadata"));
        return new DaemonSet(metadata, templateShape(set, metadata, "apps/v1", "DaemonSet", shapes));
    }

    /** As a DaemonSet's, its pods' requests come from limits where those are absent. */
    public PodTemplate podTemplate(JsonNode object) {
        Tree template = Tree.root("PodTemplate", object);
        ObjectMeta metadata = Metadata.of(template.get("metadata"));
        return new PodTemplate(metadata, shape(template.get("template"), metadata.namespace(), null, shapes));
    }

    /** A Deployment, StatefulSet or ReplicaSet; its template's shape is owned by nobody. */
    public ScalableReader.Scalable scalable(String kind, JsonNode object) {
        Tree workload = Tree.root(kind, object);
        Tree spec = workload.get("spec");
        String namespace = workload.get("metadata").get("namespace").text("default");
        return new ScalableReader.Scalable(
                shape(spec.get("template"), namespace, null, shapes),
                spec.get("replicas").integer(1));
    }

    static PodShape templateShape(
            Tree workload, ObjectMeta metadata, String apiVersion, String kind, PodShapes shapes) {
        return shape(
                workload.get("spec").get("template"),
                metadata.namespace(),
                new PodOwner(apiVersion, kind, metadata.name(), metadata.uid()),
                shapes);
    }

    private static PodShape shape(Tree template, String namespace, @Nullable PodOwner owner, PodShapes shapes) {
        return shapes.shape(
                namespace,
                template.get("metadata").get("labels").textMap(),
                owner,
                template.get("spec"),
                template.get("status"),
                true);
    }

    public DisruptionBudget disruptionBudget(JsonNode object) {
        Tree budget = Tree.root("PodDisruptionBudget", object);
        Tree spec = budget.get("spec");
        LabelSelector selector = Selectors.labelSelector(spec.get("selector"));
        return new DisruptionBudget(
                Metadata.of(budget.get("metadata")),
                selector,
                budget.get("status").get("disruptionsAllowed").integer(0),
                fullyBlocking(spec),
                spec.get("unhealthyPodEvictionPolicy").text("").equals("AlwaysAllow"));
    }

    private static boolean fullyBlocking(Tree spec) {
        String most = spec.get("maxUnavailable").node().asString("");
        String least = spec.get("minAvailable").node().asString("");
        return most.equals("0") || most.equals("0%") || least.equals("100%");
    }

    public VolumeAttachment volumeAttachment(JsonNode object) {
        Tree attachment = Tree.root("VolumeAttachment", object);
        Tree spec = attachment.get("spec");
        return new VolumeAttachment(
                attachment.get("metadata").get("name").requiredText(),
                spec.get("nodeName").text(""),
                spec.get("source").get("persistentVolumeName").nameOrNull());
    }

    public Namespace namespace(JsonNode object) {
        Tree metadata = Tree.root("Namespace", object).get("metadata");
        return new Namespace(
                metadata.get("name").requiredText(), metadata.get("labels").textMap());
    }

    public Service service(JsonNode object) {
        Tree service = Tree.root("Service", object);
        return new Service(
                key(service.get("metadata")),
                service.get("spec").get("selector").textMap());
    }

    /** A Deployment, ReplicaSet, StatefulSet or ReplicationController. */
    public Workload workload(String kind, JsonNode object) {
        Tree workload = Tree.root(kind, object);
        Tree selector = workload.get("spec").get("selector");
        return new Workload(
                key(workload.get("metadata")),
                workload.get("metadata").get("uid").text(""),
                kind.equals("ReplicationController")
                        ? new LabelSelector(selector.textMap(), List.of())
                        : Selectors.labelSelector(selector));
    }

    private static PodKey key(Tree metadata) {
        return new PodKey(
                metadata.get("namespace").text("default"), metadata.get("name").requiredText());
    }

    public PersistentVolumeClaim persistentVolumeClaim(JsonNode object) {
        return storage.claim(Tree.root("PersistentVolumeClaim", object));
    }

    public PersistentVolume persistentVolume(JsonNode object) {
        return storage.volume(Tree.root("PersistentVolume", object));
    }

    public StorageClass storageClass(JsonNode object) {
        return storage.storageClass(Tree.root("StorageClass", object));
    }

    public CsiNode csiNode(JsonNode object) {
        return storage.csiNode(Tree.root("CSINode", object));
    }

    /** Any provider's NodeClass: metadata and Ready. */
    public NodeClass nodeClass(String group, String kind, JsonNode object) {
        Tree nodeClass = Tree.root(kind, object);
        return new NodeClass(
                group,
                kind,
                Metadata.of(nodeClass.get("metadata")),
                ready(NodeDecoder.conditions(nodeClass.get("status").get("conditions"))));
    }

    private static @Nullable Condition ready(List<Condition> conditions) {
        for (Condition condition : conditions) {
            if (condition.type().equals("Ready")) {
                return condition;
            }
        }
        return null;
    }

    /** An object of any kind that has a record: this module's own decoder for a Node, the record's annotations otherwise. */
    public <T extends KubernetesObject> T object(ResourceKind<T> kind, JsonNode object) {
        return kind.type() == Node.class
                ? kind.type().cast(node(object))
                : Annotated.decode(kind.kind(), object, kind.type());
    }
}
