package karpenter.controllers.nodeclaim.consistency;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.lifecycle.Consistency;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controller {@code nodeclaim.consistency}: each claim is looked at every ten minutes, however often it changes. */
public final class ConsistencyController {
    private static final Logger LOG = LoggerFactory.getLogger(ConsistencyController.class);

    private static final Duration PERIOD = Duration.ofMinutes(10);
    private static final int FEWEST = 10;
    private static final int MOST = 1_000;

    private final ClusterState state;
    private final ObjectWriter<NodeClaim> claims;
    private final CloudProvider cloud;
    private final EventRecorder events;
    private final TimeSource time;
    private final Map<String, Instant> checkedByClaimUid = new ConcurrentHashMap<>();

    private ConsistencyController(
            ClusterState state,
            ObjectWriter<NodeClaim> claims,
            CloudProvider cloud,
            EventRecorder events,
            TimeSource time) {
        this.state = state;
        this.claims = new ImageWriter<>(claims, state);
        this.cloud = cloud;
        this.events = events;
        this.time = time;
    }

    /**
     * Makes the controller; keys are names of NodeClaims.
     *
     * @param cpuRequestsMilli the container's CPU in thousandths of a core
     */
    public static Controller<String> controller(
            ClusterState state,
            ObjectWriter<NodeClaim> claims,
            CloudProvider cloud,
            EventRecorder events,
            ControllerContext context,
            int cpuRequestsMilli) {
        ConsistencyController consistency = new ConsistencyController(state, claims, cloud, events, context.time());
        Controller<String> controller = Controller.<String>named("nodeclaim.consistency")
                .logField("controllerGroup", NodeClaim.KIND.group())
                .logField("controllerKind", NodeClaim.KIND.kind())
                .concurrency(ConcurrencyScale.of(FEWEST, MOST, cpuRequestsMilli))
                .reconciler(consistency::reconcile)
                .build(context);
        state.listen(delta -> consistency.hear(delta, controller));
        return controller;
    }

    private void hear(ClusterDelta delta, Controller<String> controller) {
        switch (delta) {
            case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> {
                if (isDue(claim)) {
                    controller.enqueue(claim.name());
                }
            }
            case ClusterDelta.NodeChanged(Node node) ->
                state.claimsOf(node.providerId()).stream()
                        .filter(this::isDue)
                        .forEach(claim -> controller.enqueue(claim.name()));
            case ClusterDelta.NodeClaimGone(String name, String uid) -> checkedByClaimUid.remove(uid);
            default -> {
                // neither claim nor node
            }
        }
    }

    private boolean isDue(NodeClaim claim) {
        return !untilDue(claim).isPositive();
    }

    private Duration untilDue(NodeClaim claim) {
        Instant checked = checkedByClaimUid.get(claim.metadata().uid());
        return checked == null ? Duration.ZERO : Duration.between(time.instant(), checked.plus(PERIOD));
    }

    private Outcome reconcile(String name) {
        NodeClaim claim = state.claim(name);
        if (claim == null
                || claim.metadata().deleting()
                || !claim.isTrue(NodeClaim.INITIALIZED)
                || !cloud.manages(claim)) {
            return Outcome.done();
        }
        List<Node> nodes = state.nodesOf(claim.status().providerID());
        if (nodes.size() != 1) {
            return Outcome.done();
        }
        if (!isDue(claim)) {
            return Outcome.requeueAfter(untilDue(claim));
        }
        Instant now = time.instant();
        List<String> shortfalls = Consistency.shortfalls(claim, nodes.getFirst());
        for (String shortfall : shortfalls) {
            events.publish(Event.warning(
                    ObjectReference.to(NodeClaim.KIND, claim),
                    "FailedConsistencyCheck",
                    shortfall,
                    claim.metadata().uid(),
                    shortfall));
            LOG.atError()
                    .addKeyValue("NodeClaim", Map.of("name", name))
                    .addKeyValue("error", shortfall)
                    .log("consistency error");
        }
        NodeClaim after =
                shortfalls.isEmpty() ? Consistency.consistent(claim, now) : Consistency.inconsistent(claim, now);
        WriteResult<NodeClaim> result = claims.patchStatus(claim, after, Lock.RESOURCE_VERSION);
        if (!(result instanceof WriteResult.Written<NodeClaim>)) {
            return WriteOutcomes.of(result);
        }
        checkedByClaimUid.put(claim.metadata().uid(), now);
        return Outcome.requeueAfter(PERIOD);
    }
}
