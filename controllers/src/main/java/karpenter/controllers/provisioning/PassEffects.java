package karpenter.controllers.provisioning;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.controllers.launch.NodeClaimLauncher;
import karpenter.controllers.launch.NodeClaimLauncher.Launch;
import karpenter.controllers.launch.Shortened;
import karpenter.controllers.state.ClusterState;
import karpenter.core.buffer.BufferPods;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.RejectionReason;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.core.scheduling.SchedulingResult.Placement;
import karpenter.runtime.RateLimiter;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Carries a pass's answer out: claims first, then promises, nominations, events and log lines. */
final class PassEffects {
    private static final Logger LOG = LoggerFactory.getLogger(PassEffects.class);

    private static final String REASON = "provisioned";
    private static final int PODS_IN_LOG = 5;
    private static final Duration FAILURES_DEDUPED_FOR = Duration.ofMinutes(5);
    private static final Duration EMPTY_POOLS_DEDUPED_FOR = Duration.ofMinutes(1);
    private static final double NOMINATIONS_PER_SECOND = 5;
    private static final int NOMINATIONS_BURST = 10;

    private final ClusterState state;
    private final NodeClaimLauncher launcher;
    private final OrderedClaims ordered;
    private final EventRecorder events;
    private final ProvisioningMetrics metrics;
    private final Duration nominationWindow;
    private final RateLimiter nominations;
    private final BufferEffects buffers;
    /** New promises of this pass, pods by target; for the log. */
    private final Map<String, List<String>> promised = new HashMap<>();

    PassEffects(
            ClusterState state,
            NodeClaimLauncher launcher,
            OrderedClaims ordered,
            EventRecorder events,
            ProvisioningMetrics metrics,
            Duration nominationWindow,
            TimeSource time) {
        this.state = state;
        this.launcher = launcher;
        this.ordered = ordered;
        this.events = events;
        this.metrics = metrics;
        this.nominationWindow = nominationWindow;
        this.nominations = RateLimiter.of(time, NOMINATIONS_PER_SECOND, NOMINATIONS_BURST);
        this.buffers = new BufferEffects(state);
    }

    /** Does what is left to do when there was nothing to ask about. */
    void nothingToAsk(PassQuestion question) {
        buffers.settle(question, new SchedulingResult(List.of(), List.of(), List.of(), List.of()), List.of());
    }

    /** Says which pools can't serve, and why. */
    static void skipped(PoolCatalogs catalogs) {
        for (PoolCatalogs.SkippedPool skipped : catalogs.skipped()) {
            LOG.atError()
                    .addKeyValue("NodePool", Map.of("name", skipped.pool()))
                    .addKeyValue("error", skipped.why())
                    .log(
                            switch (skipped.cause()) {
                                case NOT_READY -> "ignoring nodepool, not ready";
                                case UNRESOLVED -> "skipping, unable to resolve instance types";
                            });
        }
    }

    /**
     * Does what was decided.
     *
     * @param duration how long the decision took
     * @return what became of each plan
     */
    List<Launch> carryOut(PassQuestion question, SchedulingResult result, Duration duration) {
        if (question.catalogs().usable().isEmpty()) {
            LOG.atInfo().log("no dynamic nodepools found");
        }
        if (!result.plans().isEmpty()) {
            announce(question, result, duration);
        }
        if (result.partial()) {
            LOG.atInfo().addKeyValue("duration", duration).log("scheduling simulation timed out");
        }
        List<Launch> launches = launch(result.plans());
        launched(launches);
        buffers.settle(question, result, launches);
        result.placements().forEach(this::placed);
        result.rejections().forEach(this::rejected);
        result.emptyPools().forEach(this::emptyPool);
        tellPromises();
        return launches;
    }

    /** In one line, as the log lets only some of many equal ones pass. */
    private void tellPromises() {
        if (!promised.isEmpty()) {
            LOG.atDebug().addKeyValue("places", new TreeMap<>(promised)).log("promised pods their places");
            promised.clear();
        }
    }

