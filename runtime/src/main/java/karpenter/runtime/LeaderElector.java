package karpenter.runtime;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Competes for the leader lease, renews it, and gives it up at the end.
 *
 * <p><b>Problem.</b> At most one process may act, whatever dies, hangs or is cut off.
 *
 * <p><b>Method.</b> A candidate takes the lease when there is none, when it was given up, or when it hasn't changed for
 * its whole duration <i>as observed here</i>; timestamps in the lease are never compared with the local clock, so clocks
 * may differ. The leader renews every {@code retryPeriod}. A watchdog on the timer ends leadership when no renewal has
 * succeeded for {@code renewDeadline}, even while a call to the store hangs; so does seeing another holder. Besides, the
 * gate is only open until the last write's <i>begin</i> plus the lease duration: nobody else can have taken over
 * before that, and a process that was frozen finds it shut.
 *
 * <p><b>Concurrency.</b> One virtual thread talks to the store; the watchdog runs on the timer. What both touch is under
 * one lock, and the gate is told without it.
 *
 * <p><b>Differs from upstream.</b> Renewal writes at once with the version of its own last write and reads only after a
 * conflict (half the requests). Losing ends the elector; whether the process ends too is the caller's to say.
 *
 * <p><b>Sources.</b> client-go {@code tools/leaderelection}; controller-runtime's defaults of 15 s, 10 s and 2 s.
 */
public final class LeaderElector {
    /**
     * Times and names.
     *
     * @param leaseName as shown in {@code leader_election_master_status}
     * @param identity unique per process, e.g. {@code <hostname>_<uuid>}
     * @param leaseDuration how long others wait for a silent leader
     * @param renewDeadline how long a leader may fail to renew before it stops
     * @param retryPeriod time between two attempts
     */
    public record Config(
            String leaseName, String identity, Duration leaseDuration, Duration renewDeadline, Duration retryPeriod) {
        /** Checks that there is time for retries within the deadline, and for the deadline within the lease. */
        public Config {
            if (identity.isEmpty()
                    || !retryPeriod.isPositive()
                    || renewDeadline.toNanos() <= JITTER * retryPeriod.toNanos()
                    || leaseDuration.compareTo(renewDeadline) <= 0) {
                throw new IllegalArgumentException("Leader election needs an identity and lease duration > renew"
                        + " deadline > 1.2 retry period > 0, got '" + identity + "' " + leaseDuration + " "
                        + renewDeadline + " " + retryPeriod);
            }
        }

        /** Returns a configuration with controller-runtime's times. */
        public static Config withDefaults(String leaseName, String identity) {
            return new Config(
                    leaseName, identity, Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
        }
    }

    /** How the election ended for this process. */
    public sealed interface End {
        /** It was stopped; the lease, if held, was offered back. */
        record Stopped() implements End {}

        /** It led and does no longer, or can't go on. */
        record Lost(String reason) implements End {}
    }

    /** What one attempt to take or renew the lease came to. */
    private sealed interface Attempt {
        /** @param askedAtNanos when the server was asked to write, which it did at that moment or later */
        record Held(long askedAtNanos) implements Attempt {}

        record HeldByOther(String holder) implements Attempt {}

        record Failed(String reason, @Nullable Throwable cause) implements Attempt {}
    }

    private record OwnWrite(LeaseStore.Lease lease, String resourceVersion) {}

    // client-go: a candidate waits between 1 and 2.2 retry periods, so that candidates don't march in step.
    private static final double JITTER = 1.2;
    private static final Logger LOG = LoggerFactory.getLogger(LeaderElector.class);

    private final Config config;
    private final LeaseStore store;
    private final LeaderGate gate;
    private final TimeSource time;
    private final RuntimeMetrics metrics;
    private final Duration callDeadline;
    private final SplittableRandom random;
    private final Thread thread;
    private final CompletableFuture<End> ended = new CompletableFuture<>();

    // Only the elector's thread touches these.
    private @Nullable OwnWrite own;
    private LeaseStore.@Nullable Lease observed;
    private long observedAtNanos;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private volatile boolean leading;
    private @Nullable End end;
    private volatile long renewedAtNanos;
    private TimeSource.@Nullable Scheduled watchdog;

    /** Makes an elector that doesn't compete yet. */
    public LeaderElector(Config config, LeaseStore store, ControllerContext context) {
        this.config = config;
        this.store = store;
        this.gate = context.gate();
        this.time = context.time();
        this.metrics = context.metrics().runtime();
        // controller-runtime gives each call half the renew deadline, so that one hanging call doesn't cost the lease.
        this.callDeadline = config.renewDeadline().dividedBy(2);
        this.random = new SplittableRandom(config.identity().hashCode());
        this.thread = Thread.ofVirtual().name("leader-elector-0").unstarted(this::run);
        metrics.leading(config.leaseName(), false);
    }

    /** Begins to compete, on a thread of its own. */
    public void start() {
        LOG.atInfo()
                .addKeyValue("lease", config.leaseName())
                .addKeyValue("identity", config.identity())
                .log("Attempting to acquire leader lease");
        thread.start();
    }

    /** Completes when the election is over for this process, by {@link #stop} or by loss. */
    public CompletionStage<End> ended() {
        return ended.minimalCompletionStage();
    }

    /**
     * Closes the gate, gives the lease up so that another can take over at once, and ends. Stop the controllers first:
     * whoever takes over must not meet work of this process.
     *
     * @param deadline the longest wait, in real time
     * @return whether it has ended
     */
    public boolean stop(Duration deadline) throws InterruptedException {
        conclude(new End.Stopped());
        if (thread.getState() == Thread.State.NEW) {
            return true;
        }
        return thread.join(deadline);
    }

    private void run() {
        try {
            while (!over()) {
                handle(attempt());
                pause();
            }
        } catch (InterruptedException e) {
            LOG.atDebug().log("Leader elector was interrupted");
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).addKeyValue("lease", config.leaseName()).log("Leader elector failed");
            conclude(new End.Lost("the elector failed: " + e));
        }
        release();
    }

