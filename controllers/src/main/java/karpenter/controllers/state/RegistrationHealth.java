package karpenter.controllers.state;

import java.util.HashMap;
import java.util.Map;
import karpenter.api.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Whether a pool's latest nodes came up, from the last four outcomes of each pool.
 *
 * <p>Two failures among the four make a pool unhealthy, however few outcomes there are; one success with fewer failures makes
 * it healthy. Outcomes live in memory; after a restart the condition that was stored stands in for them. Thread-safe.
 */
public final class RegistrationHealth {
    /** Upstream's window. */
    private static final int OUTCOMES = 4;

    private static final int FAILURES_THAT_COUNT = 2;

    private final Map<String, Ring> byPoolUid = new HashMap<>();

    /** What the outcomes say. */
    public enum Health {
        /** No outcome yet. */
        UNKNOWN,
        HEALTHY,
        UNHEALTHY
    }

    /** The last outcomes of one pool, the oldest overwritten first. */
    private static final class Ring {
        private final boolean[] failed = new boolean[OUTCOMES];
        private int count;

        void add(boolean success) {
            failed[count % OUTCOMES] = !success;
            count++;
        }

        Health health() {
            int failures = 0;
            for (boolean failure : failed) {
                failures += failure ? 1 : 0;
            }
            if (failures >= FAILURES_THAT_COUNT) {
                return Health.UNHEALTHY;
            }
            return count == 0 ? Health.UNKNOWN : Health.HEALTHY;
        }
    }

    /** Notes that a node of the pool registered, or failed to. Answers what the outcomes say now. */
    public synchronized Health record(String poolUid, boolean success) {
        Ring ring = byPoolUid.computeIfAbsent(poolUid, uid -> new Ring());
        ring.add(success);
        return ring.health();
    }

    /** What the outcomes say now. */
    public synchronized Health of(String poolUid) {
        Ring ring = byPoolUid.get(poolUid);
        return ring == null ? Health.UNKNOWN : ring.health();
    }

    /** Forgets the pool's outcomes: they were made with another template or NodeClass, or the pool is gone. */
    public synchronized void reset(String poolUid) {
        byPoolUid.remove(poolUid);
    }

    /** Takes over what an earlier process found out, unless this one has outcomes of its own. */
    public synchronized void hydrate(String poolUid, @Nullable Condition stored) {
        if (stored == null || stored.isUnknown() || byPoolUid.containsKey(poolUid)) {
            return;
        }
        if (stored.isTrue()) {
            record(poolUid, true);
        } else {
            for (int i = 0; i < FAILURES_THAT_COUNT; i++) {
                record(poolUid, false);
            }
        }
    }
}
