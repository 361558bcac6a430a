package karpenter.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The metrics of controllers and queues, under the names and labels of controller-runtime and client-go, so that
 * dashboards made for upstream work unchanged.
 */
final class RuntimeMetrics {
    /** A series of {@code controller_runtime_reconcile_total}. */
    enum Result {
        SUCCESS("success"),
        ERROR("error"),
        REQUEUE("requeue"),
        REQUEUE_AFTER("requeue_after");

        final String label;

        Result(String label) {
            this.label = label;
        }
    }

    private static final List<String> BY_CONTROLLER = List.of("controller");
    private static final List<String> BY_QUEUE = List.of("name", "controller");
    // controller-runtime's own histogram ends at 60 s; Karpenter's longer list is for its own metrics.
    private static final List<Double> RECONCILE_BUCKETS = Metrics.DURATION_BUCKETS.subList(0, 40);
    private static final List<Double> QUEUE_BUCKETS = Metrics.exponentialBuckets(10e-9, 10, 12);
    private static final double NANOS_PER_SECOND = 1e9;

    private final Map<String, Controller<?>> controllers = new ConcurrentSkipListMap<>();
    private final Metrics.Counter reconciles;
    private final Metrics.Counter errors;
    private final Metrics.Counter panics;
    private final Metrics.Histogram reconcileTime;
    private final Metrics.Counter adds;
    private final Metrics.Counter retries;
    private final Metrics.Histogram queueDuration;
    private final Metrics.Histogram workDuration;
    private final Metrics.Gauge leader;

    RuntimeMetrics(Metrics metrics) {
        reconciles = metrics.counter(
                "controller_runtime_reconcile_total",
                "Total number of reconciliations per controller",
                "controller",
                "result");
        errors = metrics.counter(
                "controller_runtime_reconcile_errors_total",
                "Total number of reconciliation errors per controller",
                "controller");
        panics = metrics.counter(
                "controller_runtime_reconcile_panics_total",
                "Total number of reconciliation panics per controller",
                "controller");
        reconcileTime = metrics.histogram(
                "controller_runtime_reconcile_time_seconds",
                "Length of time per reconciliation per controller",
                RECONCILE_BUCKETS,
                "controller");
        adds = metrics.counter(
                "workqueue_adds_total", "Total number of adds handled by workqueue", "name", "controller");
        retries = metrics.counter(
                "workqueue_retries_total", "Total number of retries handled by workqueue", "name", "controller");
        queueDuration = metrics.histogram(
                "workqueue_queue_duration_seconds",
                "How long in seconds an item stays in workqueue before being requested",
                QUEUE_BUCKETS,
                "name",
                "controller");
        workDuration = metrics.histogram(
                "workqueue_work_duration_seconds",
                "How long in seconds processing an item from workqueue takes.",
                QUEUE_BUCKETS,
                "name",
                "controller");
        leader = metrics.gauge(
                "leader_election_master_status",
                "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates"
                        + " master. 'name' is the string used to identify the lease. Please make sure to group by"
                        + " name.",
                "name");
        computed(metrics);
    }

    private void computed(Metrics metrics) {
        metrics.computedGauge(
                "controller_runtime_max_concurrent_reconciles",
                "Maximum number of concurrent reconciles per controller",
                BY_CONTROLLER,
                sink -> controllers.forEach((name, controller) -> sink.put(controller.concurrency(), name)));
        metrics.computedGauge(
                "controller_runtime_active_workers",
                "Number of currently used workers per controller",
                BY_CONTROLLER,
                sink -> controllers.forEach((name, controller) ->
                        sink.put(controller.queue().unfinished().size(), name)));
        metrics.computedGauge(
                "workqueue_depth",
                "Current depth of workqueue",
                BY_QUEUE,
                sink -> controllers.forEach(
                        (name, controller) -> sink.put(controller.queue().depth(), name, name)));
        metrics.computedGauge(
                "workqueue_unfinished_work_seconds",
                "How many seconds of work has been done that is in progress and hasn't been observed by"
                        + " work_duration. Large values indicate stuck threads. One can deduce the number of stuck"
                        + " threads by observing the rate at which this increases.",
                BY_QUEUE,
                sink -> controllers.forEach((name, controller) -> sink.put(
                        controller.queue().unfinished().stream()
                                .mapToDouble(RuntimeMetrics::seconds)
                                .sum(),
                        name,
                        name)));
        metrics.computedGauge(
                "workqueue_longest_running_processor_seconds",
                "How many seconds has the longest running processor for workqueue been running.",
                BY_QUEUE,
                sink -> controllers.forEach((name, controller) -> sink.put(
                        controller.queue().unfinished().stream()
                                .mapToDouble(RuntimeMetrics::seconds)
                                .max()
                                .orElse(0),
                        name,
                        name)));
    }

    /** Shows a controller from now on; its counters start at zero, so that a rate sees their first increase. */
    void add(Controller<?> controller) {
        String name = controller.name();
        if (controllers.putIfAbsent(name, controller) != null) {
            throw new IllegalArgumentException("There is a controller named " + name + " already");
        }
        for (Result result : Result.values()) {
            reconciles.inc(0, name, result.label);
        }
        errors.inc(0, name);
        panics.inc(0, name);
        adds.inc(0, name, name);
        retries.inc(0, name, name);
    }

    void reconciled(String controller, Result result, long nanos) {
        reconciles.inc(controller, result.label);
        reconcileTime.observe(nanos / NANOS_PER_SECOND, controller);
        if (result == Result.ERROR) {
            errors.inc(controller);
        }
    }

    void panicked(String controller) {
        panics.inc(controller);
    }

    void leading(String lease, boolean leads) {
        leader.set(leads ? 1 : 0, lease);
    }

    WorkQueue.Observer observerFor(String queue) {
        return new WorkQueue.Observer() {
            @Override
            public void added() {
                adds.inc(queue, queue);
            }

            @Override
            public void taken(Duration inQueue) {
                queueDuration.observe(seconds(inQueue), queue, queue);
            }

            @Override
            public void finished(Duration atWork) {
                workDuration.observe(seconds(atWork), queue, queue);
            }

            @Override
            public void retried() {
                retries.inc(queue, queue);
            }
        };
    }

    static double seconds(Duration duration) {
        return duration.toNanos() / NANOS_PER_SECOND;
    }
}