    private void handle(Attempt attempt) {
        switch (attempt) {
            case Attempt.Held held -> held(held.askedAtNanos());
            case Attempt.HeldByOther other -> {
                if (leading) {
                    conclude(new End.Lost("the lease is held by " + other.holder()));
                }
            }
            case Attempt.Failed failed ->
                LOG.atWarn()
                        .setCause(failed.cause())
                        .addKeyValue("lease", config.leaseName())
                        .addKeyValue("error", failed.reason())
                        .log("Could not acquire or renew the leader lease; tries again");
        }
    }

    private void held(long askedAtNanos) {
        if (leading && overdue()) {
            // This process was frozen past its deadline and the watchdog hasn't come to run yet.
            expired();
            return;
        }
        boolean first;
        lock.lock();
        try {
            if (end != null) {
                return;
            }
            first = !leading;
            leading = true;
            renewedAtNanos = askedAtNanos;
            armWatchdog(askedAtNanos);
        } finally {
            lock.unlock();
        }
        if (first) {
            metrics.leading(config.leaseName(), true);
            LOG.atInfo()
                    .addKeyValue("lease", config.leaseName())
                    .addKeyValue("identity", config.identity())
                    .log("Successfully acquired lease");
            gate.acquired(this::leaseStillValid);
            if (over()) {
                // It ended between the lock and here, and whoever ended it may have shut the gate before it opened.
                shut();
            }
        }
    }

    private void shut() {
        gate.lost();
        metrics.leading(config.leaseName(), false);
    }

    private boolean overdue() {
        return time.nanoTime() - renewedAtNanos >= config.renewDeadline().toNanos();
    }

    private boolean leaseStillValid() {
        return leading
                && time.nanoTime() - renewedAtNanos < config.leaseDuration().toNanos();
    }

    private void armWatchdog(long renewedAt) {
        if (watchdog != null) {
            watchdog.cancel();
        }
        Duration left = config.renewDeadline().minusNanos(time.nanoTime() - renewedAt);
        watchdog = time.schedule(left, () -> {
            if (overdue()) {
                expired();
            }
        });
    }

    private void expired() {
        conclude(new End.Lost(
                "it was not renewed within " + config.renewDeadline().toSeconds() + " s"));
    }

    /** Ends the election once; who comes later is ignored. */
    private void conclude(End how) {
        boolean led;
        lock.lock();
        try {
            if (end != null) {
                return;
            }
            end = how;
            led = leading;
            leading = false;
            if (watchdog != null) {
                watchdog.cancel();
            }
            woken.signalAll();
        } finally {
            lock.unlock();
        }
        shut();
        if (how instanceof End.Lost lost && led) {
            LOG.atError()
                    .addKeyValue("lease", config.leaseName())
                    .addKeyValue("error", lost.reason())
                    .log("Leader election lost");
            // Frees the thread from a call that hangs.
            thread.interrupt();
        }
        ended.complete(how);
    }

