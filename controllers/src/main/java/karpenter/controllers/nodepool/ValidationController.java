package karpenter.controllers.nodepool;

import java.util.List;
import karpenter.api.Conditions;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.validation.LabelRules;
import karpenter.core.validation.NodePoolRules;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;

/** Keeps {@code ValidationSucceeded}: whether the pool's template makes sense beyond what its schema checks. */
final class ValidationController {
    private final ObjectWriter<NodePool> pools;
    private final LabelRules rules;
    private final TimeSource time;

    ValidationController(ObjectWriter<NodePool> pools, LabelRules rules, TimeSource time) {
        this.pools = pools;
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
        return judged.equals(pool)
                ? Outcome.done()
                : WriteOutcomes.of(pools.patchStatus(pool, judged, Lock.RESOURCE_VERSION));
    }
}
