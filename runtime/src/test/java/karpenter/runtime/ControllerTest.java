package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

final class ControllerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final TestingTimeSource time = new TestingTimeSource();
    private final LeaderGate gate = new LeaderGate();
    private final ControllerContext context = new ControllerContext(time, Metrics.create(), gate);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
            // The MDC is read when asked for, unless it is asked for now.
            event.prepareForDeferredProcessing();
            super.append(event);
        }
    };

    @BeforeEach
    void recordLog() {
        gate.acquired();
        log.start();
        ((Logger) LoggerFactory.getLogger(Controller.class)).addAppender(log);
    }

    @AfterEach
    void stopRecording() {
        ((Logger) LoggerFactory.getLogger(Controller.class)).detachAppender(log);
    }

    @Test
    void retriesWithGrowingDelayUntilItWorks() {
        List<Duration> at = new ArrayList<>();
        Controller<String> controller = Controller.<String>named("test")
                .backoff(Duration.ofMillis(100), Duration.ofSeconds(10))
                .reconciler(key -> {
                    at.add(Duration.ofNanos(time.nanoTime()));
                    return at.size() < 4 ? Outcome.retry("not yet") : Outcome.done();
                })
                .build(context);
        controller.enqueue("a");
        do {
            controller.runReady();
        } while (time.advanceToNext());
        assertThat(at)
                .containsExactly(Duration.ZERO, Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofMillis(700));
        assertThat(metric("controller_runtime_reconcile_total", "error")).isEqualTo(3);
        assertThat(metric("controller_runtime_reconcile_total", "success")).isEqualTo(1);
    }

    @Test
    void looksAgainAfterTheDelayItWasTold() {
        List<Long> at = new ArrayList<>();
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> {
                    at.add(time.nanoTime() / 1_000_000_000);
                    return at.size() < 3 ? Outcome.requeueAfter(Duration.ofSeconds(5)) : Outcome.done();
                })
                .build(context);
        controller.enqueueAfter("a", Duration.ofSeconds(1));
        do {
            controller.runReady();
        } while (time.advanceToNext());
        assertThat(at).containsExactly(1L, 6L, 11L);
        assertThat(metric("controller_runtime_reconcile_total", "requeue_after"))
                .isEqualTo(2);
    }

    @Test
    void logsAFailureOnceWithControllerAndKey() {
        Controller<String> controller = Controller.<String>named("nodeclaim.lifecycle")
                .logField("controllerKind", "NodeClaim")
                .reconciler(key -> Outcome.retry("no capacity"))
                .build(context);
        controller.enqueue("default/claim-1");
        controller.runReady();
        assertThat(log.list).hasSize(1);
        ILoggingEvent event = log.list.getFirst();
        assertThat(event.getLevel()).isEqualTo(Level.ERROR);
        assertThat(event.getMessage()).isEqualTo("Reconciler error");
        assertThat(event.getMDCPropertyMap())
                .containsEntry("controller", "nodeclaim.lifecycle")
                .containsEntry("controllerKind", "NodeClaim")
                .containsEntry("namespace", "default")
                .containsEntry("name", "claim-1")
                .containsKey("reconcileID");
        assertThat(event.getKeyValuePairs().getFirst().value).isEqualTo("no capacity");
        assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
    }

    @Test
    void logsAConflictAtDebugAndCountsItAsRequeue() {
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> Outcome.conflict())
                .build(context);
        controller.enqueue("a");
        controller.runReady();
        assertThat(log.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.DEBUG);
        assertThat(metric("controller_runtime_reconcile_total", "requeue")).isEqualTo(1);
        assertThat(metric("controller_runtime_reconcile_errors_total")).isZero();
        assertThat(time.pending()).isEqualTo(1);
    }

    @Test
    void survivesAnExceptionLogsItsStackAndRetries() {
        AtomicInteger calls = new AtomicInteger();
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("broken invariant");
                    }
                    return Outcome.done();
                })
                .build(context);
        controller.enqueue("a");
        controller.runReady();
        time.advanceToNext();
        controller.runReady();
        assertThat(calls).hasValue(2);
        assertThat(log.list).hasSize(1);
        assertThat(log.list.getFirst().getThrowableProxy().getMessage()).isEqualTo("broken invariant");
        assertThat(metric("controller_runtime_reconcile_panics_total")).isEqualTo(1);
        assertThat(metric("controller_runtime_reconcile_errors_total")).isEqualTo(1);
    }

    @Test
    void reconcilesDifferentKeysAtOnceOnNamedVirtualThreads() throws InterruptedException {
        CyclicBarrier together = new CyclicBarrier(4);
        Set<String> threads = ConcurrentHashMap.newKeySet();
        Controller<Integer> controller = Controller.<Integer>named("wide")
                .concurrency(4)
                .reconciler(key -> {
                    threads.add(Thread.currentThread().getName());
                    assertThat(Thread.currentThread().isVirtual()).isTrue();
                    await(together);
                    return Outcome.done();
                })
                .build(context);
        controller.start();
        for (int key = 0; key < 40; key++) {
            controller.enqueue(key);
        }
        assertThat(controller.awaitSettled(PATIENCE)).isTrue();
        assertThat(threads).containsExactlyInAnyOrder("wide-0", "wide-1", "wide-2", "wide-3");
        assertThat(controller.stop(PATIENCE)).isTrue();
        assertThat(metric("controller_runtime_reconcile_total", "wide", "success"))
                .isEqualTo(40);
    }

    @Test
    void startsNoMoreWorkersThanThereIsWork() throws InterruptedException {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        Controller<Integer> controller = Controller.<Integer>named("idle")
                .concurrency(1000)
                .reconciler(key -> {
                    threads.add(Thread.currentThread().getName());
                    return Outcome.done();
                })
                .build(context);
        controller.start();
        for (int key = 0; key < 10; key++) {
            controller.enqueue(key);
            assertThat(controller.awaitSettled(PATIENCE)).isTrue();
        }
        assertThat(threads).hasSizeLessThanOrEqualTo(10);
        assertThat(controller.stop(PATIENCE)).isTrue();
    }

    @Test
    void takesNoKeyWhileThisProcessDoesNotLead() throws InterruptedException {
        List<String> seen = new ArrayList<>();
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> {
                    seen.add(key);
                    if (key.equals("last")) {
                        gate.lost();
                    }
                    return Outcome.done();
                })
                .build(context);
        gate.lost();
        controller.start();
        controller.enqueue("first");
        assertThat(controller.queue().depth()).isEqualTo(1);
        gate.acquired();
        assertThat(controller.awaitSettled(PATIENCE)).isTrue();
        gate.lost();
        controller.enqueue("second");
        controller.enqueue("last");
        controller.enqueue("never");
        assertThat(seen).containsExactly("first");
        gate.acquired();
        while (gate.held()) {
            Thread.onSpinWait();
        }
        assertThat(controller.stop(PATIENCE)).isTrue();
        assertThat(seen).containsExactly("first", "second", "last");
    }

    @Test
    void putsTheKeyBackWhenTheLeaseLapsedUnnoticed() {
        List<String> seen = new ArrayList<>();
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> {
                    seen.add(key);
                    return Outcome.done();
                })
                .build(context);
        gate.lost();
        gate.acquired(() -> false);
        controller.enqueue("a");
        controller.runReady();
        assertThat(seen).isEmpty();
        gate.lost();
        gate.acquired();
        controller.runReady();
        assertThat(seen).containsExactly("a");
    }

    @Test
    void goesOnWhenTheLeaseIsRegainedWhileItIsFoundToHaveLapsed() {
        AtomicInteger ran = new AtomicInteger();
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> {
                    ran.incrementAndGet();
                    return Outcome.done();
                })
                .build(context);
        gate.lost();
        gate.acquired(() -> {
            gate.lost();
            gate.acquired();
            return false;
        });
        controller.enqueue("key");
        controller.runReady();
        assertThat(ran).hasValue(1);
    }

    @Test
    void keepsTheKeyOfAReconcileThatTheGateRefused() {
        AtomicInteger calls = new AtomicInteger();
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> {
                    if (calls.incrementAndGet() == 1) {
                        gate.lost();
                    }
                    gate.require();
                    return Outcome.done();
                })
                .build(context);
        controller.enqueue("a");
        controller.runReady();
        assertThat(calls).hasValue(1);
        assertThat(metric("controller_runtime_reconcile_errors_total")).isZero();
        gate.acquired();
        controller.runReady();
        assertThat(calls).hasValue(2);
    }

    @Test
    void worksWithoutLeadingWhenItIsNotLeaderOnly() {
        gate.lost();
        AtomicInteger calls = new AtomicInteger();
        Controller<String> controller = Controller.<String>named("test")
                .leaderOnly(false)
                .reconciler(key -> {
                    calls.incrementAndGet();
                    return Outcome.done();
                })
                .build(context);
        controller.enqueue("a");
        controller.runReady();
        assertThat(calls).hasValue(1);
    }

    @Test
    void interruptsWhatRunsWhenStoppedAndLogsNoError() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> {
                    running.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return Outcome.done();
                })
                .build(context);
        controller.enqueue("a");
        controller.start();
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(controller.stop(PATIENCE)).isTrue();
        assertThat(log.list).noneMatch(event -> event.getLevel() == Level.ERROR);
        assertThat(time.pending()).isZero();
    }

    @Test
    void survivesAnInterruptThatAReconcilerLeavesBehind() throws InterruptedException {
        Controller<Integer> controller = Controller.<Integer>named("test")
                .reconciler(key -> {
                    Thread.currentThread().interrupt();
                    return Outcome.done();
                })
                .build(context);
        controller.start();
        for (int key = 0; key < 10; key++) {
            controller.enqueue(key);
        }
        assertThat(controller.awaitSettled(PATIENCE)).isTrue();
        assertThat(controller.stop(PATIENCE)).isTrue();
        assertThat(metric("controller_runtime_reconcile_total", "success")).isEqualTo(10);
    }

    @Test
    void runsASingletonFromTheStartAndAsItAsksFor() {
        List<Long> at = new ArrayList<>();
        Controller<Singleton> controller = Controller.singleton("provisioner", () -> {
                    at.add(time.nanoTime() / 1_000_000_000);
                    return at.size() < 3 ? Outcome.requeueAfter(Duration.ofSeconds(10)) : Outcome.done();
                })
                .build(context);
        do {
            controller.runReady();
        } while (time.advanceToNext());
        assertThat(at).containsExactly(0L, 10L, 20L);
    }

    @Test
    void showsItsQueueInTheMetrics() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        Controller<String> controller = Controller.<String>named("test")
                .concurrency(1)
                .reconciler(key -> {
                    running.countDown();
                    await(finish);
                    return Outcome.done();
                })
                .build(context);
        controller.start();
        controller.enqueue("a");
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        controller.enqueue("b");
        controller.enqueue("c");
        time.advance(Duration.ofSeconds(3));
        Map<String, Double> shown = Scrape.of(context.metrics());
        assertThat(shown)
                .containsEntry("workqueue_depth{controller=\"test\",name=\"test\"}", 2.0)
                .containsEntry("workqueue_adds_total{controller=\"test\",name=\"test\"}", 3.0)
                .containsEntry("workqueue_unfinished_work_seconds{controller=\"test\",name=\"test\"}", 3.0)
                .containsEntry("workqueue_longest_running_processor_seconds{controller=\"test\",name=\"test\"}", 3.0)
                .containsEntry("controller_runtime_active_workers{controller=\"test\"}", 1.0)
                .containsEntry("controller_runtime_max_concurrent_reconciles{controller=\"test\"}", 1.0);
        finish.countDown();
        assertThat(controller.awaitSettled(PATIENCE)).isTrue();
        assertThat(controller.stop(PATIENCE)).isTrue();
        assertThat(Scrape.of(context.metrics()))
                .containsEntry("workqueue_work_duration_seconds_count{controller=\"test\",name=\"test\"}", 3.0)
                .containsEntry("workqueue_queue_duration_seconds_count{controller=\"test\",name=\"test\"}", 3.0)
                .containsEntry("controller_runtime_reconcile_time_seconds_count{controller=\"test\"}", 3.0)
                .containsEntry("controller_runtime_active_workers{controller=\"test\"}", 0.0);
    }

    @Test
    void refusesTwoControllersOfOneName() {
        Controller.<String>named("test").reconciler(key -> Outcome.done()).build(context);
        assertThatThrownBy(() -> Controller.<String>named("test")
                        .reconciler(key -> Outcome.done())
                        .build(context))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesToStartTwice() throws InterruptedException {
        Controller<String> controller = Controller.<String>named("test")
                .reconciler(key -> Outcome.done())
                .build(context);
        controller.start();
        assertThatThrownBy(controller::start).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(controller::runReady).isInstanceOf(IllegalStateException.class);
        assertThat(controller.stop(PATIENCE)).isTrue();
    }

    private double metric(String name, String... result) {
        String[] labels = switch (result.length) {
            case 0 -> new String[] {"test"};
            case 1 -> new String[] {"test", result[0]};
            default -> result;
        };
        String[] names = labels.length == 1 ? new String[] {"controller"} : new String[] {"controller", "result"};
        return context.metrics().counter(name, "", names).value(labels);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
