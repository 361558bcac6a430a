package karpenter.controllers.nodeclaim.lifecycle;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import karpenter.api.Conditions;
import karpenter.api.OwnerReference;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.RegistrationHealth;
import karpenter.controllers.state.RegistrationHealth.Health;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * Notes how registrations went, and keeps the conditions of their pools in step. A verdict that couldn't be written yet is
 * tried again by the next pass over a claim of the pool.
 *
 * <p>Concurrency: one lock around the memory, never held during a write.
 */
final class RegistrationOutcomes {
    private final ObjectWriter<NodePool> pools;
    private final ClusterState state;
    private final RegistrationHealth health;
    private final TimeSource time;
    private final Map<String, Verdict> unwrittenByPool = new HashMap<>();
    private final Set<String> failedClaims = new HashSet<>();

    /** @param failure null for healthy */
    private record Verdict(String poolUid, @Nullable Failure failure) {}

    private record Failure(String reason, String message) {}

    RegistrationOutcomes(ObjectWriter<NodePool> pools, ClusterState state, RegistrationHealth health, TimeSource time) {
        this.pools = pools;
        this.state = state;
        this.health = health;
        this.time = time;
    }

    /** A node of this claim registered. */
    void registered(NodeClaim claim) {
        NodePool pool = poolOf(claim);
        if (pool == null) {
            return;
        }
        synchronized (this) {
            if (remember(pool, true) != Health.UNHEALTHY) {
                unwrittenByPool.put(pool.name(), new Verdict(pool.metadata().uid(), null));
            }
        }
    }

    /** The claim ran out of time. A claim counts once, however often its deletion has to be asked for. */
    void failed(NodeClaim claim, String reason, String message) {
        NodePool pool = poolOf(claim);
        if (pool == null) {
            return;
        }
        synchronized (this) {
            if (failedClaims.add(claim.metadata().uid()) && remember(pool, false) == Health.UNHEALTHY) {
                unwrittenByPool.put(pool.name(), new Verdict(pool.metadata().uid(), new Failure(reason, message)));
            }
        }
    }

    void forget(String claimUid) {
        synchronized (this) {
            failedClaims.remove(claimUid);
        }
    }

    /** Writes what the claim's pool has yet to be told. */
    Outcome write(NodeClaim claim) {
        String poolName = claim.nodePoolName();
        if (poolName == null) {
            return Outcome.done();
        }
        Verdict verdict;
        synchronized (this) {
            verdict = unwrittenByPool.get(poolName);
        }
        NodePool pool = verdict == null ? null : state.nodePool(poolName);
        if (verdict == null || pool == null || !pool.metadata().uid().equals(verdict.poolUid())) {
            return Outcome.done();
        }
        Conditions conditions = verdict.failure() == null
                ? pool.conditions().setTrue(NodePool.NODE_REGISTRATION_HEALTHY, time.instant())
                : pool.conditions()
                        .setFalse(
                                NodePool.NODE_REGISTRATION_HEALTHY,
                                verdict.failure().reason(),
                                verdict.failure().message(),
                                time.instant());
        WriteResult<NodePool> result = pools.patchStatus(pool, pool.withConditions(conditions), Lock.RESOURCE_VERSION);
        if (result instanceof WriteResult.Written<NodePool> || result instanceof WriteResult.NotFound<NodePool>) {
            synchronized (this) {
                unwrittenByPool.remove(poolName, verdict);
            }
        }
        return WriteOutcomes.of(result);
    }

    private Health remember(NodePool pool, boolean registered) {
        String uid = pool.metadata().uid();
        health.hydrate(uid, pool.condition(NodePool.NODE_REGISTRATION_HEALTHY));
        return health.record(uid, registered);
    }

    /** The pool that owns the claim; a pool that was made anew under the old name isn't judged by the old one's claims. */
    private @Nullable NodePool poolOf(NodeClaim claim) {
        String name = claim.nodePoolName();
        NodePool pool = name == null ? null : state.nodePool(name);
        if (pool == null) {
            return null;
        }
        for (OwnerReference owner : claim.metadata().ownerReferences()) {
            if (owner.uid().equals(pool.metadata().uid())) {
                return pool;
            }
        }
        return null;
    }
}
