package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ControllerHostTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final TestingTimeSource time = new TestingTimeSource();
    private final LeaderGate gate = new LeaderGate();
    private final ControllerContext context = new ControllerContext(time, Metrics.create(), gate);

    @Test
    void startsLeaderOnlyControllersWhenTheGateOpens() throws InterruptedException {
        CountDownLatch standby = new CountDownLatch(1);
        CountDownLatch leader = new CountDownLatch(1);
        ControllerHost host = new ControllerHost(List.of(
                singleton("standby", standby).leaderOnly(false).build(context),
                singleton("leader", leader).build(context)));
        host.start();
        assertThat(standby.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(leader.getCount()).isEqualTo(1);
        gate.acquired();
        assertThat(leader.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(host.stop(PATIENCE)).isEmpty();
    }

    @Test
    void namesTheControllersThatDoNotStopInTime() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Controller<Singleton> stubborn = Controller.singleton("stubborn", () -> {
                    running.countDown();
                    boolean released = false;
                    while (!released) {
                        try {
                            release.await();
                            released = true;
                        } catch (InterruptedException e) {
                            released = false;
                        }
                    }
                    return Outcome.done();
                })
                .build(context);
        ControllerHost host = new ControllerHost(
                List.of(stubborn, singleton("willing", new CountDownLatch(1)).build(context)));
        gate.acquired();
        host.start();
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(host.stop(Duration.ofMillis(20))).contains("stubborn");
        release.countDown();
        assertThat(host.stop(PATIENCE)).isEmpty();
    }

    @Test
    void stopsThoseItStartedWhenOneCannotBeStarted() throws InterruptedException {
        Controller<Singleton> first = singleton("first", new CountDownLatch(1)).build(context);
        Controller<Singleton> broken =
                singleton("broken", new CountDownLatch(1)).build(context);
        broken.start();
        ControllerHost host = new ControllerHost(List.of(first, broken));
        assertThatThrownBy(host::start).isInstanceOf(IllegalStateException.class);
        assertThat(host.stop(PATIENCE)).isEmpty();
    }

    @Test
    void canBeStoppedWithoutHavingBeenStarted() throws InterruptedException {
        ControllerHost host = new ControllerHost(
                List.of(singleton("never", new CountDownLatch(1)).build(context)));
        assertThat(host.stop(PATIENCE)).isEmpty();
    }

    private static Controller.Builder<Singleton> singleton(String name, CountDownLatch ran) {
        return Controller.singleton(name, () -> {
            ran.countDown();
            return Outcome.done();
        });
    }
}
