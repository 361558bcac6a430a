package karpenter.controllers.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import karpenter.api.Labels;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.PodWaits.Wait;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodPhase;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;
import karpenter.runtime.Metrics.GaugeSink;
import org.jspecify.annotations.Nullable;

/**
 * Where every pod is, how long pods wait, and how long they took to be bound and to start.
 *
 * <p>Problem: durations need the moments at which a pod was bound and became ready, while the image keeps only whether it is.
 *
 * <p>Method: a pod that was seen pending is followed until it is ready, has ended or is gone; the moments are those at which
 * the watch tells. Pods that this process never saw pending have no durations.
 *
 * <p>Concurrency: deltas of one pod come in order from one thread; scrapes read at any time.
 *
 * <p>Differs from upstream: it subtracts the pod's condition times, which are whole seconds and so are often 0 or 1; here
 * the end of a span is exact to the watch's latency. A series of a pod ends with the pod's change, not up to 30 s later.
 */
final class PodMetrics {
    private static final List<String> STATE_LABELS = List.of(
            "name",
            "namespace",
            "owner",
            "node",
            "scheduled",
            "nodepool",
            "zone",
            "arch",
            "capacity_type",
            "instance_type",
            "phase",
            "ready",
            "managed");
    private static final List<String> POD_LABELS = List.of("name", "namespace");

    private final ControllerContext context;
    private final ClusterState state;
    private final ConcurrentMap<PodKey, Starting> starting = new ConcurrentHashMap<>();
    private volatile boolean listed;

    private final Metrics.Summary startupSeconds;
    private final Metrics.Histogram boundSeconds;
    private final Metrics.Histogram provisioningStartupSeconds;
    private final Metrics.Histogram provisioningBoundSeconds;

    /**
     * A pod that was seen pending and is not yet ready.
     *
     * @param placedAt of a bound pod: since when the provisioner had a place for it, null when it had none
     */
    private record Starting(
            String uid,
            Instant created,
            boolean bound,
            @Nullable Instant placedAt) {}

    private PodMetrics(ControllerContext context, ClusterState state) {
        this.context = context;
        this.state = state;
        Metrics metrics = context.metrics();
        startupSeconds = metrics.summary(
                "karpenter_pods_startup_duration_seconds",
                "Time from a pod's creation until it is running and ready.",
                Metrics.SUMMARY_QUANTILES);
        boundSeconds = metrics.histogram(
                "karpenter_pods_bound_duration_seconds",
                "Time from a pod's creation until it is bound to a node.",
                Metrics.DURATION_BUCKETS);
        provisioningStartupSeconds = metrics.histogram(
                "karpenter_pods_provisioning_startup_duration_seconds",
                "Time from when Karpenter first finds a place for a pod until the pod is running and ready.",
                Metrics.DURATION_BUCKETS);
        provisioningBoundSeconds = metrics.histogram(
                "karpenter_pods_provisioning_bound_duration_seconds",
                "Time from when Karpenter first finds a place for a pod until the pod is bound to a node.",
                Metrics.DURATION_BUCKETS);
    }

    static void register(ControllerContext context, ClusterState state) {
        PodMetrics metrics = new PodMetrics(context, state);
        context.leaderGauge(
                "karpenter_pods_state",
                "1 for each pod, labeled with where and how it is.",
                STATE_LABELS,
                metrics::putStates);
        metrics.waitingTime(
                "karpenter_pods_unstarted_time_seconds",
                "Time since the creation of a pod that is not running yet.",
                (pod, wait) -> pod.created());
        metrics.waitingTime(
                "karpenter_pods_unbound_time_seconds",
                "Time since the creation of a pod that is not bound to a node yet.",
                (pod, wait) -> pod.bound() ? null : pod.created());
        metrics.waitingTime(
                "karpenter_pods_provisioning_unstarted_time_seconds",
                "Time since Karpenter first found a place for a pod that is not running yet.",
                (pod, wait) -> wait == null ? pod.placedAt() : wait.placedAt());
        metrics.waitingTime(
                "karpenter_pods_provisioning_unbound_time_seconds",
                "Time since Karpenter first found a place for a pod that is not bound to a node yet.",
                (pod, wait) -> pod.bound() || wait == null ? null : wait.placedAt());
        metrics.waitingTime(
                "karpenter_pods_provisioning_scheduling_undecided_time_seconds",
                "Time since Karpenter first saw a pod that it has not decided about yet.",
                (pod, wait) -> pod.bound() || wait == null || wait.decidedAt() != null ? null : wait.since());
        state.listen(metrics::follow);
    }

