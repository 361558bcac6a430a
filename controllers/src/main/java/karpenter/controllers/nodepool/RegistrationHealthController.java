package karpenter.controllers.nodepool;

import karpenter.api.Condition;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.RegistrationHealth;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.NodeClass;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;

/**
 * Keeps {@code NodeRegistrationHealthy} honest: a change of the pool or of its NodeClass makes earlier outcomes meaningless, so
 * the condition goes back to Unknown then. The outcomes themselves are noted where nodes register or fail to.
 */
final class RegistrationHealthController {
    private final ClusterState state;
    private final ObjectWriter<NodePool> pools;
    private final RegistrationHealth health;
    private final TimeSource time;

    RegistrationHealthController(
            ClusterState state, ObjectWriter<NodePool> pools, RegistrationHealth health, TimeSource time) {
        this.state = state;
        this.pools = pools;
        this.health = health;
        this.time = time;
    }

    Outcome reconcile(NodePool pool) {
        NodeClassReference reference = pool.spec().template().spec().nodeClassRef();
        NodeClass nodeClass = state.snapshot().nodeClass(reference.group(), reference.kind(), reference.name());
        if (nodeClass == null) {
            return Outcome.done();
        }
        Condition stored = pool.condition(NodePool.NODE_REGISTRATION_HEALTHY);
        long classGeneration = nodeClass.metadata().generation();
        Long observed = pool.status().nodeClassObservedGeneration();
        boolean current = stored != null
                && stored.observedGeneration() == pool.metadata().generation()
                && observed != null
                && observed == classGeneration;
        if (current) {
            health.hydrate(pool.metadata().uid(), stored);
            return Outcome.done();
        }
        health.reset(pool.metadata().uid());
        NodePool reset =
                pool.withConditions(pool.conditions().setUnknown(NodePool.NODE_REGISTRATION_HEALTHY, time.instant()));
        NodePool observing = reset.withStatus(reset.status().withNodeClassObservedGeneration(classGeneration));
        return WriteOutcomes.of(pools.patchStatus(pool, observing, Lock.RESOURCE_VERSION));
    }
}
