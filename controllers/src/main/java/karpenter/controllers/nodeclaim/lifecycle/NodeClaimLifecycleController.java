package karpenter.controllers.nodeclaim.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.NodeLifecycleHook;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.launch.MachineTerminations;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.RegistrationHealth;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;

/**
 * The controller {@code nodeclaim.lifecycle}.
 *
 * <p>Method: each pass runs all stages of a living claim in order on what is in the image, writes the claim once, and then
 * counts and logs what has been reached. The write of the status insists on the version it was computed from: the stages own
 * some of the conditions, and a list is replaced whole.
 *
 * <p>Differs from upstream: own writes are in the image at once, so that no pass sleeps to let a cache catch up.
 */
public final class NodeClaimLifecycleController {
    private static final Duration BACKOFF_MIN = Duration.ofSeconds(1);
    private static final Duration BACKOFF_MAX = Duration.ofMinutes(1);
    private static final int FEWEST = 1_000;
    private static final int MOST = 5_000;
    private static final int BURST_PER_QPS = 10;

    private final ClusterState state;
    private final CloudProvider cloud;
    private final ObjectWriter<NodeClaim> claims;
    private final RegistrationOutcomes outcomes;
    private final ClaimLaunch launch;
    private final ClaimRegistration registration;
    private final ClaimInitialization initialization;
    private final ClaimLiveness liveness;
    private final ClaimTermination termination;

    /** A Node that is gone no longer tells whose machine it was. */
    private final Map<String, String> providerIdByNode = new ConcurrentHashMap<>();

    private NodeClaimLifecycleController(
            ClusterState state,
            ObjectWriter<NodeClaim> claims,
            ObjectWriter<Node> nodes,
            ObjectWriter<NodePool> pools,
            CloudProvider cloud,
            ClaimDeletions deletions,
            MachineTerminations machines,
            RegistrationHealth health,
            EventRecorder events,
            List<NodeLifecycleHook> hooks,
            ControllerContext context) {
        TimeSource time = context.time();
        Metrics metrics = context.metrics();
        ObjectWriter<Node> nodeWriter = new ImageWriter<>(nodes, state);
        this.state = state;
        this.cloud = cloud;
        this.claims = new ImageWriter<>(claims, state);
        this.outcomes = new RegistrationOutcomes(new ImageWriter<>(pools, state), state, health, time);
        this.launch = new ClaimLaunch(cloud, state, deletions, events, time);
        this.registration = new ClaimRegistration(nodeWriter, state, outcomes, events, hooks, time, metrics);
        this.initialization = new ClaimInitialization(nodeWriter, state, time);
        this.liveness = new ClaimLiveness(deletions, outcomes, time);
        this.termination = new ClaimTermination(this.claims, nodeWriter, state, machines, events, time, metrics);
    }

    /**
     * Makes the controller; keys are names of NodeClaims.
     *
     * @param health what is known of each pool's registrations, shared with who resets it
     * @param hooks what must have happened before a node counts as registered; may be empty
     * @param cpuRequestsMilli the container's CPU in thousandths of a core
     */
    public static Controller<String> controller(
            ClusterState state,
            ObjectWriter<NodeClaim> claims,
            ObjectWriter<Node> nodes,
            ObjectWriter<NodePool> pools,
            CloudProvider cloud,
            ClaimDeletions deletions,
            MachineTerminations machines,
            RegistrationHealth health,
            EventRecorder events,
            List<NodeLifecycleHook> hooks,
            ControllerContext context,
            int cpuRequestsMilli) {
        NodeClaimLifecycleController lifecycle = new NodeClaimLifecycleController(
                state, claims, nodes, pools, cloud, deletions, machines, health, events, hooks, context);
        int concurrency = ConcurrencyScale.of(FEWEST, MOST, cpuRequestsMilli);
        Controller<String> controller = Controller.<String>named("nodeclaim.lifecycle")
                .logField("controllerGroup", NodeClaim.KIND.group())
                .logField("controllerKind", NodeClaim.KIND.kind())
                .concurrency(concurrency)
                .backoff(BACKOFF_MIN, BACKOFF_MAX)
                .overallRate(concurrency, concurrency * BURST_PER_QPS)
                .reconciler(lifecycle::reconcile)
                .build(context);
        state.listen(delta -> lifecycle.hear(delta, controller));
        return controller;
    }

    private void hear(ClusterDelta delta, Controller<String> controller) {
        switch (delta) {
            case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> controller.enqueue(claim.name());
            case ClusterDelta.NodeClaimGone(String name, String uid) -> {
                launch.forget(uid);
                outcomes.forget(uid);
            }
            case ClusterDelta.NodeChanged(Node node) -> {
                if (!node.providerId().isEmpty()) {
                    providerIdByNode.put(node.name(), node.providerId());
                    enqueueClaims(node.providerId(), controller);
                }
            }
            case ClusterDelta.NodeGone(String name, String uid) -> {
                String providerId = providerIdByNode.remove(name);
                if (providerId != null) {
                    enqueueClaims(providerId, controller);
                }
            }
            default -> {
                // nothing that a claim's life depends on
            }
        }
    }

    private void enqueueClaims(String providerId, Controller<String> controller) {
        state.claimsOf(providerId).forEach(claim -> controller.enqueue(claim.name()));
    }

    private Outcome reconcile(String name) {
        NodeClaim claim = state.claim(name);
        if (claim == null || !cloud.manages(claim)) {
            return Outcome.done();
        }
        Outcome outcome = claim.metadata().deleting() ? termination.advance(claim) : live(claim);
        return WriteOutcomes.soonest(outcome, outcomes.write(claim));
    }

    private Outcome live(NodeClaim claim) {
        // Before anything is bought there must be something that keeps the claim until it is given back.
        WriteResult<NodeClaim> held = claims.patch(
                claim,
                claim.withMetadata(claim.metadata().withFinalizer(Labels.TERMINATION_FINALIZER)),
                Lock.RESOURCE_VERSION);
        if (!(held instanceof WriteResult.Written<NodeClaim>(NodeClaim current))) {
            return WriteOutcomes.of(held);
        }
        ClaimPass pass = new ClaimPass(current);
        launch.advance(pass);
        if (!pass.ended()) {
            registration.advance(pass);
            initialization.advance(pass);
            liveness.advance(pass);
        }
        return pass.ended() ? pass.outcome() : store(pass);
    }

    private Outcome store(ClaimPass pass) {
        NodeClaim stored = pass.stored();
        NodeClaim wanted = pass.claim();
        // Labels and annotations are maps, which merge.
        WriteResult<NodeClaim> metadata = claims.patch(stored, stored.withMetadata(wanted.metadata()), Lock.NONE);
        if (!(metadata instanceof WriteResult.Written<NodeClaim>(NodeClaim labelled))) {
            return WriteOutcomes.soonest(pass.outcome(), WriteOutcomes.of(metadata));
        }
        if (!labelled.status().equals(stored.status())) {
            return Outcome.conflict();
        }
        WriteResult<NodeClaim> status =
                claims.patchStatus(labelled, labelled.withStatus(wanted.status()), Lock.RESOURCE_VERSION);
        if (status instanceof WriteResult.Written<NodeClaim>) {
            pass.runOnceStored();
        }
        return WriteOutcomes.soonest(pass.outcome(), WriteOutcomes.of(status));
    }
}
