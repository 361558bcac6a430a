package karpenter.kube.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import karpenter.api.KubernetesObject;
import karpenter.api.ResourceKind;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.DisruptionBudget;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeClass;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodTemplate;
import karpenter.core.cluster.Service;
import karpenter.core.cluster.Workload;
import karpenter.kube.decode.WatchDecoder;
import karpenter.kube.http.ResourcePath;

/** Every kind that decisions look at; some only when a feature is on. */
final class ClusterKinds {
    private ClusterKinds() {}

    static List<WatchedKind<?>> all(List<ResourcePath> nodeClasses, Set<OptionalKind> optional) {
        WatchDecoder decoder = new WatchDecoder();
        List<WatchedKind<?>> kinds = new ArrayList<>();
        kinds.add(new WatchedKind<>(
                new ResourcePath("", "v1", "Pod", "pods", true),
                decoder::pod,
                Pod::key,
                Pod::uid,
                ClusterDelta.PodChanged::new,
                pod -> new ClusterDelta.PodGone(pod.key(), pod.uid())));
        kinds.add(stored(
                Node.KIND,
                decoder,
                ClusterDelta.NodeChanged::new,
                node -> new ClusterDelta.NodeGone(node.name(), node.metadata().uid())));
        kinds.add(stored(
                NodeClaim.KIND,
                decoder,
                ClusterDelta.NodeClaimChanged::new,
                claim -> new ClusterDelta.NodeClaimGone(
                        claim.name(), claim.metadata().uid())));
        kinds.add(stored(
                NodePool.KIND,
                decoder,
                ClusterDelta.NodePoolChanged::new,
                pool -> new ClusterDelta.NodePoolGone(
                        pool.name(), pool.metadata().uid())));
        for (ResourcePath path : nodeClasses) {
            kinds.add(nodeClass(path, decoder));
        }
        kinds.add(new WatchedKind<>(
                new ResourcePath("apps", "v1", "DaemonSet", "daemonsets", true),
                decoder::daemonSet,
                set -> WatchedKind.key(set.metadata()),
                set -> set.metadata().uid(),
                ClusterDelta.DaemonSetChanged::new,
                ClusterKinds::gone));
        kinds.add(new WatchedKind<>(
                new ResourcePath("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", true),
                decoder::disruptionBudget,
                budget -> WatchedKind.key(budget.metadata()),
                budget -> budget.metadata().uid(),
                ClusterDelta.DisruptionBudgetChanged::new,
                ClusterKinds::gone));
        kinds.add(new WatchedKind<>(
                new ResourcePath("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", false),
                decoder::volumeAttachment,
                attachment -> new PodKey("", attachment.name()),
                attachment -> "",
                ClusterDelta.VolumeAttachmentChanged::new,
                attachment -> new ClusterDelta.VolumeAttachmentGone(attachment.name())));
        kinds.add(new WatchedKind<>(
                new ResourcePath("", "v1", "Namespace", "namespaces", false),
                decoder::namespace,
                namespace -> new PodKey("", namespace.name()),
                namespace -> "",
                ClusterDelta.NamespaceChanged::new,
                namespace -> new ClusterDelta.NamespaceGone(namespace.name())));
        kinds.addAll(storage(decoder));
        for (OptionalKind kind : OptionalKind.values()) {
            if (optional.contains(kind)) {
                kinds.addAll(optional(kind, decoder));
            }
        }
        return kinds;
    }

    private static List<WatchedKind<?>> optional(OptionalKind kind, WatchDecoder decoder) {
        return switch (kind) {
            case NODE_OVERLAYS ->
                List.of(stored(
                        NodeOverlay.KIND,
                        decoder,
                        ClusterDelta.NodeOverlayChanged::new,
                        overlay -> new ClusterDelta.NodeOverlayGone(
                                overlay.name(), overlay.metadata().uid())));
            case WORKLOADS -> workloads(decoder);
            case CAPACITY_BUFFERS ->
                List.of(stored(
                        CapacityBuffer.KIND,
                        decoder,
                        ClusterDelta.CapacityBufferChanged::new,
                        buffer -> new ClusterDelta.CapacityBufferGone(
                                WatchedKind.key(buffer.metadata()),
                                buffer.metadata().uid())));
            case POD_TEMPLATES ->
                List.of(new WatchedKind<>(
                        new ResourcePath("", "v1", "PodTemplate", "podtemplates", true),
                        decoder::podTemplate,
                        PodTemplate::key,
                        template -> template.metadata().uid(),
                        ClusterDelta.PodTemplateChanged::new,
                        template -> new ClusterDelta.PodTemplateGone(template.key())));
        };
    }

