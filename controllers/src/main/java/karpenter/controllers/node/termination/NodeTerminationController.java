package karpenter.controllers.node.termination;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.DoubleStream;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.LookupResult;
import karpenter.controllers.launch.MachineTerminations;
import karpenter.controllers.launch.MachineTerminations.Progress;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.lifecycle.NodeTermination;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.PodEvictor;
import karpenter.core.port.WriteResult;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller {@code node.termination}.
 *
 * <p>Method: each pass asks for the claim's deletion, taints, and then goes through drain, volumes and machine as far as they
 * let it; what the claim shows of that is written once, at the end of the pass. The finalizer goes last, when the machine is
 * gone. A node without exactly one claim is drained but has no deadline, no conditions and no machine to end.
 *
 * <p>Differs from upstream: the least time of a drain counts from the taint, not from the node's deletion. Once the machine
 * was asked to stop, pods are no longer looked at.
 */
public final class NodeTerminationController {
    private static final Logger LOG = LoggerFactory.getLogger(NodeTerminationController.class);

    private static final int FEWEST = 100;
    private static final int MOST = 5_000;
    private static final int BURST_PER_QPS = 10;
    private static final Duration UNTIL_LISTED = Duration.ofSeconds(1);
    private static final Duration BETWEEN_LOOKUPS = Duration.ofSeconds(5);

    /** 15 minutes to 30 days; upstream's bounds. */
    private static final List<Double> LIFETIME_BUCKETS = DoubleStream.of(
                    0.25, 0.5, 0.75, 1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 48, 72, 120, 240, 360, 480, 600, 720)
            .map(hours -> hours * 3600)
            .boxed()
            .toList();

    private final ClusterState state;
    private final ObjectWriter<Node> nodes;
    private final ObjectWriter<NodeClaim> claims;
    private final CloudProvider cloud;
    private final MachineTerminations machines;
    private final NodeDrain drain;
    private final NodeVolumes volumes;
    private final TaintClock taints;
    private final TimeSource time;
    private final Map<String, Long> nextLookupNanosByNodeUid = new ConcurrentHashMap<>();
    private final Metrics.Counter terminated;
    private final Metrics.Summary duration;
    private final Metrics.Counter drainedNodes;
    private final Metrics.Histogram lifetime;

    private NodeTerminationController(
            ClusterState state,
            ObjectWriter<Node> nodes,
            ObjectWriter<NodeClaim> claims,
            CloudProvider cloud,
            MachineTerminations machines,
            PodEvictor evictor,
            EvictionQueue evictions,
            EventRecorder events,
            ControllerContext context) {
        Metrics metrics = context.metrics();
        this.state = state;
        this.nodes = new ImageWriter<>(nodes, state);
        this.claims = new ImageWriter<>(claims, state);
        this.cloud = cloud;
        this.machines = machines;
        this.time = context.time();
        this.taints = new TaintClock(time);
        this.drain = new NodeDrain(state, evictor, evictions, events, new DrainedPods(state, metrics), taints);
        this.volumes = new NodeVolumes(state, events);
        this.terminated = metrics.counter(
                "karpenter_nodes_terminated_total",
                "Number of nodes terminated in total by Karpenter. Labeled by owning nodepool and zone.",
                "nodepool",
                "zone");
        this.duration = metrics.summary(
                "karpenter_nodes_termination_duration_seconds",
                "The time taken between a node's deletion request and the removal of its finalizer",
                Metrics.SUMMARY_QUANTILES,
                "nodepool");
        this.drainedNodes = metrics.counter(
                "karpenter_nodes_drained_total", "The total number of nodes drained by Karpenter", "nodepool");
        this.lifetime = metrics.histogram(
                "karpenter_nodes_lifetime_duration_seconds",
                "The lifetime duration of the nodes since creation.",
                LIFETIME_BUCKETS,
                "nodepool");
    }

    /**
     * Makes the controller; keys are names of Nodes.
     *
     * @param cpuRequestsMilli the container's CPU in thousandths of a core
     */
    public static Controller<String> controller(
            ClusterState state,
            ObjectWriter<Node> nodes,
            ObjectWriter<NodeClaim> claims,
            CloudProvider cloud,
            MachineTerminations machines,
            PodEvictor evictor,
            EvictionQueue evictions,
            EventRecorder events,
            ControllerContext context,
            int cpuRequestsMilli) {
        NodeTerminationController termination = new NodeTerminationController(
                state, nodes, claims, cloud, machines, evictor, evictions, events, context);
        int concurrency = ConcurrencyScale.of(FEWEST, MOST, cpuRequestsMilli);
        Controller<String> controller = Controller.<String>named("node.termination")
                .logField("controllerKind", Node.KIND.kind())
                .concurrency(concurrency)
                .backoff(Duration.ofMillis(100), Duration.ofSeconds(10))
                .overallRate(concurrency, concurrency * BURST_PER_QPS)
                .reconciler(termination::reconcile)
                .build(context);
        state.listen(delta -> termination.hear(delta, controller));
        return controller;
    }

    private void hear(ClusterDelta delta, Controller<String> controller) {
        taints.hear(delta);
        switch (delta) {
            case ClusterDelta.NodeChanged(Node node) -> {
                if (node.metadata().deleting()) {
                    controller.enqueue(node.name());
                }
            }
            case ClusterDelta.NodeGone(String name, String uid) -> nextLookupNanosByNodeUid.remove(uid);
            // Its deadline may have come or moved.
            case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> {
                for (Node node : state.nodesOf(claim.status().providerID())) {
                    if (node.metadata().deleting()) {
                        controller.enqueue(node.name());
                    }
                }
            }
            default -> {
                // pods and volumes are looked at each second while a node ends
            }
        }
    }