    private static void announce(PassQuestion question, SchedulingResult result, Duration duration) {
        LOG.atInfo()
                .addKeyValue("Pods", Shortened.list(question.input().pods(), Pod::key, PODS_IN_LOG))
                .addKeyValue("duration", duration)
                .log("found provisionable pod(s)");
        LOG.atInfo()
                .addKeyValue("nodeclaims", result.plans().size())
                .addKeyValue(
                        "pods",
                        result.plans().stream()
                                .mapToInt(plan -> plan.pods().size())
                                .sum())
                .addKeyValue("price-per-hour", dollars(result.pricePerHourUsd()))
                .addKeyValue("lower-bound-per-hour", dollars(result.lowerBoundPricePerHourUsd()))
                .log("computed new nodeclaim(s) to fit pod(s)");
        List<Placement> unready = result.placements().stream()
                .filter(placement -> !placement.machine().initialized())
                .toList();
        if (!unready.isEmpty()) {
            LOG.atInfo()
                    .addKeyValue("nodes", unready.size())
                    .addKeyValue(
                            "pods",
                            unready.stream()
                                    .mapToInt(placement -> placement.pods().size())
                                    .sum())
                    .log("computed unready node(s) will fit pod(s)");
        }
    }

    /** Finer than any price list; takes the noise of binary fractions away. */
    private static BigDecimal dollars(double value) {
        return BigDecimal.valueOf(value).setScale(6, RoundingMode.HALF_UP);
    }

