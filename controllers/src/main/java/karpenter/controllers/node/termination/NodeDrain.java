package karpenter.controllers.node.termination;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import karpenter.api.Condition;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.lifecycle.Drain;
import karpenter.core.lifecycle.NodeTermination;
import karpenter.core.lifecycle.TerminationDeadline;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.core.port.PodEvictor;
import karpenter.core.port.PodEvictor.EvictionResult;
import karpenter.runtime.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Gets the pods off a node.
 *
 * <p>A scheduler that hasn't seen the disrupted taint yet may still bind a pod, and the image hears of it later. So a drain
 * isn't over before the taint has been known for five seconds; for a node that a disruption command tainted that time began
 * then.
 */
final class NodeDrain {
    private static final Duration LEAST_TIME_TAINTED = Duration.ofSeconds(5);
    private static final Duration NEXT_LOOK = Duration.ofSeconds(1);

    private final ClusterState state;
    private final PodEvictor evictor;
    private final EvictionQueue evictions;
    private final EventRecorder events;
    private final DrainedPods drained;
    private final TaintClock taints;

    NodeDrain(
            ClusterState state,
            PodEvictor evictor,
            EvictionQueue evictions,
            EventRecorder events,
            DrainedPods drained,
            TaintClock taints) {
        this.state = state;
        this.evictor = evictor;
        this.evictions = evictions;
        this.events = events;
        this.drained = drained;
        this.taints = taints;
    }

    /** Goes one step on; answers null when the node is drained. */
    @Nullable
    Outcome advance(TerminationPass pass) {
        Node node = pass.node();
        Instant deadline = pass.deadline();
        if (deadline != null) {
            events.publish(Event.warning(
                    ObjectReference.to(Node.KIND, node),
                    "TerminationGracePeriodExpiring",
                    "All pods will be deleted by " + TerminationDeadline.text(deadline),
                    node.name()));
        }
        List<Pod> pods = state.podsOn(node.name());
        Drain.Step step = Drain.next(pods, pass.now(), deadline);
        for (Drain.ForcedDeletion deletion : step.force()) {
            force(deletion, deadline);
        }
        step.evict().forEach(evictions::add);
        if (!step.isDone()) {
            pass.show(NodeTermination::draining);
            events.publish(Event.warning(
                    ObjectReference.to(Node.KIND, node),
                    "FailedDraining",
                    "Failed to drain node, " + step.waiting() + " pods are waiting to be evicted",
                    node.name()));
            return Outcome.requeueAfter(NEXT_LOOK);
        }
        Duration left = leastTimeLeft(pass);
        if (left.isPositive()) {
            pass.show(NodeTermination::draining);
            return Outcome.requeueAfter(left);
        }
        pass.show(NodeTermination::drained);
        return null;
    }

    private void force(Drain.ForcedDeletion deletion, @Nullable Instant deadline) {
        Pod pod = deletion.pod();
        Duration grace = Duration.ofSeconds(deletion.grace().toSeconds());
        if (evictor.delete(pod.key(), pod.uid(), grace) instanceof EvictionResult.Accepted && deadline != null) {
            drained.count(pod);
            events.publish(Event.normal(
                    ObjectReference.to(pod),
                    "Disrupted",
                    "Deleted the pod so that its node can end by " + TerminationDeadline.text(deadline)
                            + ". It has " + grace.toSeconds() + " of the "
                            + pod.shape().terminationGracePeriodSeconds()
                            + " seconds it asks for to stop; neither PDBs nor do-not-disrupt protect it any longer",
                    pod.key().name()));
        }
    }

    /** A drain that a former process began counts from then, as the claim's condition remembers. */
    private Duration leastTimeLeft(TerminationPass pass) {
        Instant since = taints.since(pass.node().name());
        Condition draining = pass.condition(NodeClaim.DRAINED);
        Instant begun = draining == null ? null : draining.lastTransitionTime();
        if (draining != null && draining.isTrue()) {
            return Duration.ZERO;
        }
        Instant start = since == null ? pass.now() : since;
        if (begun != null && begun.isBefore(start)) {
            start = begun;
        }
        return Duration.between(pass.now(), start.plus(LEAST_TIME_TAINTED));
    }
}
