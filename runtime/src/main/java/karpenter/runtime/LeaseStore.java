package karpenter.runtime;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where the leader lease is kept. Writes are guarded by the version that was read, so two candidates can't both win.
 *
 * <p>Every call returns by its deadline. What can be expected to go wrong is a result, not an exception.
 */
public interface LeaseStore {
    /**
     * Who leads.
     *
     * @param holder identity of the leader; empty when it was given up
     * @param duration how long others leave the holder alone after a renewal
     * @param acquireTime when the holder began to lead
     * @param renewTime when the holder last said that it still leads
     * @param transitions how often the holder changed
     */
    record Lease(String holder, Duration duration, Instant acquireTime, Instant renewTime, int transitions) {
        Lease renewed(Instant now) {
            return new Lease(holder, duration, acquireTime, now, transitions);
        }
    }

    /** What a read found. */
    sealed interface ReadResult {
        /** The lease and the version to guard the next write with. */
        record Found(Lease lease, String resourceVersion) implements ReadResult {}

        /** There is no lease yet. */
        record Absent() implements ReadResult {}

        /** The store could not be asked. */
        record Failed(String reason, @Nullable Throwable cause) implements ReadResult {}
    }

    /** What became of a write. */
    sealed interface WriteResult {
        /** It is stored, under this version. */
        record Written(String resourceVersion) implements WriteResult {}

        /** Somebody else wrote since, or created it first. */
        record Conflict() implements WriteResult {}

        /** The store could not be asked, or refused; the write may or may not have happened. */
        record Failed(String reason, @Nullable Throwable cause) implements WriteResult {}
    }

    /** Reads the lease. */
    ReadResult read(Duration deadline);

    /** Creates the lease, which must not exist. */
    WriteResult create(Lease lease, Duration deadline);

    /** Replaces the lease if it still has this version. */
    WriteResult update(Lease lease, String resourceVersion, Duration deadline);
}
