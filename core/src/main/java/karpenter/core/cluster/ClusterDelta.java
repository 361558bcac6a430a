package karpenter.core.cluster;

import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;

/** One change to the image, from a watch or from a write that this controller has just made. */
public sealed interface ClusterDelta {
    record PodChanged(Pod pod) implements ClusterDelta {}

    record PodGone(PodKey key, String uid) implements ClusterDelta {}

    record NodeChanged(Node node) implements ClusterDelta {}

    record NodeGone(String name, String uid) implements ClusterDelta {}

    record NodeClaimChanged(NodeClaim claim) implements ClusterDelta {}

    record NodeClaimGone(String name, String uid) implements ClusterDelta {}

    record NodePoolChanged(NodePool pool) implements ClusterDelta {}

    record NodePoolGone(String name, String uid) implements ClusterDelta {}

    record NodeClassChanged(NodeClass nodeClass) implements ClusterDelta {}

    record NodeClassGone(String group, String kind, String name) implements ClusterDelta {}

    record NodeOverlayChanged(NodeOverlay overlay) implements ClusterDelta {}

    record NodeOverlayGone(String name, String uid) implements ClusterDelta {}

    record DaemonSetChanged(DaemonSet daemonSet) implements ClusterDelta {}

    record DaemonSetGone(String namespace, String name) implements ClusterDelta {}

    record DisruptionBudgetChanged(DisruptionBudget budget) implements ClusterDelta {}

    record DisruptionBudgetGone(String namespace, String name) implements ClusterDelta {}

    record VolumeAttachmentChanged(VolumeAttachment attachment) implements ClusterDelta {}

    record VolumeAttachmentGone(String name) implements ClusterDelta {}

    record NamespaceChanged(Namespace namespace) implements ClusterDelta {}

    record NamespaceGone(String name) implements ClusterDelta {}

    /** A change to what volumes are, and where. */
    sealed interface OfStorage extends ClusterDelta {}

    record PersistentVolumeClaimChanged(PersistentVolumeClaim claim) implements OfStorage {}

    record PersistentVolumeClaimGone(PodKey key) implements OfStorage {}

    record PersistentVolumeChanged(PersistentVolume volume) implements OfStorage {}

    record PersistentVolumeGone(String name) implements OfStorage {}

    record StorageClassChanged(StorageClass storageClass) implements OfStorage {}

    record StorageClassGone(String name) implements OfStorage {}

    record CsiNodeChanged(CsiNode csiNode) implements OfStorage {}

    record CsiNodeGone(String name) implements OfStorage {}

    /** A change to which pods belong together. */
    sealed interface OfWorkloads extends ClusterDelta {}

    record ServiceChanged(Service service) implements OfWorkloads {}

    record ServiceGone(PodKey key) implements OfWorkloads {}

    record WorkloadChanged(Workload workload) implements OfWorkloads {}

    record WorkloadGone(String uid) implements OfWorkloads {}

    /** A change to what room is kept for pods that don't exist yet. */
    sealed interface OfBuffers extends ClusterDelta {}

    record CapacityBufferChanged(CapacityBuffer buffer) implements OfBuffers {}

    record CapacityBufferGone(PodKey key, String uid) implements OfBuffers {}

    record PodTemplateChanged(PodTemplate template) implements OfBuffers {}

    record PodTemplateGone(PodKey key) implements OfBuffers {}

    /** The first list of every kind has been delivered; sent once. */
    record Listed() implements ClusterDelta {}
}
