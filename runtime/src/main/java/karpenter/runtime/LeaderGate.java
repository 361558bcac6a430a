package karpenter.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this process may act on the cluster.
 *
 * <p>One elector calls {@link #acquired} and {@link #lost}; everything that has an effect asks {@link #held} or calls
 * {@link #require} right before it. Differs from upstream, which only notices a lost lease when its renewal loop runs:
 * the gate also closes by itself when the elector's proof of validity lapses, so a process that was frozen for longer
 * than the lease doesn't act in the moment it thaws.
 */
public final class LeaderGate {
    /** Told about leadership, in the order things happen, on the elector's or a timer's thread: must not block. */
    public interface Listener {
        /** This process leads from now on. */
        void acquired();

        /** This process leads no longer; {@link LeaderGate#held} is false already. */
        void lost();
    }

    /** An effect was attempted by a process that doesn't lead. */
    public static final class NotLeaderException extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        NotLeaderException() {
            super("This process does not hold the leader lease, so it must not change anything");
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(LeaderGate.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Listener> listeners = new ArrayList<>();
    private volatile BooleanSupplier valid = () -> false;
    private boolean acquired;

    /** Returns a gate that is open for good: leader election is off. */
    public static LeaderGate open() {
        LeaderGate gate = new LeaderGate();
        gate.acquired();
        return gate;
    }

    /** Returns whether this process leads now. */
    public boolean held() {
        return valid.getAsBoolean();
    }

    /** Passes when this process leads. */
    public void require() {
        if (!held()) {
            throw new NotLeaderException();
        }
    }

    /** Opens the gate until {@link #lost}. */
    public void acquired() {
        acquired(() -> true);
    }

    /**
     * Opens the gate until {@link #lost}, or until the proof fails.
     *
     * @param stillValid asked at each {@link #held}; must be cheap and thread-safe
     */
    public void acquired(BooleanSupplier stillValid) {
        lock.lock();
        try {
            valid = stillValid;
            if (!acquired) {
                acquired = true;
                changed.signalAll();
                tell(Listener::acquired);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes the gate. */
    public void lost() {
        // Before the lock, so that effects stop even while a listener of acquired() still runs.
        valid = () -> false;
        lock.lock();
        try {
            valid = () -> false;
            if (acquired) {
                acquired = false;
                tell(Listener::lost);
            }
        } finally {
            lock.unlock();
        }
    }

    private void tell(Consumer<Listener> event) {
        for (Listener listener : List.copyOf(listeners)) {
            try {
                event.accept(listener);
            } catch (RuntimeException e) {
                // The others must hear of it all the more.
                LOG.atError().setCause(e).log("A listener to leadership failed");
            }
        }
    }

    /** Adds a listener; it is told at once when this process leads already. */
    public void addListener(Listener listener) {
        lock.lock();
        try {
            listeners.add(listener);
            if (acquired) {
                listener.acquired();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Removes a listener. */
    public void removeListener(Listener listener) {
        lock.lock();
        try {
            listeners.remove(listener);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until this process leads. */
    public void await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!acquired) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until this process leads or the deadline, in real time, has passed; returns whether it leads. */
    public boolean await(Duration deadline) throws InterruptedException {
        long left = deadline.toNanos();
        lock.lockInterruptibly();
        try {
            while (!acquired) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
