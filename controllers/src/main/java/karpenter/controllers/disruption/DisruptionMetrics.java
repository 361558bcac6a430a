package karpenter.controllers.disruption;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.core.disruption.CommandValidation;
import karpenter.core.disruption.CommandValidation.Why;
import karpenter.core.disruption.DisruptionCommand;
import karpenter.core.disruption.DisruptionMethod;
import karpenter.core.disruption.DisruptionReason;
import karpenter.core.disruption.DisruptionView.PoolBudget;
import karpenter.runtime.Metrics;

/** What the loop and the queue count, under upstream's names. Thread-safe but for the gauges, which the loop alone sets. */
final class DisruptionMetrics {
    private static final double NANOS_PER_SECOND = 1e9;

    private final Metrics.Histogram evaluation;
    private final Metrics.Counter decisions;
    private final Metrics.Counter decisionsByPool;
    private final Metrics.Gauge eligible;
    private final Metrics.Counter failedValidations;
    private final Metrics.Counter queueFailures;
    private final Metrics.Gauge allowed;
    private final Metrics.Gauge consuming;
    private final Map<DisruptionReason, Set<String>> poolsShown = new TreeMap<>();

    DisruptionMetrics(Metrics metrics) {
        evaluation = metrics.histogram(
                "karpenter_voluntary_disruption_decision_evaluation_duration_seconds",
                "Duration of the disruption decision evaluation process in seconds. Labeled by method and consolidation type.",
                Metrics.DURATION_BUCKETS,
                "reason",
                "consolidation_type");
        decisions = metrics.counter(
                "karpenter_voluntary_disruption_decisions_total",
                "Number of disruption decisions performed. Labeled by disruption decision, reason, and consolidation type.",
                "decision",
                "reason",
                "consolidation_type");
        decisionsByPool = metrics.counter(
                "karpenter_voluntary_disruption_decisions_by_nodepool_total",
                "Number of disruption decisions performed per NodePool that they concern.",
                "nodepool",
                "decision",
                "reason",
                "consolidation_type");
        eligible = metrics.gauge(
                "karpenter_voluntary_disruption_eligible_nodes",
                "Number of nodes eligible for disruption by Karpenter. Labeled by disruption reason.",
                "reason");
        failedValidations = metrics.counter(
                "karpenter_voluntary_disruption_failed_validations_total",
                "Number of candidates that were selected for disruption but failed validation. Labeled by consolidation type.",
                "consolidation_type");
        queueFailures = metrics.counter(
                "karpenter_voluntary_disruption_queue_failures_total",
                "The number of times that an enqueued disruption decision failed. Labeled by disruption method.",
                "decision",
                "reason",
                "consolidation_type");
        allowed = metrics.gauge(
                "karpenter_nodepools_allowed_disruptions",
                "The number of nodes for a given NodePool that can be concurrently disrupting at a point in time. Labeled by NodePool. Note that allowed disruptions can change very rapidly, as new nodes may be created and others may be deleted at any point.",
                "nodepool",
                "reason");
        consuming = metrics.gauge(
                "karpenter_nodepools_nodes_consuming_budgets",
                "The number of nodes for a given NodePool that are currently consuming its disruption budgets.",
                "nodepool",
                "reason");
    }

    void evaluated(DisruptionMethod method, Duration duration) {
        evaluation.observe(
                duration.toNanos() / NANOS_PER_SECOND, method.reason().metricLabel(), method.consolidationType());
    }

    void started(DisruptionCommand command) {
        String reason = command.reason().metricLabel();
        String type = command.method().consolidationType();
        decisions.inc(command.decision(), reason, type);
        command.candidates().stream()
                .map(candidate -> candidate.pool().name())
                .distinct()
                .forEach(pool -> decisionsByPool.inc(pool, command.decision(), reason, type));
    }

    void eligible(DisruptionMethod method, int nodes) {
        eligible.set(nodes, method.reason().metricLabel());
    }

    void failed(DisruptionCommand command) {
        queueFailures.inc(
                command.decision(),
                command.reason().metricLabel(),
                command.method().consolidationType());
    }

    /** Counts the nodes that a command lost to a budget or to a change of the cluster. */
    void validated(DisruptionMethod method, CommandValidation.Result result) {
        int lost = 0;
        for (CommandValidation.Dropped dropped : result.dropped()) {
            lost += dropped.why() instanceof Why.Gone ? 0 : 1;
        }
        if (lost > 0) {
            failedValidations.inc(lost, method.consolidationType());
        }
    }

    void budgets(DisruptionReason reason, Map<String, PoolBudget> budgets) {
        Set<String> shown = poolsShown.computeIfAbsent(reason, each -> new HashSet<>());
        shown.removeIf(pool -> {
            if (budgets.containsKey(pool)) {
                return false;
            }
            allowed.remove(pool, reason.text());
            consuming.remove(pool, reason.text());
            return true;
        });
        budgets.forEach((pool, budget) -> {
            shown.add(pool);
            allowed.set(budget.allowance().nodes(), pool, reason.text());
            consuming.set(budget.disrupting(), pool, reason.text());
        });
    }
}