    private Outcome reconcile(String name) {
        Node node = state.node(name);
        if (node == null
                || !node.metadata().deleting()
                || !node.metadata().hasFinalizer(Labels.TERMINATION_FINALIZER)
                || !cloud.manages(node)) {
            return Outcome.done();
        }
        if (!state.listed()) {
            // Pods that aren't listed yet would look like pods that are gone.
            return Outcome.requeueAfter(UNTIL_LISTED);
        }
        List<NodeClaim> owners = state.claimsOf(node.providerId());
        NodeClaim claim = owners.size() == 1 ? owners.getFirst() : null;
        if (claim != null && !claim.metadata().deleting()) {
            WriteResult<NodeClaim> deleted = claims.delete(claim);
            if (!(deleted instanceof WriteResult.Written<NodeClaim>)) {
                return WriteOutcomes.soonest(WriteOutcomes.of(deleted), Outcome.requeueAfter(UNTIL_LISTED));
            }
        }
        if (isMachineLost(node)) {
            return release(node);
        }
        WriteResult<Node> tainted = taint(node);
        if (!(tainted instanceof WriteResult.Written<Node>(Node current))) {
            return WriteOutcomes.of(tainted);
        }
        return advance(new TerminationPass(current, claim, time.instant()));
    }

    /** Whether nothing is left to drain: the node has stopped reporting and the cloud knows no such machine. */
    private boolean isMachineLost(Node node) {
        if (node.ready() || node.providerId().isEmpty()) {
            return false;
        }
        long now = time.nanoTime();
        Long next = nextLookupNanosByNodeUid.get(node.metadata().uid());
        if (next != null && next - now > 0) {
            return false;
        }
        nextLookupNanosByNodeUid.put(node.metadata().uid(), now + BETWEEN_LOOKUPS.toNanos());
        return cloud.get(node.providerId()) instanceof LookupResult.Gone;
    }

    private WriteResult<Node> taint(Node node) {
        WriteResult<Node> result = nodes.patch(node, NodeTermination.tainted(node), Lock.RESOURCE_VERSION);
        if (result instanceof WriteResult.Written<Node> && !NodeTermination.isTainted(node)) {
            LOG.atInfo()
                    .addKeyValue("Node", Map.of("name", node.name()))
                    .addKeyValue("taint.Key", Labels.DISRUPTED_TAINT)
                    .log("tainted node");
        }
        return result;
    }

    private Outcome advance(TerminationPass pass) {
        boolean machineEnding = pass.isTrue(NodeClaim.INSTANCE_TERMINATING);
        Outcome waiting = machineEnding ? null : drain.advance(pass);
        if (waiting == null && !machineEnding) {
            waiting = volumes.advance(pass);
        }
        if (waiting == null) {
            waiting = endMachine(pass);
        }
        Outcome shown = show(pass);
        if (waiting != null) {
            return WriteOutcomes.soonest(waiting, shown);
        }
        return shown instanceof Outcome.Done ? release(pass.node()) : shown;
    }

    /** Answers null when the machine is gone. */
    private @Nullable Outcome endMachine(TerminationPass pass) {
        NodeClaim claim = pass.claim();
        if (claim == null) {
            return null;
        }
        return switch (machines.end(claim)) {
            case Progress.Gone _ -> {
                pass.show(NodeTermination::machineTerminating);
                yield null;
            }
            case Progress.Ending(Duration again) -> {
                pass.show(NodeTermination::machineTerminating);
                yield Outcome.requeueAfter(again);
            }
            case Progress.Failed(String message) -> Outcome.retry("can't terminate the machine: " + message);
        };
    }

    private Outcome show(TerminationPass pass) {
        NodeClaim before = pass.stored();
        NodeClaim after = pass.claim();
        if (before == null || after == null) {
            return Outcome.done();
        }
        WriteResult<NodeClaim> result = claims.patchStatus(before, after, Lock.RESOURCE_VERSION);
        Condition drained = after.condition(NodeClaim.DRAINED);
        if (result instanceof WriteResult.Written<NodeClaim>
                && drained != null
                && drained.isTrue()
                && !before.isTrue(NodeClaim.DRAINED)) {
            drainedNodes.inc(poolOf(pass.node()));
        }
        return WriteOutcomes.of(result);
    }

    private Outcome release(Node node) {
        Node released = node.withMetadata(node.metadata().withoutFinalizer(Labels.TERMINATION_FINALIZER));
        WriteResult<Node> result = nodes.patch(node, released, Lock.RESOURCE_VERSION);
        if (result instanceof WriteResult.Written<Node>) {
            count(node);
        }
        return WriteOutcomes.of(result);
    }

    private void count(Node node) {
        LOG.atInfo().addKeyValue("Node", Map.of("name", node.name())).log("deleted node");
        String pool = poolOf(node);
        Instant now = time.instant();
        terminated.inc(pool, node.metadata().labels().getOrDefault(Labels.ZONE, ""));
        Instant deletion = node.metadata().deletionTimestamp();
        if (deletion != null) {
            duration.observe(secondsBetween(deletion, now), pool);
        }
        Instant creation = node.metadata().creationTimestamp();
        if (creation != null) {
            lifetime.observe(secondsBetween(creation, now), pool);
        }
    }

    private static double secondsBetween(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1e3;
    }

    private static String poolOf(Node node) {
        return node.metadata().labels().getOrDefault(Labels.NODE_POOL, "");
    }
}
