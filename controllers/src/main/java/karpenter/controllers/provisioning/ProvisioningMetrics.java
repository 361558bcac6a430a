package karpenter.controllers.provisioning;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import karpenter.core.buffer.BufferPods;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.runtime.Metrics;
import karpenter.runtime.TimeSource;

/** What passes count, under upstream's names. One pass at a time writes; any thread scrapes. */
final class ProvisioningMetrics {
    private static final String CONTROLLER = "provisioner";
    private static final double NANOS_PER_SECOND = 1e9;

    private final TimeSource time;
    private final Metrics.Histogram duration;
    private final Metrics.Gauge queueDepth;
    private final Metrics.Gauge ignored;
    private final Metrics.Gauge unschedulable;
    private final Metrics.Gauge byZone;
    private final Metrics.Histogram decisionDuration;
    private final Metrics.Gauge planPrice;
    private final Metrics.Gauge planLowerBound;
    private final Set<String> zones = new HashSet<>();
    private volatile Run running = Run.NONE;

    private record Run(String id, long sinceNanos) {
        static final Run NONE = new Run("", 0);
    }

    ProvisioningMetrics(Metrics metrics, TimeSource time) {
        this.time = time;
        duration = metrics.histogram(
                "karpenter_scheduler_scheduling_duration_seconds",
                "Duration of scheduling simulations used for deprovisioning and provisioning in seconds.",
                Metrics.DURATION_BUCKETS,
                "controller");
        queueDepth = metrics.gauge(
                "karpenter_scheduler_queue_depth",
                "The number of pods currently waiting to be scheduled.",
                "controller",
                "scheduling_id");
        metrics.computedGauge(
                "karpenter_scheduler_unfinished_work_seconds",
                "How many seconds of work the scheduling simulation in progress has done so far.",
                List.of("controller", "scheduling_id"),
                sink -> {
                    Run run = running;
                    if (!run.equals(Run.NONE)) {
                        sink.put((time.nanoTime() - run.sinceNanos()) / NANOS_PER_SECOND, CONTROLLER, run.id());
                    }
                });
        ignored = metrics.gauge(
                "karpenter_scheduler_ignored_pods_count", "Number of pods ignored during scheduling by Karpenter");
        unschedulable = metrics.gauge(
                "karpenter_scheduler_unschedulable_pods_count", "The number of unschedulable Pods.", "controller");
        byZone = metrics.gauge(
                "karpenter_scheduler_pending_pods_by_effective_zone_count",
                "Number of pending pods by the zone they are bound to, flexible for several and none for no zone at all.",
                "controller",
                "zone");
        planPrice = metrics.gauge(
                "karpenter_scheduler_plan_price_dollars_per_hour",
                "What the nodes of the last pass that planned some cost together. Upstream has no such metric.",
                "controller");
        planLowerBound = metrics.gauge(
                "karpenter_scheduler_plan_lower_bound_dollars_per_hour",
                "What the nodes of the last pass that planned some must cost at least. Upstream has no such metric.",
                "controller");
        decisionDuration = metrics.histogram(
                "karpenter_pods_scheduling_decision_duration_seconds",
                "The time it takes for Karpenter to first try to schedule a pod after it's been seen.",
                Metrics.DURATION_BUCKETS);
    }

    /** Shows a solve while it runs. */
    Timing begin(int pods) {
        Run run = new Run(UUID.randomUUID().toString(), time.nanoTime());
        running = run;
        queueDepth.set(pods, CONTROLLER, run.id());
        return () -> {
            running = Run.NONE;
            queueDepth.remove(CONTROLLER, run.id());
            long nanos = time.nanoTime() - run.sinceNanos();
            duration.observe(nanos / NANOS_PER_SECOND, CONTROLLER);
            return Duration.ofNanos(nanos);
        };
    }

    /** A solve that runs. */
    interface Timing {
        /** Ends it and answers how long it took. */
        Duration end();
    }

    void asked(PassQuestion question) {
        Map<String, Integer> counts = EffectiveZones.count(question.pending());
        zones.removeIf(zone -> {
            if (!counts.containsKey(zone)) {
                byZone.remove(CONTROLLER, zone);
                return true;
            }
            return false;
        });
        counts.forEach((zone, count) -> {
            zones.add(zone);
            byZone.set(count, CONTROLLER, zone);
        });
    }

    void answered(SchedulingResult result) {
        int refused = 0;
        int without = 0;
        for (PodRejection rejection : result.rejections()) {
            if (!BufferPods.isVirtual(rejection.pod())) {
                boolean atFault = PassEffects.isIgnored(rejection.reason());
                refused += atFault ? 1 : 0;
                without += atFault ? 0 : 1;
            }
        }
        ignored.set(refused);
        unschedulable.set(without, CONTROLLER);
        if (!result.plans().isEmpty()) {
            planPrice.set(result.pricePerHourUsd(), CONTROLLER);
            planLowerBound.set(result.lowerBoundPricePerHourUsd(), CONTROLLER);
        }
    }

    void nothingToAsk() {
        ignored.set(0);
        unschedulable.set(0, CONTROLLER);
    }

    /** @param sinceSeen from when the pod was first seen to wait */
    void decided(Duration sinceSeen) {
        decisionDuration.observe(sinceSeen.toNanos() / NANOS_PER_SECOND);
    }
}
