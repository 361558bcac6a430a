package karpenter.controllers.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;
import org.jspecify.annotations.Nullable;

/**
 * Six families that share a prefix and further labels: those of one kind, {@code operator_nodeclaim_…}, or the older ones that
 * several kinds share, {@code operator_…} with group and kind as labels. Gauges are computed by the scrape, so that the
 * series of an object end with it.
 */
final class StatusFamilies {
    private final Metrics.Counter transitions;
    private final Metrics.Histogram transitionSeconds;
    private final Metrics.Histogram terminationSeconds;

    /** Objects of one kind that the families show, and the values of the further labels for each. */
    record Shown<T extends KubernetesObject>(ObservedKind<T> kind, Function<T, List<String>> further) {
        private void conditions(ClusterSnapshot snapshot, ConditionSeries series) {
            for (T object : kind.objects().apply(snapshot).values()) {
                List<String> values = further.apply(object);
                for (Condition condition : kind.conditions().apply(object)) {
                    series.put(
                            condition,
                            labels(
                                    values,
                                    object.metadata().namespace(),
                                    object.name(),
                                    condition.type(),
                                    condition.status(),
                                    condition.reason()));
                }
            }
        }

        private void terminating(ClusterSnapshot snapshot, Instant now, Metrics.GaugeSink sink) {
            for (T object : kind.objects().apply(snapshot).values()) {
                ObjectMeta metadata = object.metadata();
                if (metadata.deletionTimestamp() != null) {
                    sink.put(
                            seconds(metadata.deletionTimestamp(), now),
                            labels(further.apply(object), metadata.namespace(), metadata.name()));
                }
            }
        }
    }

    private interface ConditionSeries {
        void put(Condition condition, String[] labels);
    }

    /**
     * @param prefix before {@code _status_condition_…} and {@code _termination_…}
     * @param further names of the labels that come after each family's own
     * @param buckets of the histograms, in seconds
     */
    StatusFamilies(
            ControllerContext context,
            ClusterState state,
            String prefix,
            List<String> further,
            List<Double> buckets,
            List<Shown<?>> shown) {
        Metrics metrics = context.metrics();
        transitions = metrics.counter(
                prefix + "_status_condition_transitions_total",
                "Transitions of conditions, labeled with the status and reason they changed to.",
                labels(further, "type", "status", "reason"));
        transitionSeconds = metrics.histogram(
                prefix + "_status_condition_transition_seconds",
                "Time that a condition kept a status before it changed, labeled with the status it left.",
                buckets,
                labels(further, "type", "status"));
        terminationSeconds = metrics.histogram(
                prefix + "_termination_duration_seconds",
                "Time from the request to delete an object until it was gone.",
                buckets,
                labels(further));
        List<String> ofCondition = List.of(labels(further, "namespace", "name", "type", "status", "reason"));
        context.leaderGauge(
                prefix + "_status_condition_count",
                "1 for each condition of each object, labeled with its status and reason.",
                ofCondition,
                sink -> shown.forEach(
                        kind -> kind.conditions(state.snapshot(), (condition, labels) -> sink.put(1, labels))));
        context.leaderGauge(
                prefix + "_status_condition_current_status_seconds",
                "Time for which a condition has had its status.",
                ofCondition,
                sink -> shown.forEach(kind -> kind.conditions(state.snapshot(), (condition, labels) -> {
                    sink.put(
                            seconds(
                                    condition.lastTransitionTime(),
                                    context.time().instant()),
                            labels);
                })));
        context.leaderGauge(
                prefix + "_termination_current_time_seconds",
                "Time since the request to delete an object that is still there.",
                List.of(labels(further, "namespace", "name")),
                sink -> shown.forEach(kind ->
                        kind.terminating(state.snapshot(), context.time().instant(), sink)));
    }

    void transitioned(Condition now, List<String> further) {
        transitions.inc(labels(further, now.type(), now.status(), now.reason()));
    }

    void left(Condition before, Condition now, List<String> further) {
        Instant since = before.lastTransitionTime();
        Instant until = now.lastTransitionTime();
        if (since != null && until != null) {
            transitionSeconds.observe(seconds(since, until), labels(further, before.type(), before.status()));
        }
    }

    void terminated(Instant requested, Instant gone, List<String> further) {
        terminationSeconds.observe(seconds(requested, gone), labels(further));
    }

    private static double seconds(@Nullable Instant since, Instant until) {
        return since == null ? 0 : Math.max(0, Duration.between(since, until).toNanos() / 1e9);
    }

    private static String[] labels(List<String> further, String... own) {
        List<String> all = new ArrayList<>(List.of(own));
        all.addAll(further);
        return all.toArray(String[]::new);
    }
}
