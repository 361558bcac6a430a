package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class TimeSourceTest {
    private final TestingTimeSource time = new TestingTimeSource();

    @Test
    void runsDueTasksInTheOrderOfTheirTimesEachSeeingItsOwn() {
        List<String> ran = new ArrayList<>();
        time.schedule(Duration.ofSeconds(2), () -> ran.add("b@" + time.nanoTime() / 1_000_000_000));
        time.schedule(Duration.ofSeconds(1), () -> {
            ran.add("a@" + time.nanoTime() / 1_000_000_000);
            time.schedule(Duration.ofSeconds(2), () -> ran.add("c@" + time.nanoTime() / 1_000_000_000));
        });
        time.schedule(Duration.ofSeconds(9), () -> ran.add("late"));
        time.advance(Duration.ofSeconds(5));
        assertThat(ran).containsExactly("a@1", "b@2", "c@3");
        assertThat(time.instant()).isEqualTo(TestingTimeSource.START.plusSeconds(5));
        assertThat(time.advanceToNext()).isTrue();
        assertThat(time.advanceToNext()).isFalse();
        assertThat(time.instant()).isEqualTo(TestingTimeSource.START.plusSeconds(9));
    }

    @Test
    void doesNotRunACancelledTask() {
        List<String> ran = new ArrayList<>();
        TimeSource.Scheduled task = time.schedule(Duration.ofSeconds(1), () -> ran.add("a"));
        assertThat(task.cancel()).isTrue();
        assertThat(task.cancel()).isFalse();
        time.advance(Duration.ofSeconds(2));
        assertThat(ran).isEmpty();
    }

    @Test
    void runsTasksOfTheSystemOnItsTimerAndSurvivesTheirFailure() throws InterruptedException {
        TimeSource system = TimeSource.system();
        CountDownLatch ran = new CountDownLatch(1);
        system.schedule(Duration.ofNanos(-1), () -> {
            throw new IllegalStateException("broken task");
        });
        TimeSource.Scheduled never = system.schedule(Duration.ofSeconds(Long.MAX_VALUE), () -> {});
        system.schedule(Duration.ofMillis(1), ran::countDown);
        assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(never.cancel()).isTrue();
    }

    @Test
    void tellsOfTasksThatFailWithAnError() throws InterruptedException {
        CountDownLatch told = new CountDownLatch(1);
        AppenderBase<ILoggingEvent> log = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getThrowableProxy().getMessage().equals("no such class")) {
                    told.countDown();
                }
            }
        };
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(SystemTimeSource.class);
        logger.addAppender(log);
        try {
            TimeSource.system().schedule(Duration.ZERO, () -> {
                throw new NoClassDefFoundError("no such class");
            });
            assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            logger.detachAppender(log);
        }
    }
}
