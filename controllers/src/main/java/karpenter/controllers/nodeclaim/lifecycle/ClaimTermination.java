package karpenter.controllers.nodeclaim.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.launch.MachineTerminations;
import karpenter.controllers.launch.MachineTerminations.Progress;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.Node;
import karpenter.core.lifecycle.NodeTermination;
import karpenter.core.lifecycle.Registration;
import karpenter.core.lifecycle.TerminationDeadline;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Metrics;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a deleted claim: deadline, Nodes and with them their pods, machine, finalizer. */
final class ClaimTermination {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimTermination.class);

    /** Absence of a Node means nothing before the first list. */
    private static final Duration UNTIL_LISTED = Duration.ofSeconds(1);

    private final ObjectWriter<NodeClaim> claims;
    private final ObjectWriter<Node> nodes;
    private final ClusterState state;
    private final MachineTerminations machines;
    private final EventRecorder events;
    private final TimeSource time;
    private final Metrics.Counter terminated;
    private final Metrics.Histogram duration;
    private final Metrics.Histogram instanceDuration;

    ClaimTermination(
            ObjectWriter<NodeClaim> claims,
            ObjectWriter<Node> nodes,
            ClusterState state,
            MachineTerminations machines,
            EventRecorder events,
            TimeSource time,
            Metrics metrics) {
        this.claims = claims;
        this.nodes = nodes;
        this.state = state;
        this.machines = machines;
        this.events = events;
        this.time = time;
        this.terminated = metrics.counter(
                "karpenter_nodeclaims_terminated_total",
                "Number of nodeclaims terminated in total by Karpenter. Labeled by the owning nodepool, capacity type and zone.",
                "nodepool",
                "capacity_type",
                "zone");
        this.duration = metrics.histogram(
                "karpenter_nodeclaims_termination_duration_seconds",
                "Duration of NodeClaim termination in seconds.",
                Metrics.exponentialBuckets(1, 2, 12),
                "nodepool");
        this.instanceDuration = metrics.histogram(
                "karpenter_nodeclaims_instance_termination_duration_seconds",
                "Duration of CloudProvider Instance termination in seconds.",
                Metrics.exponentialBuckets(1, 2, 11),
                "nodepool");
    }

    Outcome advance(NodeClaim claim) {
        if (!claim.metadata().hasFinalizer(Labels.TERMINATION_FINALIZER)) {
            return Outcome.done();
        }
        if (!state.listed()) {
            return Outcome.requeueAfter(UNTIL_LISTED);
        }
        NodeClaim annotated = TerminationDeadline.annotated(claim);
        WriteResult<NodeClaim> result = claims.patch(claim, annotated, Lock.RESOURCE_VERSION);
        if (!(result instanceof WriteResult.Written<NodeClaim>(NodeClaim current))) {
            return WriteOutcomes.of(result);
        }
        Instant deadline = TerminationDeadline.of(current);
        if (!annotated.equals(claim) && deadline != null) {
            announce(current, deadline);
        }
        Outcome waiting = endNodes(current);
        return waiting == null ? endMachine(current) : waiting;
    }

    private void announce(NodeClaim claim, Instant deadline) {
        String text = TerminationDeadline.text(deadline);
        events.publish(Event.warning(
                ObjectReference.to(NodeClaim.KIND, claim),
                "TerminationGracePeriodExpiring",
                "All pods will be deleted by " + text,
                claim.name()));
        LOG.atInfo()
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue(Labels.TERMINATION_TIMESTAMP, text)
                .log("annotated nodeclaim");
    }

    /**
     * Deletes the claim's Nodes, which drains them. A Node that was never opened for pods needs no drain and goes with its
     * machine.
     *
     * @return null when none is left, else how to wait; the end of a Node wakes the claim
     */
    private @Nullable Outcome endNodes(NodeClaim claim) {
        List<Node> registered = state.nodesOf(claim.status().providerID()).stream()
                .filter(node -> claim.isTrue(NodeClaim.REGISTERED) || Registration.isRegistered(node))
                .toList();
        Outcome outcome = Outcome.done();
        for (Node node : registered) {
            if (!node.metadata().deleting()) {
                outcome = WriteOutcomes.soonest(outcome, WriteOutcomes.of(nodes.delete(node)));
            }
        }
        return registered.isEmpty() ? null : outcome;
    }

    private Outcome endMachine(NodeClaim claim) {
        return switch (machines.end(claim)) {
            case Progress.Failed(String message) -> Outcome.retry("can't terminate the machine: " + message);
            case Progress.Ending(Duration again) -> {
                boolean launched = !claim.status().providerID().isEmpty();
                NodeClaim ending = launched ? NodeTermination.machineTerminating(claim, time.instant()) : claim;
                yield WriteOutcomes.soonest(
                        WriteOutcomes.of(claims.patchStatus(claim, ending, Lock.RESOURCE_VERSION)),
                        Outcome.requeueAfter(again));
            }
            case Progress.Gone _ -> release(claim);
        };
    }

    private Outcome release(NodeClaim claim) {
        NodeClaim released = claim.withMetadata(claim.metadata().withoutFinalizer(Labels.TERMINATION_FINALIZER));
        WriteResult<NodeClaim> result = claims.patch(claim, released, Lock.RESOURCE_VERSION);
        if (result instanceof WriteResult.Written<NodeClaim>) {
            count(claim);
        }
        return WriteOutcomes.of(result);
    }

    private void count(NodeClaim claim) {
        LOG.atInfo()
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue("provider-id", claim.status().providerID())
                .addKeyValue("Node", Map.of("name", claim.status().nodeName()))
                .log("deleted nodeclaim");
        Map<String, String> labels = claim.metadata().labels();
        String pool = labels.getOrDefault(Labels.NODE_POOL, "");
        terminated.inc(pool, labels.getOrDefault(Labels.CAPACITY_TYPE, ""), labels.getOrDefault(Labels.ZONE, ""));
        observe(duration, pool, claim.metadata().deletionTimestamp());
        Condition terminating = claim.condition(NodeClaim.INSTANCE_TERMINATING);
        if (terminating != null && terminating.isTrue()) {
            observe(instanceDuration, pool, terminating.lastTransitionTime());
        }
    }

    private void observe(Metrics.Histogram histogram, String pool, @Nullable Instant since) {
        if (since != null) {
            histogram.observe(Duration.between(since, time.instant()).toMillis() / 1e3, pool);
        }
    }
}
