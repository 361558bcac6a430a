package karpenter.controllers.disruption;

import java.time.Duration;
import java.time.Instant;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.disruption.Blocked;
import karpenter.core.disruption.Candidate;
import karpenter.core.disruption.DisruptionReason;
import karpenter.core.disruption.DoNotDisrupt;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;

/** What users hear about disruption: why a node stays, and that one goes. */
final class DisruptionEvents {
    private static final String BLOCKED = "DisruptionBlocked";
    private static final Duration POOL_DEDUPED_FOR = Duration.ofMinutes(1);

    private final EventRecorder events;

    DisruptionEvents(EventRecorder events) {
        this.events = events;
    }

    /** The machine may not be disrupted. */
    void blocked(NodeState machine, Blocked reason) {
        if (!reason.isPublished()) {
            return;
        }
        Node node = machine.node();
        NodeClaim claim = machine.claim();
        if (node != null) {
            events.publish(Event.normal(
                    ObjectReference.to(Node.KIND, node),
                    BLOCKED,
                    reason.text(),
                    node.metadata().uid()));
        }
        if (claim != null) {
            events.publish(Event.normal(
                    ObjectReference.to(NodeClaim.KIND, claim),
                    BLOCKED,
                    reason.text(),
                    claim.metadata().uid()));
        }
    }

    /** The pool's budget alone forbids any disruption for that reason. */
    void blocked(NodePool pool, DisruptionReason reason) {
        events.publish(Event.normal(
                        ObjectReference.to(NodePool.KIND, pool),
                        BLOCKED,
                        "No allowed disruptions for disruption reason " + reason.text() + " due to blocking budget",
                        pool.metadata().uid(),
                        reason.text())
                .dedupedFor(POOL_DEDUPED_FOR));
    }

    /** The node's deletion was asked for. */
    void terminating(Candidate candidate, DisruptionReason reason) {
        events.publish(Event.normal(
                ObjectReference.to(Node.KIND, candidate.node()),
                "DisruptionTerminating",
                "Disrupting Node: " + reason.text(),
                candidate.node().metadata().uid(),
                reason.text()));
        events.publish(Event.normal(
                ObjectReference.to(NodeClaim.KIND, candidate.claim()),
                "DisruptionTerminating",
                "Disrupting NodeClaim: " + reason.text(),
                candidate.claim().metadata().uid(),
                reason.text()));
    }

    /** Says of each pod on a managed machine what its do-not-disrupt annotation comes to, where that isn't plain. */
    void annotations(ClusterSnapshot snapshot, Instant now) {
        for (NodeState machine : snapshot.machines()) {
            if (machine.managed()) {
                for (Pod pod : machine.pods()) {
                    if (pod.doNotDisrupt() != null) {
                        annotation(pod, now);
                    }
                }
            }
        }
    }

    private void annotation(Pod pod, Instant now) {
        ObjectReference about = ObjectReference.to(pod);
        switch (DoNotDisrupt.of(pod, now)) {
            case DoNotDisrupt.Absent _ -> {
                // Asks for nothing.
            }
            case DoNotDisrupt.Invalid(String value) ->
                events.publish(Event.warning(
                        about,
                        "InvalidDoNotDisruptAnnotation",
                        "Annotation " + Labels.DO_NOT_DISRUPT + "=\"" + value
                                + "\" is ignored; write true or a positive duration, for example 2h30m",
                        pod.uid(),
                        value));
            case DoNotDisrupt.Active(Instant until) -> {
                if (until.isBefore(Instant.MAX)) {
                    events.publish(Event.normal(
                            about, "DoNotDisruptUntil", "Pod is protected from disruption until " + until, pod.uid()));
                }
            }
            case DoNotDisrupt.Elapsed(Instant since) ->
                events.publish(Event.normal(
                        about,
                        "DoNotDisruptGracePeriodElapsed",
                        "Pod is no longer protected from disruption since " + since,
                        pod.uid()));
        }
    }
}
