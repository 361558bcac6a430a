package karpenter.controllers.node.termination;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape.VolumeReference;
import karpenter.core.cluster.VolumeAttachment;
import karpenter.core.lifecycle.Drain;
import karpenter.core.lifecycle.NodeTermination;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.runtime.Outcome;
import org.jspecify.annotations.Nullable;

/** Waits until a drained node's volumes are detached, so that a pod that moves finds its volume free. */
final class NodeVolumes {
    private static final Duration NEXT_LOOK = Duration.ofSeconds(1);
    private static final int NAMED_IN_EVENT = 5;

    private final ClusterState state;
    private final EventRecorder events;

    NodeVolumes(ClusterState state, EventRecorder events) {
        this.state = state;
        this.events = events;
    }

    /** Answers null when no volume holds up the end any more. */
    @Nullable
    Outcome advance(TerminationPass pass) {
        Node node = pass.node();
        List<VolumeAttachment> attached = state.attachmentsOf(node.name());
        List<VolumeAttachment> awaited = attached.isEmpty()
                ? List.of()
                : NodeTermination.awaited(attached, volumesOfStayingPods(node, pass.now()));
        if (awaited.isEmpty()) {
            pass.show(NodeTermination::volumesDetached);
            return null;
        }
        Instant deadline = pass.deadline();
        if (deadline != null && pass.now().isAfter(deadline)) {
            pass.show(NodeTermination::volumesAbandoned);
            return null;
        }
        pass.show(NodeTermination::awaitingVolumes);
        events.publish(Event.normal(
                ObjectReference.to(Node.KIND, node),
                "AwaitingVolumeDetachment",
                "Awaiting deletion of bound volumeattachments (" + named(awaited) + ")",
                node.name()));
        return Outcome.requeueAfter(NEXT_LOOK);
    }

    private static String named(List<VolumeAttachment> attachments) {
        String first = attachments.stream()
                .limit(NAMED_IN_EVENT)
                .map(VolumeAttachment::name)
                .collect(Collectors.joining(", "));
        int others = attachments.size() - NAMED_IN_EVENT;
        return others > 0 ? first + " and " + others + " other(s)" : first;
    }

    /** Pods that no drain ends keep their volumes attached until the machine goes. */
    private Set<String> volumesOfStayingPods(Node node, Instant now) {
        Set<String> names = new HashSet<>();
        for (Pod pod : state.podsOn(node.name())) {
            if (pod.phase().terminal() || Drain.isDrainable(pod, now)) {
                continue;
            }
            for (VolumeReference reference : pod.shape().volumes()) {
                String volume = state.volumeOf(reference.claimOf(pod.key()));
                if (volume != null) {
                    names.add(volume);
                }
            }
        }
        return names;
    }
}