    private boolean over() {
        lock.lock();
        try {
            return end != null;
        } finally {
            lock.unlock();
        }
    }

    private void pause() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (end != null) {
                return;
            }
            long period = config.retryPeriod().toNanos();
            long wait = leading ? period : period + (long) (JITTER * random.nextDouble() * period);
            long until = time.nanoTime() + wait;
            TimeSource.Scheduled timer = time.schedule(Duration.ofNanos(wait), this::wake);
            try {
                while (end == null && time.nanoTime() - until < 0) {
                    woken.await();
                }
            } finally {
                timer.cancel();
            }
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Attempt attempt() {
        try {
            OwnWrite mine = own;
            if (mine != null) {
                LeaseStore.Lease renewed = mine.lease().renewed(time.instant());
                return write(renewed, lease -> store.update(lease, mine.resourceVersion(), callDeadline));
            }
            return switch (store.read(callDeadline)) {
                case LeaseStore.ReadResult.Failed failed -> new Attempt.Failed(failed.reason(), failed.cause());
                case LeaseStore.ReadResult.Absent _ ->
                    write(leaseFrom(time.instant(), 0), lease -> store.create(lease, callDeadline));
                case LeaseStore.ReadResult.Found found -> takeOver(found.lease(), found.resourceVersion());
            };
        } catch (RuntimeException e) {
            own = null;
            return new Attempt.Failed("the lease store threw " + e, e);
        }
    }

    private Attempt takeOver(LeaseStore.Lease lease, String resourceVersion) {
        if (!lease.equals(observed)) {
            if (observed == null || !observed.holder().equals(lease.holder())) {
                LOG.atInfo()
                        .addKeyValue("lease", config.leaseName())
                        .addKeyValue("holder", lease.holder())
                        .log("Observed leader");
            }
            observed = lease;
            observedAtNanos = time.nanoTime();
        }
        boolean mine = lease.holder().equals(config.identity());
        Duration patience = lease.duration().isPositive() ? lease.duration() : config.leaseDuration();
        boolean alive = time.nanoTime() - observedAtNanos < patience.toNanos();
        if (!mine && !lease.holder().isEmpty() && alive) {
            return new Attempt.HeldByOther(lease.holder());
        }
        LeaseStore.Lease next =
                mine ? lease.renewed(time.instant()) : leaseFrom(time.instant(), lease.transitions() + 1);
        return write(next, wanted -> store.update(wanted, resourceVersion, callDeadline));
    }

    private Attempt write(LeaseStore.Lease lease, Function<LeaseStore.Lease, LeaseStore.WriteResult> call) {
        // Unless this write is known to stand, the next attempt reads first.
        own = null;
        long askedAtNanos = time.nanoTime();
        return switch (call.apply(lease)) {
            case LeaseStore.WriteResult.Written written -> {
                own = new OwnWrite(lease, written.resourceVersion());
                observed = lease;
                observedAtNanos = time.nanoTime();
                yield new Attempt.Held(askedAtNanos);
            }
            case LeaseStore.WriteResult.Conflict _ -> new Attempt.Failed("somebody else wrote the lease", null);
            case LeaseStore.WriteResult.Failed failed -> new Attempt.Failed(failed.reason(), failed.cause());
        };
    }

    private LeaseStore.Lease leaseFrom(Instant now, int transitions) {
        return new LeaseStore.Lease(config.identity(), config.leaseDuration(), now, now, transitions);
    }

    /** Offers the lease to others by leaving its holder empty. */
    private void release() {
        // A loss interrupts the call that hung; the release is a new call.
        boolean interrupted = Thread.interrupted();
        OwnWrite mine = own;
        if (mine == null) {
            return;
        }
        Instant now = time.instant();
        // client-go leaves one second, so that candidates that look at the duration alone don't wait either.
        LeaseStore.Lease free = new LeaseStore.Lease(
                "", Duration.ofSeconds(1), now, now, mine.lease().transitions());
        try {
            LeaseStore.WriteResult result = store.update(free, mine.resourceVersion(), callDeadline);
            LOG.atInfo()
                    .addKeyValue("lease", config.leaseName())
                    .addKeyValue("result", result)
                    .log("Released leader lease");
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("lease", config.leaseName())
                    .log("Could not release the leader lease; others wait until it expires");
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
