package karpenter.controllers.nodeclaim.disruption;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import karpenter.api.Condition;
import karpenter.api.Conditions;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.nodeclaim.disruption.DriftCheck.Finding;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.NodeClass;
import karpenter.core.lifecycle.Consolidatability;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller {@code nodeclaim.disruption}. It usually is the first to write a new claim's conditions, all Unknown.
 *
 * <p>Differs from upstream: a pool's claims are looked at again when its template or rules change, not with each change of
 * its status.
 */
public final class DisruptionConditionsController {
    private static final Logger LOG = LoggerFactory.getLogger(DisruptionConditionsController.class);

    private static final Duration PERIOD = Duration.ofMinutes(5);
    private static final int FEWEST = 10;
    private static final int MOST = 1_000;

    private final ClusterState state;
    private final ObjectWriter<NodeClaim> claims;
    private final CloudProvider cloud;
    private final DriftCheck drift;
    private final TimeSource time;
    private final Map<String, Rules> rulesByPool = new ConcurrentHashMap<>();

    /** What of a pool bears on its claims. */
    private record Rules(String uid, long generation, Map<String, String> annotations) {}

    private DisruptionConditionsController(
            ClusterState state, ObjectWriter<NodeClaim> claims, CloudProvider cloud, TimeSource time) {
        this.state = state;
        this.claims = new ImageWriter<>(claims, state);
        this.cloud = cloud;
        this.drift = new DriftCheck(cloud);
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
            ControllerContext context,
            int cpuRequestsMilli) {
        DisruptionConditionsController conditions =
                new DisruptionConditionsController(state, claims, cloud, context.time());
        Controller<String> controller = Controller.<String>named("nodeclaim.disruption")
                .logField("controllerGroup", NodeClaim.KIND.group())
                .logField("controllerKind", NodeClaim.KIND.kind())
                .concurrency(ConcurrencyScale.of(FEWEST, MOST, cpuRequestsMilli))
                .reconciler(conditions::reconcile)
                .build(context);
        state.listen(delta -> conditions.hear(delta, controller));
        return controller;
    }

    private void hear(ClusterDelta delta, Controller<String> controller) {
        switch (delta) {
            case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> controller.enqueue(claim.name());
            case ClusterDelta.NodeClaimGone(String name, String uid) -> drift.forget(uid);
            case ClusterDelta.NodePoolChanged(NodePool pool) -> {
                Rules rules = new Rules(
                        pool.metadata().uid(),
                        pool.metadata().generation(),
                        pool.metadata().annotations());
                if (!rules.equals(rulesByPool.put(pool.name(), rules))) {
                    enqueue(controller, claim -> pool.name().equals(claim.nodePoolName()));
                }
            }
            case ClusterDelta.NodePoolGone(String name, String uid) -> rulesByPool.remove(name);
            case ClusterDelta.NodeClassChanged(NodeClass nodeClass) -> {
                NodeClassReference reference =
                        new NodeClassReference(nodeClass.group(), nodeClass.kind(), nodeClass.name());
                enqueue(controller, claim -> claim.spec().nodeClassRef().equals(reference));
            }
            default -> {
                // pods show in the claim's lastPodEventTime
            }
        }
    }

    private void enqueue(Controller<String> controller, Predicate<NodeClaim> chosen) {
        state.snapshot().claims().values().stream().filter(chosen).forEach(claim -> controller.enqueue(claim.name()));
    }

    private Outcome reconcile(String name) {
        NodeClaim claim = state.claim(name);
        if (claim == null || claim.metadata().deleting() || !cloud.manages(claim)) {
            return Outcome.done();
        }
        String poolName = claim.nodePoolName();
        NodePool pool = poolName == null ? null : state.nodePool(poolName);
        Instant now = time.instant();
        Conditions conditions = claim.conditions();
        Outcome outcome = Outcome.done();
        if (pool != null) {
            Instant consolidatable = Consolidatability.from(claim, pool);
            conditions = drifted(conditions, claim, pool, now);
            conditions = consolidatable(conditions, consolidatable, now);
            outcome = Outcome.requeueAfter(
                    consolidatable != null && now.isBefore(consolidatable)
                            ? least(PERIOD, Duration.between(now, consolidatable))
                            : PERIOD);
        }
        WriteResult<NodeClaim> result =
                claims.patchStatus(claim, claim.withConditions(conditions), Lock.RESOURCE_VERSION);
        return result instanceof WriteResult.Written<NodeClaim> ? outcome : WriteOutcomes.of(result);
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Conditions consolidatable(Conditions conditions, @Nullable Instant from, Instant now) {
        return from == null || now.isBefore(from)
                ? conditions.clear(NodeClaim.CONSOLIDATABLE)
                : conditions.setTrue(NodeClaim.CONSOLIDATABLE, now);
    }

    private Conditions drifted(Conditions conditions, NodeClaim claim, NodePool pool, Instant now) {
        if (!claim.isTrue(NodeClaim.LAUNCHED)) {
            return conditions.clear(NodeClaim.DRIFTED);
        }
        return switch (drift.of(claim, pool, now)) {
            case Finding.NotDrifted _ -> conditions.clear(NodeClaim.DRIFTED);
            case Finding.Drifted(String reason) -> {
                Condition before = conditions.get(NodeClaim.DRIFTED);
                if (before == null || !before.reason().equals(reason)) {
                    LOG.atDebug()
                            .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                            .addKeyValue("reason", reason)
                            .log("marking drifted");
                }
                yield conditions.setTrue(NodeClaim.DRIFTED, reason, reason, now);
            }
            case Finding.Unclear(String why) -> {
                LOG.atError()
                        .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                        .addKeyValue("error", why)
                        .log("can't tell whether nodeclaim has drifted");
                yield conditions;
            }
        };
    }
}
