package karpenter.controllers.node.health;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.lifecycle.NodeRepair;
import karpenter.core.lifecycle.NodeRepair.Sickness;
import karpenter.core.lifecycle.NodeRepair.Symptom;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
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
 * The controller {@code node.health}.
 *
 * <p>Differs from upstream: a blocked repair is told once, on the node, and not three times.
 */
public final class NodeHealthController {
    private static final Logger LOG = LoggerFactory.getLogger(NodeHealthController.class);

    private static final Duration UNTIL_LISTED = Duration.ofSeconds(1);
    private static final Duration WHILE_BLOCKED = Duration.ofMinutes(5);
    private static final Duration BLOCKED_TOLD_EVERY = Duration.ofMinutes(15);
    private static final int FEWEST = 10;
    private static final int MOST = 1_000;

    private final ClusterState state;
    private final ObjectWriter<NodeClaim> claims;
    private final CloudProvider cloud;
    private final ClaimDeletions deletions;
    private final EventRecorder events;
    private final TimeSource time;
    private final List<Symptom> symptoms;
    private final Metrics.Counter repaired;

    private NodeHealthController(
            ClusterState state,
            ObjectWriter<NodeClaim> claims,
            CloudProvider cloud,
            ClaimDeletions deletions,
            EventRecorder events,
            ControllerContext context) {
        this.state = state;
        this.claims = new ImageWriter<>(claims, state);
        this.cloud = cloud;
        this.deletions = deletions;
        this.events = events;
        this.time = context.time();
        this.symptoms = cloud.repairPolicies().stream()
                .map(policy -> new Symptom(policy.conditionType(), policy.conditionStatus(), policy.toleration()))
                .toList();
        this.repaired = context.metrics()
                .counter(
                        "karpenter_nodeclaims_unhealthy_disrupted_total",
                        "Number of unhealthy nodeclaims disrupted in total by Karpenter. Labeled by the node's condition, the owning nodepool, capacity type and image.",
                        "condition",
                        "nodepool",
                        "capacity_type",
                        "image_id");
    }

    /**
     * Makes the controller; keys are names of Nodes. Without repair policies of the provider it never has anything to do.
     *
     * @param cpuRequestsMilli the container's CPU in thousandths of a core
     */
    public static Controller<String> controller(
            ClusterState state,
            ObjectWriter<NodeClaim> claims,
            CloudProvider cloud,
            ClaimDeletions deletions,
            EventRecorder events,
            ControllerContext context,
            int cpuRequestsMilli) {
        NodeHealthController health = new NodeHealthController(state, claims, cloud, deletions, events, context);
        Controller<String> controller = Controller.<String>named("node.health")
                .logField("controllerKind", Node.KIND.kind())
                .concurrency(ConcurrencyScale.of(FEWEST, MOST, cpuRequestsMilli))
                .reconciler(health::reconcile)
                .build(context);
        state.listen(delta -> {
            if (delta instanceof ClusterDelta.NodeChanged(Node node) && NodeRepair.of(node, health.symptoms) != null) {
                controller.enqueue(node.name());
            }
        });
        return controller;
    }

    private Outcome reconcile(String name) {
        Node node = state.node(name);
        Sickness sickness = node == null ? null : NodeRepair.of(node, symptoms);
        if (node == null || sickness == null) {
            return Outcome.done();
        }
        if (!state.listed()) {
            // Few listed nodes would make each of them a large share.
            return Outcome.requeueAfter(UNTIL_LISTED);
        }
        List<NodeClaim> owners = state.claimsOf(node.providerId());
        if (owners.size() != 1 || !cloud.manages(owners.getFirst())) {
            return Outcome.done();
        }
        Instant now = time.instant();
        if (now.isBefore(sickness.until())) {
            return Outcome.requeueAfter(Duration.between(now, sickness.until()));
        }
        NodeClaim claim = owners.getFirst();
        String pool = claim.nodePoolName();
        if (!NodeRepair.isWellEnough(peers(pool), symptoms)) {
            events.publish(Event.warning(
                            ObjectReference.to(Node.KIND, node),
                            "NodeRepairBlocked",
                            "more than 20% nodes are unhealthy in the " + (pool == null ? "cluster" : "nodepool"),
                            node.metadata().uid(),
                            claim.metadata().uid())
                    .dedupedFor(BLOCKED_TOLD_EVERY));
            return Outcome.requeueAfter(WHILE_BLOCKED);
        }
        return repair(claim, sickness, now);
    }

    /** The nodes among which few may be sick: the pool's, or all for a claim without pool. */
    private Collection<Node> peers(@Nullable String pool) {
        Collection<Node> all = state.snapshot().nodes().values();
        return pool == null
                ? all
                : all.stream()
                        .filter(node -> pool.equals(node.metadata().labels().get(Labels.NODE_POOL)))
                        .toList();
    }

    private Outcome repair(NodeClaim claim, Sickness sickness, Instant now) {
        WriteResult<NodeClaim> forced = claims.patch(claim, NodeRepair.forced(claim, now), Lock.NONE);
        if (!(forced instanceof WriteResult.Written<NodeClaim>(NodeClaim current))
                || current.metadata().deleting()) {
            return WriteOutcomes.of(forced);
        }
        WriteResult<NodeClaim> deleted = deletions.delete(current, "unhealthy");
        if (deleted instanceof WriteResult.Written<NodeClaim>) {
            LOG.atInfo()
                    .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                    .addKeyValue("condition", sickness.conditionType())
                    .log("deleting unhealthy node");
            Map<String, String> labels = claim.metadata().labels();
            repaired.inc(
                    snakeCase(sickness.conditionType()),
                    labels.getOrDefault(Labels.NODE_POOL, ""),
                    labels.getOrDefault(Labels.CAPACITY_TYPE, ""),
                    claim.status().imageID());
        }
        return WriteOutcomes.of(deleted);
    }

    private static String snakeCase(String camelCase) {
        return camelCase.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