    private static List<WatchedKind<?>> workloads(WatchDecoder decoder) {
        return List.of(
                new WatchedKind<>(
                        new ResourcePath("", "v1", "Service", "services", true),
                        decoder::service,
                        Service::key,
                        service -> "",
                        ClusterDelta.ServiceChanged::new,
                        service -> new ClusterDelta.ServiceGone(service.key())),
                workload(new ResourcePath("apps", "v1", "ReplicaSet", "replicasets", true), decoder),
                workload(new ResourcePath("apps", "v1", "StatefulSet", "statefulsets", true), decoder),
                workload(new ResourcePath("", "v1", "ReplicationController", "replicationcontrollers", true), decoder));
    }

    private static WatchedKind<Workload> workload(ResourcePath path, WatchDecoder decoder) {
        return new WatchedKind<>(
                path,
                object -> decoder.workload(path.kind(), object),
                Workload::key,
                Workload::uid,
                ClusterDelta.WorkloadChanged::new,
                workload -> new ClusterDelta.WorkloadGone(workload.uid()));
    }

    private static List<WatchedKind<?>> storage(WatchDecoder decoder) {
        return List.of(
                new WatchedKind<>(
                        new ResourcePath("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
                        decoder::persistentVolumeClaim,
                        PersistentVolumeClaim::key,
                        claim -> "",
                        ClusterDelta.PersistentVolumeClaimChanged::new,
                        claim -> new ClusterDelta.PersistentVolumeClaimGone(claim.key())),
                new WatchedKind<>(
                        new ResourcePath("", "v1", "PersistentVolume", "persistentvolumes", false),
                        decoder::persistentVolume,
                        volume -> new PodKey("", volume.name()),
                        volume -> "",
                        ClusterDelta.PersistentVolumeChanged::new,
                        volume -> new ClusterDelta.PersistentVolumeGone(volume.name())),
                new WatchedKind<>(
                        new ResourcePath("storage.k8s.io", "v1", "StorageClass", "storageclasses", false),
                        decoder::storageClass,
                        storageClass -> new PodKey("", storageClass.name()),
                        storageClass -> "",
                        ClusterDelta.StorageClassChanged::new,
                        storageClass -> new ClusterDelta.StorageClassGone(storageClass.name())),
                new WatchedKind<>(
                        new ResourcePath("storage.k8s.io", "v1", "CSINode", "csinodes", false),
                        decoder::csiNode,
                        csiNode -> new PodKey("", csiNode.name()),
                        csiNode -> "",
                        ClusterDelta.CsiNodeChanged::new,
                        csiNode -> new ClusterDelta.CsiNodeGone(csiNode.name())));
    }

    private static <T extends KubernetesObject> WatchedKind<T> stored(
            ResourceKind<T> kind,
            WatchDecoder decoder,
            Function<T, ClusterDelta> changed,
            Function<T, ClusterDelta> gone) {
        return new WatchedKind<>(
                ResourcePath.of(kind),
                object -> decoder.object(kind, object),
                object -> WatchedKind.key(object.metadata()),
                object -> object.metadata().uid(),
                changed,
                gone);
    }

    private static WatchedKind<NodeClass> nodeClass(ResourcePath path, WatchDecoder decoder) {
        return new WatchedKind<>(
                path,
                object -> decoder.nodeClass(path.group(), path.kind(), object),
                nodeClass -> WatchedKind.key(nodeClass.metadata()),
                nodeClass -> nodeClass.metadata().uid(),
                ClusterDelta.NodeClassChanged::new,
                nodeClass -> new ClusterDelta.NodeClassGone(path.group(), path.kind(), nodeClass.name()));
    }

    private static ClusterDelta gone(DaemonSet set) {
        return new ClusterDelta.DaemonSetGone(
                set.metadata().namespace(), set.metadata().name());
    }

    private static ClusterDelta gone(DisruptionBudget budget) {
        return new ClusterDelta.DisruptionBudgetGone(
                budget.metadata().namespace(), budget.metadata().name());
    }
}
