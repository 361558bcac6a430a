package karpenter.controllers.nodepool;

import java.util.List;
import karpenter.api.Conditions;
import karpenter.api.v1.NodePool;
import karpenter.core.validation.LabelRules;
import karpenter.core.validation.NodePoolRules;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;

/** Keeps {@code ValidationSucceeded}: whether the pool's template makes sense beyond what its schema checks. */
final class ValidationController {
    private final PoolWriter writer;
    private final LabelRules rules;
    private final TimeSource time;

    ValidationController(PoolWriter writer, LabelRules rules, TimeSource time) {
        this.writer = writer;
        this.rules = rules;
        this.time = time;
    }

    Outcome reconcile(NodePool pool) {
        List<String> errors = NodePoolRules.errors(pool, rules);
        Conditions before = pool.conditions();
        Conditions after = errors.isEmpty()
                ? before.setTrue(NodePool.VALIDATION_SUCCEEDED, time.instant())
                : before.setFalse(
                        NodePool.VALIDATION_SUCCEEDED,
                        "NodePoolValidationFailed",
                        String.join("; ", errors),
                        time.instant());
        NodePool judged = pool.withConditions(after);
        return judged.equals(pool) ? Outcome.done() : writer.conditions(pool, judged);
    }
}