    private void follow(ClusterDelta delta) {
        if (delta instanceof ClusterDelta.PodChanged(Pod pod)) {
            follow(pod);
        } else if (delta instanceof ClusterDelta.PodGone(PodKey key, String uid)) {
            starting.computeIfPresent(key, (k, known) -> known.uid().equals(uid) ? null : known);
        } else if (delta instanceof ClusterDelta.Listed) {
            listed = true;
        }
    }

    private void follow(Pod pod) {
        Starting known = starting.get(pod.key());
        if (known != null && !known.uid().equals(pod.uid())) {
            starting.remove(pod.key());
            known = null;
        }
        boolean pending = pod.phase() == PodPhase.PENDING;
        if (known == null && !pending) {
            return;
        }
        Instant placedAt = known != null && known.bound() ? known.placedAt() : placedAt(pod);
        // Nobody knows when a pod was bound that the first list shows as bound already.
        boolean boundNow = pod.bound() && (known == null ? listed : !known.bound());
        if (boundNow) {
            observe(boundSeconds, pod.creationTimestamp());
            observe(provisioningBoundSeconds, placedAt);
        }
        if (!pending && pod.ready()) {
            if (context.gate().held()) {
                startupSeconds.observe(secondsSince(pod.creationTimestamp()));
            }
            observe(provisioningStartupSeconds, placedAt);
            starting.remove(pod.key());
        } else if (pod.phase().terminal()) {
            starting.remove(pod.key());
        } else {
            starting.put(pod.key(), new Starting(pod.uid(), pod.creationTimestamp(), pod.bound(), placedAt));
        }
    }

    private @Nullable Instant placedAt(Pod pod) {
        Wait wait = state.waits().of(pod.uid());
        return wait == null ? null : wait.placedAt();
    }

    /** Observes the time since then, unless there was no such time or another process leads and observes it. */
    private void observe(Metrics.Histogram histogram, @Nullable Instant since) {
        if (since != null && context.gate().held()) {
            histogram.observe(secondsSince(since));
        }
    }

    private double secondsSince(Instant since) {
        return Math.max(0, Duration.between(since, context.time().instant()).toNanos() / 1e9);
    }

    /** Adds a gauge of the time since the moment that the function gives, without the pods for which it gives none. */
    private void waitingTime(String name, String help, BiFunction<Starting, @Nullable Wait, @Nullable Instant> since) {
        context.leaderGauge(name, help, POD_LABELS, sink -> {
            for (Map.Entry<PodKey, Starting> entry : starting.entrySet()) {
                PodKey key = entry.getKey();
                Starting pod = entry.getValue();
                Instant begin = since.apply(pod, state.waits().of(pod.uid()));
                if (begin != null) {
                    sink.put(secondsSince(begin), key.name(), key.namespace());
                }
            }
        });
    }

    private void putStates(GaugeSink sink) {
        ClusterSnapshot snapshot = state.snapshot();
        for (Pod pod : snapshot.pods().values()) {
            Node node = pod.nodeName() == null ? null : snapshot.nodes().get(pod.nodeName());
            Map<String, String> labels =
                    node == null ? Map.of() : node.metadata().labels();
            String pool = labels.getOrDefault(Labels.NODE_POOL, "");
            sink.put(
                    1,
                    pod.key().name(),
                    pod.key().namespace(),
                    owner(pod),
                    pod.nodeName() == null ? "" : pod.nodeName(),
                    Boolean.toString(pod.bound()),
                    pool,
                    labels.getOrDefault(Labels.ZONE, ""),
                    labels.getOrDefault(Labels.ARCH, ""),
                    labels.getOrDefault(Labels.CAPACITY_TYPE, ""),
                    labels.getOrDefault(Labels.INSTANCE_TYPE, ""),
                    phase(pod.phase()),
                    Boolean.toString(pod.ready()),
                    Boolean.toString(!pool.isEmpty()));
        }
    }

    /** Upstream's form of the owner, which looks like a path of the API but has a made-up plural. */
    private static String owner(Pod pod) {
        PodOwner owner = pod.shape().owner();
        return owner == null
                ? ""
                : "/apis/" + owner.apiVersion() + "/namespaces/" + pod.key().namespace() + "/"
                        + owner.kind().toLowerCase(Locale.ROOT) + "s/" + owner.name();
    }

    private static String phase(PodPhase phase) {
        return switch (phase) {
            case PENDING -> "Pending";
            case RUNNING -> "Running";
            case SUCCEEDED -> "Succeeded";
            case FAILED -> "Failed";
            case UNKNOWN -> "Unknown";
        };
    }
}