    /** All at once: each create is one round trip, and every pod of the batch waits for the last of them. */
    private List<Launch> launch(List<NodePlan> plans) {
        if (plans.size() < 2) {
            return plans.stream().map(plan -> launcher.launch(plan, REASON)).toList();
        }
        Map<String, String> logFields = MDC.getCopyOfContextMap();
        List<Callable<Launch>> calls = new ArrayList<>();
        for (NodePlan plan : plans) {
            calls.add(() -> {
                if (logFields != null) {
                    MDC.setContextMap(logFields);
                }
                return launcher.launch(plan, REASON);
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Launch> launches = new ArrayList<>();
            for (Future<Launch> call : threads.invokeAll(calls)) {
                launches.add(call.get());
            }
            return List.copyOf(launches);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while NodeClaims were created", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("a NodeClaim could not be created", e.getCause());
        }
    }

    /** Promises the pods of created claims their place; says why others got none. */
    void launched(List<Launch> launches) {
        for (Launch launch : launches) {
            switch (launch) {
                case Launch.Created(NodePlan plan, NodeClaim claim) -> {
                    for (Pod pod : BufferPods.existing(plan.pods())) {
                        promise(pod, claim.name(), "nodeclaim/" + claim.name());
                    }
                    ordered.add(claim);
                }
                case Launch.Refused(NodePlan plan, String why) -> {
                    LOG.atError()
                            .addKeyValue("NodePool", Map.of("name", plan.pool().name()))
                            .addKeyValue("Pods", Shortened.list(plan.pods(), Pod::key, PODS_IN_LOG))
                            .addKeyValue("error", why)
                            .log("failed to create nodeclaim");
                    BufferPods.existing(plan.pods()).forEach(pod -> failed(pod, "creating a nodeclaim failed: " + why));
                }
                case Launch.Open(NodePlan plan, NodeClaim claim, String why) ->
                    LOG.atError()
                            .addKeyValue("NodePool", Map.of("name", plan.pool().name()))
                            .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                            .addKeyValue("error", why)
                            .log("creation of nodeclaim is unanswered, trying it again before anything else");
            }
        }
    }

    /** Why the pass has to be tried again, or null. */
    static @Nullable String failure(List<Launch> launches) {
        for (Launch launch : launches) {
            switch (launch) {
                case Launch.Created created -> {
                    // As it should be.
                }
                case Launch.Refused(NodePlan plan, String why) -> {
                    return "creating nodeclaims, " + why;
                }
                case Launch.Open(NodePlan plan, NodeClaim claim, String why) -> {
                    return "creating nodeclaims, " + why;
                }
            }
        }
        return null;
    }

    private void placed(Placement placement) {
        List<Pod> pods = BufferPods.existing(placement.pods());
        if (pods.isEmpty()) {
            return;
        }
        NodeState machine = placement.machine();
        NodeClaim claim = machine.claim();
        String target = BufferEffects.targetOf(machine);
        List<String> parts = new ArrayList<>();
        if (claim != null) {
            parts.add("nodeclaim/" + claim.name());
        }
        if (machine.node() != null) {
            parts.add("node/" + machine.node().name());
        }
        for (Pod pod : pods) {
            promise(pod, target, String.join(", ", parts));
        }
        state.nominate(machine.key(), nominationWindow);
    }

    private void promise(Pod pod, String target, String where) {
        ClusterState.PlannedPod before = state.plannedFor(pod.uid());
        if (pod.bound()) {
            state.plannedToMove(pod.uid(), target);
        } else {
            state.planned(pod, target);
        }
        decided(pod, true);
        // A promise that is kept is no news, and would use up what the limiter lets through.
        boolean news = before == null || !before.targetName().equals(target);
        if (news && LOG.isDebugEnabled()) {
            promised.computeIfAbsent(target, name -> new ArrayList<>())
                    .add(pod.key().toString());
        }
        if (news && nominations.tryAcquire()) {
            events.publish(
                    Event.normal(ObjectReference.to(pod), "Nominated", "Pod should schedule on: " + where, pod.uid()));
        }
    }

    private void rejected(PodRejection rejection) {
        Pod pod = rejection.pod();
        RejectionReason reason = rejection.reason();
        if (BufferPods.isVirtual(pod)) {
            return;
        }
        decided(pod, false);
        if (isIgnored(reason)) {
            LOG.atDebug()
                    .addKeyValue("Pod", named(pod))
                    .addKeyValue("error", reason.text())
                    .log("ignoring pod");
        } else if (!(reason instanceof RejectionReason.NoPools)) {
            LOG.atError()
                    .addKeyValue("Pod", named(pod))
                    .addKeyValue("error", reason.text())
                    .log("could not schedule pod");
        }
        // That there is no pool at all is said once, not for each pod.
        if (!reason.silent() && !(reason instanceof RejectionReason.NoPools)) {
            failed(pod, reason.text());
        }
    }

    /** Whether the pod itself stands in the way, whatever could be bought. */
    static boolean isIgnored(RejectionReason reason) {
        return switch (reason) {
            case RejectionReason.Invalid _, RejectionReason.KeepsOff _ -> true;
            case RejectionReason.VolumeUnusable _, RejectionReason.VolumesApart _, RejectionReason.VolumesElsewhere _ ->
                true;
            case RejectionReason.Unsupported _,
                    RejectionReason.NoPools _,
                    RejectionReason.OutOfTime _,
                    RejectionReason.NoPoolFits _ -> false;
        };
    }

    private void failed(Pod pod, String why) {
        events.publish(
                Event.warning(ObjectReference.to(pod), "FailedScheduling", "Failed to schedule pod, " + why, pod.uid())
                        .dedupedFor(FAILURES_DEDUPED_FOR));
    }

    private void emptyPool(SchedulingResult.EmptyPool empty) {
        NodePool pool = empty.pool();
        LOG.atInfo()
                .addKeyValue("NodePool", Map.of("name", pool.name()))
                .log("skipping, nodepool requirements filtered out all instance types");
        events.publish(Event.warning(
                        ObjectReference.to(NodePool.KIND, pool),
                        "NoCompatibleInstanceTypes",
                        "NodePool requirements filtered out all compatible available instance types"
                                + (empty.byMinValues() ? " due to minValues incompatibility" : ""),
                        pool.metadata().uid())
                .dedupedFor(EMPTY_POOLS_DEDUPED_FOR));
    }

    /** Pods of leaving machines don't wait: they run. */
    private void decided(Pod pod, boolean placed) {
        Duration sinceSeen = pod.bound() ? null : state.waits().decide(pod.uid(), placed);
        if (sinceSeen != null) {
            metrics.decided(sinceSeen);
        }
    }

    private static Map<String, String> named(Pod pod) {
        return Map.of("name", pod.key().name(), "namespace", pod.key().namespace());
    }
}
