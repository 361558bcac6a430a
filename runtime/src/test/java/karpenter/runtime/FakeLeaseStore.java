package karpenter.runtime;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A lease in memory that several electors share, and that can be made to fail or hang. */
final class FakeLeaseStore implements LeaseStore {
    private @Nullable Lease lease;
    private int version;
    private boolean failing;
    private @Nullable Runnable beforeRead;
    private @Nullable Runnable beforeWrite;
    private int writes;

    synchronized @Nullable Lease lease() {
        return lease;
    }

    synchronized String holder() {
        return lease == null ? "" : lease.holder();
    }

    synchronized int writes() {
        return writes;
    }

    synchronized void put(Lease written) {
        lease = written;
        version++;
    }

    synchronized void failing(boolean fails) {
        failing = fails;
    }

    synchronized void beforeWrite(@Nullable Runnable action) {
        beforeWrite = action;
    }

    synchronized void beforeRead(@Nullable Runnable action) {
        beforeRead = action;
    }

    @Override
    public synchronized ReadResult read(Duration deadline) {
        if (beforeRead != null) {
            beforeRead.run();
        }
        if (failing) {
            return new ReadResult.Failed("unreachable", null);
        }
        return lease == null ? new ReadResult.Absent() : new ReadResult.Found(lease, Integer.toString(version));
    }

    @Override
    public WriteResult create(Lease written, Duration deadline) {
        return write(written, "0");
    }

    @Override
    public WriteResult update(Lease written, String resourceVersion, Duration deadline) {
        return write(written, resourceVersion);
    }

    private WriteResult write(Lease written, String expected) {
        Runnable hook;
        synchronized (this) {
            hook = beforeWrite;
        }
        if (hook != null) {
            hook.run();
        }
        synchronized (this) {
            writes++;
            if (failing) {
                return new WriteResult.Failed("unreachable", null);
            }
            if (!expected.equals(Integer.toString(version))) {
                return new WriteResult.Conflict();
            }
            put(written);
            return new WriteResult.Written(Integer.toString(version));
        }
    }
}
