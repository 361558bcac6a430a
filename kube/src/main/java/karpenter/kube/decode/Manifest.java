package karpenter.kube.decode;

import java.util.List;
import karpenter.api.ObjectMeta;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.core.cluster.CsiNode;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.DisruptionBudget;
import karpenter.core.cluster.Namespace;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.PersistentVolume;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodTemplate;
import karpenter.core.cluster.Service;
import karpenter.core.cluster.StorageClass;
import karpenter.core.cluster.Workload;
import org.jspecify.annotations.Nullable;

/** One object of a manifest, as a record. */
public sealed interface Manifest {
    record OfPod(Pod pod) implements Manifest {}

    record OfNode(Node node) implements Manifest {}

    record OfDaemonSet(DaemonSet daemonSet) implements Manifest {}

    /**
     * What makes pods from a template: Deployment, StatefulSet, ReplicaSet, ReplicationController or Job.
     *
     * @param shape the template's, owned by the workload
     * @param workload how it selects its pods, null where defaults for pods don't go by it
     * @param pods as many pods as it asks for, waiting for a node, named {@code <workload>-<ordinal>}
     * @param claims that a StatefulSet makes for its pods
     */
    record OfWorkload(
            String apiVersion,
            String kind,
            ObjectMeta metadata,
            PodShape shape,
            @Nullable Workload workload,
            List<Pod> pods,
            List<PersistentVolumeClaim> claims)
            implements Manifest {
        public OfWorkload {
            pods = List.copyOf(pods);
            claims = List.copyOf(claims);
        }
    }

    record OfService(Service service) implements Manifest {}

    record OfPodTemplate(PodTemplate template) implements Manifest {}

    record OfCapacityBuffer(CapacityBuffer buffer) implements Manifest {}

    /** Its labels include the one that the API server gives it. */
    record OfNamespace(Namespace namespace) implements Manifest {}

    record OfPersistentVolumeClaim(PersistentVolumeClaim claim) implements Manifest {}

    record OfPersistentVolume(PersistentVolume volume) implements Manifest {}

    record OfStorageClass(StorageClass storageClass) implements Manifest {}

    record OfCsiNode(CsiNode csiNode) implements Manifest {}

    record OfDisruptionBudget(DisruptionBudget budget) implements Manifest {}

    record OfNodePool(NodePool pool) implements Manifest {}

    record OfNodeClaim(NodeClaim claim) implements Manifest {}

    record OfNodeOverlay(NodeOverlay overlay) implements Manifest {}

    record OfKwokNodeClass(KwokNodeClass nodeClass) implements Manifest {}

    /** A kind that bears on nothing here. */
    record Other(String apiVersion, String kind, String name) implements Manifest {}
}
