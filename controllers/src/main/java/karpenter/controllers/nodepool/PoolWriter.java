package karpenter.controllers.nodepool;

import java.time.Duration;
import karpenter.api.KubernetesObject;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.ClusterState;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Outcome;

/** Writes pools, takes the answer into the image, and says what that means for the reconcile. */
final class PoolWriter {
    private final ObjectWriter<NodePool> pools;
    private final ClusterState state;

    PoolWriter(ObjectWriter<NodePool> pools, ClusterState state) {
        this.pools = pools;
        this.state = state;
    }

    /** Conditions are a list, which a patch replaces whole: it must be computed from what is stored. */
    Outcome conditions(NodePool before, NodePool after) {
        return outcome(pools.patchStatus(before, after, Lock.RESOURCE_VERSION), state);
    }

    Outcome resources(NodePool before, NodePool after) {
        return outcome(pools.patchStatus(before, after, Lock.NONE), state);
    }

    Outcome annotations(NodePool before, NodePool after) {
        return outcome(pools.patch(before, after, Lock.NONE), state);
    }

    /** Done when it is written or there is nothing to write to; else a retry. */
    static <T extends KubernetesObject> Outcome outcome(WriteResult<T> result, ClusterState state) {
        return switch (result) {
            case WriteResult.Written<T>(T object) -> {
                state.written(object);
                yield Outcome.done();
            }
            case WriteResult.NotFound<T> gone -> Outcome.done();
            case WriteResult.Conflict<T> conflict -> Outcome.conflict();
            case WriteResult.AlreadyExists<T> exists -> Outcome.retry("a patch answered that the object exists");
            case WriteResult.Refused<T>(int status, String message) ->
                Outcome.retry("the API server answered " + status + ": " + message);
            case WriteResult.Unavailable<T> unavailable -> {
                Duration after = unavailable.retryAfter();
                yield after == null ? Outcome.retry(unavailable.message()) : Outcome.requeueAfter(after);
            }
        };
    }
}
