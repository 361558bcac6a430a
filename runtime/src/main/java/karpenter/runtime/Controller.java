package karpenter.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A named loop: takes keys from its queue and gives them to a {@link Reconciler}, several at once, each key once.
 *
 * <p><b>Method.</b> Workers are virtual threads. One worker waits in the queue; a worker that takes a key while nobody
 * else waits starts the next one first, up to the concurrency. So a controller that may run a thousand reconciles at once
 * owns one parked thread while nothing happens. Workers that were started stay.
 *
 * <p><b>Leadership.</b> A leader-only controller's queue is paused while the gate is closed: keys gather, none is handed
 * out. What runs when the lease is lost runs on, but its effects are refused by {@link LeaderGate#require}.
 *
 * <p><b>Failures.</b> Each is logged once, here, at error with the key in the MDC; conflicts at debug. An exception is a
 * bug: logged with its stack, counted as error and panic, retried with backoff like any failure.
 *
 * <p><b>Differs from upstream.</b> controller-runtime starts all its workers at once and ends the process with the lease.
 *
 * @param <K> the key; needs {@code equals} and {@code hashCode}
 */
public final class Controller<K> {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

    private final String name;
    private final int concurrency;
    private final boolean leaderOnly;
    private final Reconciler<K> reconciler;
    private final Map<String, String> logFields;
    private final Function<? super K, Map<String, String>> keyFields;
    private final List<K> initialKeys;
    private final ControllerContext context;
    private final WorkQueue<K> queue;
    private final LeaderGate.Listener gateListener;

    private final Object lifecycle = new Object();
    private final List<Thread> workers = new ArrayList<>();
    private boolean started;
    private boolean opened;
    private volatile boolean stopping;

    private Controller(Builder<K> builder, Reconciler<K> reconciler, ControllerContext context) {
        this.name = builder.name;
        this.concurrency = builder.concurrency;
        this.leaderOnly = builder.leaderOnly;
        this.reconciler = reconciler;
        this.logFields = Map.copyOf(builder.logFields);
        this.keyFields = builder.keyFields;
        this.initialKeys = List.copyOf(builder.initialKeys);
        this.context = context;
        RateLimiter overall = builder.overallBurst == 0
                ? null
                : RateLimiter.of(context.time(), builder.overallQps, builder.overallBurst);
        this.queue = new WorkQueue<>(
                context.time(),
                builder.backoffMin,
                builder.backoffMax,
                overall,
                context.metrics().runtime().observerFor(name));
        this.gateListener = new LeaderGate.Listener() {
            @Override
            public void acquired() {
                queue.resume();
            }

            @Override
            public void lost() {
                queue.pause();
            }
        };
        if (leaderOnly) {
            queue.pause();
        }
    }

    /**
     * Begins a controller.
     *
     * @param name upstream's controller name, as it shows in metrics and logs, e.g. {@code nodeclaim.lifecycle}
     */
    public static <K> Builder<K> named(String name) {
        return new Builder<>(name);
    }

    /**
     * Begins a loop over the whole cluster. It runs when started, and then as its own outcome says: a loop that wants to
     * go on returns {@link Outcome#requeueAfter}, one that is done waits for {@link #enqueue}.
     */
    public static Builder<Singleton> singleton(String name, Supplier<Outcome> loop) {
        return new Builder<Singleton>(name)
                .keyFields(key -> Map.of())
                .initialKey(Singleton.INSTANCE)
                .reconciler(key -> loop.get());
    }

    /** Returns the name in metrics and logs. */
    public String name() {
        return name;
    }

    /** Returns how many reconciles may run at once. */
    public int concurrency() {
        return concurrency;
    }

    /** Returns whether it works only while this process leads. */
    public boolean leaderOnly() {
        return leaderOnly;
    }

    /** Has a key looked at as soon as possible. Never blocks; allowed before {@link #start} and after {@link #stop}. */
    public void enqueue(K key) {
        queue.add(key);
    }

    /** Has a key looked at after a delay, or earlier if something else asks for it. */
    public void enqueueAfter(K key, Duration delay) {
        queue.addAfter(key, delay);
    }

    /** Begins to work. Returns at once; a leader-only controller waits for the gate by itself. */
    public void start() {
        synchronized (lifecycle) {
            if (started || stopping) {
                throw new IllegalStateException("Controller " + name + " was started or stopped already");
            }
            started = true;
            startWorker();
        }
        open();
        LOG.atInfo()
                .addKeyValue("controller", name)
                .addKeyValue("worker count", concurrency)
                .log("Starting workers");
    }

    /**
     * Ends all work: no further key is taken, running reconciles are interrupted and waited for.
     *
     * @param deadline the longest wait, in real time
     * @return whether every worker has ended
     */
    public boolean stop(Duration deadline) throws InterruptedException {
        signalStop();
        return join(System.nanoTime() + deadline.toNanos());
    }

    /**
     * Works off every key that is ready, on the calling thread, until none is left. For deterministic simulations of a
     * controller that was not started; with a testing clock, nothing else runs.
     *
     * @return how many reconciles ran
     */
    public int runReady() {
        synchronized (lifecycle) {
            if (started) {
                throw new IllegalStateException("Controller " + name + " has workers; runReady is for those without");
            }
        }
        open();
        int ran = 0;
        for (K key = queue.poll(); key != null; key = queue.poll()) {
            process(key);
            ran++;
        }
        return ran;
    }

    /** Waits until no key is ready or being worked on; delayed keys don't count. The deadline is real time. */
    public boolean awaitSettled(Duration deadline) throws InterruptedException {
        return queue.awaitSettled(deadline);
    }

    WorkQueue<K> queue() {
        return queue;
    }

    /** First half of stopping: nothing further is taken, what runs is interrupted. */
    void signalStop() {
        context.gate().removeListener(gateListener);
        synchronized (lifecycle) {
            stopping = true;
            queue.close();
            workers.forEach(Thread::interrupt);
        }
    }

    /** Second half of stopping: waits for the workers until {@code deadlineNanos} of the system's clock. */
    boolean join(long deadlineNanos) throws InterruptedException {
        List<Thread> ending;
        synchronized (lifecycle) {
            ending = List.copyOf(workers);
        }
        boolean ended = true;
        for (Thread worker : ending) {
            Duration left = Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
            ended &= worker.join(left);
        }
        return ended;
    }

    /** Lets keys flow, once: gives the initial keys and follows the gate. */
    private void open() {
        synchronized (lifecycle) {
            if (opened) {
                return;
            }
            opened = true;
        }
        initialKeys.forEach(queue::add);
        if (leaderOnly) {
            context.gate().addListener(gateListener);
        }
    }

    private void startWorker() {
        Thread worker = Thread.ofVirtual().name(name + "-" + workers.size()).unstarted(this::work);
        workers.add(worker);
        worker.start();
    }

    private void startNextWorker() {
        synchronized (lifecycle) {
            if (!stopping && workers.size() < concurrency && queue.waiting() == 0) {
                startWorker();
            }
        }
    }

    private void work() {
        // Only stop() ends a worker; a reconciler that leaves an interrupt behind doesn't.
        while (!stopping) {
            try {
                K key = queue.take();
                if (key == null) {
                    return;
                }
                startNextWorker();
                process(key);
            } catch (InterruptedException e) {
                LOG.atDebug().log("Worker was interrupted while it waited");
            }
        }
    }

    private void process(K key) {
        try {
            // The lease may have lapsed without anybody having said so yet.
            if (leaderOnly && !context.gate().held()) {
                queue.pause();
                queue.add(key);
                if (context.gate().held()) {
                    // Regained between the question and the pause, and nobody will say so again.
                    queue.resume();
                }
                return;
            }
            long begin = context.time().nanoTime();
            RuntimeMetrics.Result result = reconcileWithMdc(key);
            context.metrics().runtime().reconciled(name, result, context.time().nanoTime() - begin);
        } finally {
            queue.done(key);
        }
    }

    private RuntimeMetrics.Result reconcileWithMdc(K key) {
        Map<String, String> fields = mdcFields(key);
        fields.forEach(MDC::put);
        try {
            return reconcile(key);
        } finally {
            fields.keySet().forEach(MDC::remove);
        }
    }

    private RuntimeMetrics.Result reconcile(K key) {
        Outcome outcome;
        try {
            outcome = Objects.requireNonNull(reconciler.reconcile(key), "a reconciler returned null");
        } catch (LeaderGate.NotLeaderException e) {
            LOG.atDebug().log("Stopped short: the leader lease was lost");
            if (leaderOnly) {
                // Waits in the paused queue until this process leads again.
                queue.add(key);
            } else {
                queue.addRateLimited(key);
            }
            return RuntimeMetrics.Result.REQUEUE;
        } catch (RuntimeException | Error e) {
            return crashed(key, e);
        }
        return switch (outcome) {
            case Outcome.Done _ -> {
                queue.forget(key);
                yield RuntimeMetrics.Result.SUCCESS;
            }
            case Outcome.RequeueAfter after -> {
                queue.forget(key);
                queue.addAfter(key, after.delay());
                yield RuntimeMetrics.Result.REQUEUE_AFTER;
            }
            case Outcome.Retry retry -> {
                queue.addRateLimited(key);
                logFailure(retry);
                yield retry.isConflict() ? RuntimeMetrics.Result.REQUEUE : RuntimeMetrics.Result.ERROR;
            }
        };
    }

    private RuntimeMetrics.Result crashed(K key, Throwable e) {
        queue.addRateLimited(key);
        if (stopping) {
            LOG.atDebug().setCause(e).log("Reconciler was interrupted by the shutdown");
        } else {
            context.metrics().runtime().panicked(name);
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("error", e.toString())
                    .log("Observed a panic in reconciler; it is retried, but it is a bug");
        }
        return RuntimeMetrics.Result.ERROR;
    }

    private void logFailure(Outcome.Retry retry) {
        if (retry.isConflict() || stopping) {
            LOG.atDebug()
                    .setCause(retry.cause())
                    .addKeyValue("error", retry.reason())
                    .log("Reconciler retries");
        } else {
            LOG.atError()
                    .setCause(retry.cause())
                    .addKeyValue("error", retry.reason())
                    .log("Reconciler error");
        }
    }

    private Map<String, String> mdcFields(K key) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("controller", name);
        fields.putAll(logFields);
        try {
            fields.putAll(keyFields.apply(key));
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).addKeyValue("controller", name).log("Can't tell what to log about a key");
        }
        // Only has to be unique among log lines, so the cheap generator does.
        ThreadLocalRandom random = ThreadLocalRandom.current();
        fields.put("reconcileID", new UUID(version4(random.nextLong()), variant2(random.nextLong())).toString());
        return fields;
    }

    private static long version4(long bits) {
        return (bits & ~0xf000L) | 0x4000L;
    }

    private static long variant2(long bits) {
        return (bits & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    }

    private static Map<String, String> namespacedName(Object key) {
        String text = key.toString();
        int slash = text.indexOf('/');
        return slash < 0
                ? Map.of("name", text)
                : Map.of("namespace", text.substring(0, slash), "name", text.substring(slash + 1));
    }

    /**
     * Collects what makes up a controller.
     *
     * @param <K> the key
     */
    public static final class Builder<K> {
        private final String name;
        private final Map<String, String> logFields = new LinkedHashMap<>();
        private final List<K> initialKeys = new ArrayList<>();
        private int concurrency = 1;
        private boolean leaderOnly = true;
        private Duration backoffMin = WorkQueue.DEFAULT_BACKOFF_MIN;
        private Duration backoffMax = WorkQueue.DEFAULT_BACKOFF_MAX;
        private double overallQps;
        private int overallBurst;
        private Function<? super K, Map<String, String>> keyFields = Controller::namespacedName;
        private @Nullable Reconciler<K> reconciler;

        private Builder(String name) {
            this.name = name;
        }

        /** Sets how many reconciles may run at once; one unless said otherwise. */
        public Builder<K> concurrency(int most) {
            if (most < 1) {
                throw new IllegalArgumentException(
                        "Controller " + name + " needs a concurrency of 1 or more, got " + most);
            }
            this.concurrency = most;
            return this;
        }

        /** Sets the delay after a key's first failure, doubled with each further one, up to {@code max}. */
        public Builder<K> backoff(Duration min, Duration max) {
            this.backoffMin = min;
            this.backoffMax = max;
            return this;
        }

        /** Limits the retries of all keys together; unlimited unless said otherwise. */
        public Builder<K> overallRate(double qps, int burst) {
            this.overallQps = qps;
            this.overallBurst = burst;
            return this;
        }

        /** Sets whether to work only while this process leads, which is so unless said otherwise. */
        public Builder<K> leaderOnly(boolean only) {
            this.leaderOnly = only;
            return this;
        }

        /** Adds a fixed field to the log lines, e.g. {@code controllerKind}. */
        public Builder<K> logField(String field, String value) {
            logFields.put(field, value);
            return this;
        }

        /** Says how a key shows in the log; by default {@code toString()} is read as name or namespace/name. */
        public Builder<K> keyFields(Function<? super K, Map<String, String>> fields) {
            this.keyFields = fields;
            return this;
        }

        /** Adds a key that is looked at when the controller starts. */
        public Builder<K> initialKey(K key) {
            initialKeys.add(key);
            return this;
        }

        /** Sets what to do with a key. */
        public Builder<K> reconciler(Reconciler<K> reconciler) {
            this.reconciler = reconciler;
            return this;
        }

        /** Makes the controller; it doesn't run yet. */
        public Controller<K> build(ControllerContext context) {
            Reconciler<K> set = reconciler;
            if (set == null) {
                throw new IllegalStateException("Controller " + name + " has no reconciler");
            }
            Controller<K> controller = new Controller<>(this, set, context);
            context.metrics().runtime().add(controller);
            return controller;
        }
    }
}
