package karpenter.runtime;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gathers single events into a batch: pods tend to come in bursts, and a burst is packed better as a whole.
 *
 * <p><b>Method.</b> A window opens with its first element, if one thread waits for it, or else when that thread comes.
 * It ends when no <i>new</i> element came for {@code idle}, counted from when the element was first heard of, and at the latest {@code max} after it opened; an element that
 * is in the window already doesn't prolong it. What comes later belongs to the next window. All transitions are made by
 * {@link #trigger} and by timers, under the lock, never by the waiting thread when it happens to wake: so the content of a
 * batch depends on the times of events alone, and simulated time gives the same batches each run.
 *
 * <p><b>Concurrency.</b> Any number of threads trigger; one waits, or a listener follows. The waiting thread is parked; an open window costs
 * at most one timer per {@code idle}, however many elements come.
 *
 * <p><b>Differs from upstream.</b> {@link #awaitFirst} and {@link #snapshot} let work begin while the window is open;
 * {@link #awaitEnd} then tells what came on top. A loop that must not block {@link #follow follows} the windows instead and
 * {@link #poll polls} their batches.
 *
 * <p><b>Sources.</b> Karpenter {@code pkg/controllers/provisioning/batcher.go}.
 *
 * @param <K> what is gathered, e.g. a pod's UID; needs {@code equals} and {@code hashCode}
 */
public final class Batcher<K> {
    /** How long upstream waits for the first element before its loop looks around. */
    public static final Duration FIRST_WAIT = Duration.ofSeconds(1);

    /** How often a window that is held open looks whether it still has to be. */
    public static final Duration HOLD_CHECK = Duration.ofMillis(25);

    private enum State {
        /** Nobody waits; elements gather. */
        IDLE,
        /** The thread waits for a first element. */
        AWAITING_FIRST,
        /** The window is open. */
        OPEN,
        /** The window has ended and its batch waits to be fetched; elements gather for the next one. */
        ENDED
    }

    private final TimeSource time;
    private final Duration idle;
    private final Duration max;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.IDLE;
    private Set<K> gathering = new LinkedHashSet<>();
    private Set<K> batch = Set.of();
    private long idleUntilNanos;
    private long maxUntilNanos;
    private TimeSource.@Nullable Scheduled timer;
    // Tells a timer that was overtaken, and runs nevertheless, that it has nothing to say.
    private int timerGeneration;
    private @Nullable Listener listener;
    private BooleanSupplier moreIsComing = () -> false;

    /** Told about windows, on the thread that triggers or on the timer's, under the batcher's lock: must not block. */
    public interface Listener {
        /** A window opened; {@link #snapshot} tells what is in it. */
        void opened();

        /** A window ended; {@link #poll} fetches its batch. */
        void ended();
    }

    /**
     * Makes an empty batcher.
     *
     * @param idle BATCH_IDLE_DURATION: a window ends when nothing new came for so long
     * @param max BATCH_MAX_DURATION: a window never lasts longer
     */
    public Batcher(TimeSource time, Duration idle, Duration max) {
        if (idle.isNegative() || max.isNegative()) {
            throw new IllegalArgumentException("Batch durations must not be negative, got " + idle + " and " + max);
        }
        this.time = time;
        this.idle = idle;
        this.max = max;
    }

    /** Adds an element that came just now. Returns whether the element is new in the window. */
    public boolean trigger(K element) {
        return trigger(element, time.nanoTime());
    }

    /**
     * Adds an element to the window, and opens it if one is waited for.
     *
     * @param cameNanos when the element was first heard of, on the clock of the {@link TimeSource}: the idle time runs from there
     * @return whether the element is new in the window
     */
    public boolean trigger(K element, long cameNanos) {
        lock.lock();
        try {
            if (!gathering.add(element)) {
                return false;
            }
            long now = time.nanoTime();
            long idleFrom = cameNanos - now > 0 ? now : cameNanos;
            switch (state) {
                case IDLE, ENDED -> {}
                case AWAITING_FIRST -> open(idleFrom);
                case OPEN -> prolong(idleFrom);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits up to {@link #FIRST_WAIT} for a first element and then for the end of its window. Empty if none came. A loop
     * that has nothing else to look at between windows calls {@link #awaitFirst} with more patience.
     */
    public Set<K> await() throws InterruptedException {
        return awaitFirst(FIRST_WAIT) ? awaitEnd() : Set.of();
    }

    /**
     * Waits for a window to open.
     *
     * @param patience the longest wait
     * @return whether a window is open, or has ended meanwhile; then {@link #awaitEnd} fetches its batch
     */
    public boolean awaitFirst(Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            switch (state) {
                case OPEN, ENDED -> {
                    return true;
                }
                case AWAITING_FIRST -> throw new IllegalStateException("Another thread waits for this batch already");
                case IDLE -> {}
            }
            if (!gathering.isEmpty()) {
                open(time.nanoTime());
                return true;
            }
            state = State.AWAITING_FIRST;
            arm(patience);
            try {
                while (state == State.AWAITING_FIRST) {
                    changed.await();
                }
            } finally {
                if (state == State.AWAITING_FIRST) {
                    disarm();
                    state = State.IDLE;
                }
            }
            return state != State.IDLE;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the open window to end and fetches its batch, in the order of first triggers. */
    public Set<K> awaitEnd() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (state == State.OPEN) {
                changed.await();
            }
            if (state != State.ENDED) {
                throw new IllegalStateException("No window is open; awaitFirst comes first");
            }
            state = State.IDLE;
            Set<K> ended = batch;
            batch = Set.of();
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Opens windows without a thread that waits, from now on and for good: the first element opens one by itself, and the
     * next one opens when the batch before was fetched. {@link #awaitFirst} and {@link #await} are not for this mode.
     */
    public void follow(Listener newListener) {
        lock.lock();
        try {
            if (listener != null || state != State.IDLE) {
                throw new IllegalStateException("Somebody waits for or follows this batcher already");
            }
            listener = newListener;
            rearm();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Keeps a window open past its idle time, never past its longest, while more elements are known to be on their way.
     *
     * @param more asked under the batcher's lock when the idle time is over, and then every {@link #HOLD_CHECK}; must be quick
     */
    public void holdWhile(BooleanSupplier more) {
        lock.lock();
        try {
            moreIsComing = more;
        } finally {
            lock.unlock();
        }
    }

    /** Fetches the batch of the window that has ended, in the order of first triggers; null while none has. */
    public @Nullable Set<K> poll() {
        lock.lock();
        try {
            if (state != State.ENDED) {
                return null;
            }
            Set<K> ended = batch;
            batch = Set.of();
            rearm();
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** When the open window ends if nothing new comes; null while none is open. */
    public @Nullable Duration left() {
        lock.lock();
        try {
            long now = time.nanoTime();
            return state == State.OPEN
                    ? Duration.ofNanos(Math.max(0, Math.min(idleUntilNanos - now, maxUntilNanos - now)))
                    : null;
        } finally {
            lock.unlock();
        }
    }

    /** Lets the next element open a window, or opens it with those that came meanwhile. */
    private void rearm() {
        state = State.AWAITING_FIRST;
        if (!gathering.isEmpty()) {
            open(time.nanoTime());
        }
    }

    /** Returns the elements so far of the window that is open, or of the one that will open next. */
    public Set<K> snapshot() {
        lock.lock();
        try {
            return Collections.unmodifiableSet(new LinkedHashSet<>(state == State.ENDED ? batch : gathering));
        } finally {
            lock.unlock();
        }
    }

    private void prolong(long idleFromNanos) {
        long until = idleFromNanos + idle.toNanos();
        idleUntilNanos = until - idleUntilNanos > 0 ? until : idleUntilNanos;
    }

    private void open(long idleFromNanos) {
        long now = time.nanoTime();
        state = State.OPEN;
        idleUntilNanos = idleFromNanos + idle.toNanos();
        maxUntilNanos = now + max.toNanos();
        changed.signalAll();
        armForEnd(now);
        if (listener != null) {
            listener.opened();
        }
    }

    private void end() {
        state = State.ENDED;
        batch = Collections.unmodifiableSet(gathering);
        gathering = new LinkedHashSet<>();
        disarm();
        changed.signalAll();
        if (listener != null) {
            listener.ended();
        }
    }

    private void armForEnd(long now) {
        arm(Duration.ofNanos(Math.max(0, Math.min(idleUntilNanos - now, maxUntilNanos - now))));
    }

    private void arm(Duration delay) {
        disarm();
        int generation = timerGeneration;
        timer = time.schedule(delay, () -> ring(generation));
    }

    private void disarm() {
        timerGeneration++;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void ring(int generation) {
        lock.lock();
        try {
            if (generation != timerGeneration) {
                return;
            }
            switch (state) {
                case IDLE, ENDED -> {}
                case AWAITING_FIRST -> {
                    state = State.IDLE;
                    disarm();
                    changed.signalAll();
                }
                case OPEN -> {
                    long now = time.nanoTime();
                    boolean full = now - maxUntilNanos >= 0;
                    boolean idleOver = now - idleUntilNanos >= 0;
                    if (idleOver && !full && moreIsComing.getAsBoolean()) {
                        arm(Duration.ofNanos(Math.min(HOLD_CHECK.toNanos(), maxUntilNanos - now)));
                    } else if (idleOver || full) {
                        end();
                    } else {
                        armForEnd(now);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
