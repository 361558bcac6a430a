package karpenter.core.lifecycle;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.VolumeAttachment;

/** What a terminating Node and its claim show of the stages they go through: drain, volumes, machine. */
public final class NodeTermination {
    private static final Taint DISRUPTED = Taint.of(Labels.DISRUPTED_TAINT, "", Taint.NO_SCHEDULE);
    private static final String EXCLUDED_BY = "karpenter";

    private NodeTermination() {}

    /** Whether the Node keeps new pods away because it is going. */
    public static boolean isTainted(Node node) {
        return node.taints().stream().anyMatch(DISRUPTED::matches);
    }

    /** The Node with the taint that keeps new pods away and the label that takes it out of load balancers. */
    public static Node tainted(Node node) {
        Node labelled = node.withMetadata(node.metadata().withLabel(Labels.EXCLUDE_FROM_LOAD_BALANCERS, EXCLUDED_BY));
        if (isTainted(node)) {
            return labelled;
        }
        List<Taint> taints = new ArrayList<>(node.taints().stream()
                .filter(taint -> !taint.matches(DISRUPTED))
                .toList());
        taints.add(DISRUPTED);
        return labelled.withTaints(taints);
    }

    /** The attachments that hold up the end: of volumes, other than those of pods that no drain ends. */
    public static List<VolumeAttachment> awaited(List<VolumeAttachment> onNode, Set<String> volumesOfStayingPods) {
        return onNode.stream()
                .filter(attachment -> {
                    String volume = attachment.persistentVolumeName();
                    return volume != null && !volumesOfStayingPods.contains(volume);
                })
                .toList();
    }

    public static NodeClaim draining(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions().setUnknown(NodeClaim.DRAINED, "Draining", "Draining", now));
    }

    public static NodeClaim drained(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions().setTrue(NodeClaim.DRAINED, now));
    }

    public static NodeClaim awaitingVolumes(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions()
                .setUnknown(NodeClaim.VOLUMES_DETACHED, "AwaitingVolumeDetachment", "AwaitingVolumeDetachment", now));
    }

    public static NodeClaim volumesDetached(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions().setTrue(NodeClaim.VOLUMES_DETACHED, now));
    }

    /** The deadline passed with volumes still attached. */
    public static NodeClaim volumesAbandoned(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions()
                .setFalse(
                        NodeClaim.VOLUMES_DETACHED,
                        "TerminationGracePeriodElapsed",
                        "TerminationGracePeriodElapsed",
                        now));
    }

    public static NodeClaim machineTerminating(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions().setTrue(NodeClaim.INSTANCE_TERMINATING, now));
    }
}
