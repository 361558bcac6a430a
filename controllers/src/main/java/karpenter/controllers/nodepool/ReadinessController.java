package karpenter.controllers.nodepool;

import java.time.Instant;
import karpenter.api.Condition;
import karpenter.api.Conditions;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.NodeClass;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/** Keeps {@code NodeClassReady}: whether the pool's NodeClass is there, stays, and says that it is ready. */
final class ReadinessController {
    private final ClusterState state;
    private final ObjectWriter<NodePool> pools;
    private final TimeSource time;

    ReadinessController(ClusterState state, ObjectWriter<NodePool> pools, TimeSource time) {
        this.state = state;
        this.pools = pools;
        this.time = time;
    }

    Outcome reconcile(NodePool pool) {
        ClusterSnapshot snapshot = state.snapshot();
        NodeClassReference reference = pool.spec().template().spec().nodeClassRef();
        NodeClass nodeClass = snapshot.nodeClass(reference.group(), reference.kind(), reference.name());
        if (nodeClass == null && !snapshot.listed()) {
            // Missing from the image doesn't mean missing from the cluster yet.
            return Outcome.done();
        }
        NodePool judged = pool.withConditions(judge(pool.conditions(), nodeClass, time.instant()));
        return judged.equals(pool)
                ? Outcome.done()
                : WriteOutcomes.of(pools.patchStatus(pool, judged, Lock.RESOURCE_VERSION));
    }

    private static Conditions judge(Conditions conditions, @Nullable NodeClass nodeClass, Instant now) {
        String type = NodePool.NODE_CLASS_READY;
        if (nodeClass == null) {
            return conditions.setFalse(type, "NodeClassNotFound", "NodeClass not found on cluster", now);
        }
        if (nodeClass.metadata().deleting()) {
            return conditions.setFalse(type, "NodeClassTerminating", "NodeClass is Terminating", now);
        }
        Condition ready = nodeClass.ready();
        if (ready == null || ready.isUnknown()) {
            return conditions.setFalse(type, "NodeClassReadinessUnknown", "Node Class Readiness Unknown", now);
        }
        return ready.isTrue()
                ? conditions.setTrue(type, now)
                : conditions.setFalse(type, ready.reason(), ready.message(), now);
    }
}
