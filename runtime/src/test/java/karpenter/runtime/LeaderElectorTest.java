package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LeaderElectorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(2);

    private final TestingTimeSource time = new TestingTimeSource();
    private final FakeLeaseStore store = new FakeLeaseStore();
    private final LeaderGate gate = new LeaderGate();
    private final ControllerContext context = new ControllerContext(time, Metrics.create(), gate);
    private final LeaderElector elector = elector("me", context);

    @AfterEach
    void stop() throws InterruptedException {
        store.beforeWrite(null);
        assertThat(elector.stop(PATIENCE)).isTrue();
    }

    @Test
    void takesALeaseThatDoesNotExist() throws InterruptedException {
        elector.start();
        assertThat(gate.await(PATIENCE)).isTrue();
        LeaseStore.Lease lease = store.lease();
        assertThat(lease)
                .isEqualTo(new LeaseStore.Lease("me", Duration.ofSeconds(15), time.instant(), time.instant(), 0));
        assertThat(status(context)).isEqualTo(1);
    }

    @Test
    void leadsThoughItTookLongToLearnThatTheLeaseIsFree() throws InterruptedException {
        store.beforeRead(() -> time.advance(Duration.ofSeconds(11)));
        elector.start();
        assertThat(gate.await(PATIENCE)).isTrue();
        for (int i = 0; i < 4; i++) {
            awaitLeaderWaiting();
            time.advance(RETRY);
        }
        awaitLeaderWaiting();
        assertThat(gate.held()).isTrue();
    }

    @Test
    void renewsEveryRetryPeriodAndStaysLeader() throws InterruptedException {
        elector.start();
        for (int i = 0; i < 20; i++) {
            awaitLeaderWaiting();
            time.advance(RETRY);
        }
        awaitLeaderWaiting();
        assertThat(gate.held()).isTrue();
        assertThat(store.writes()).isEqualTo(21);
        LeaseStore.Lease lease = store.lease();
        assertThat(lease).isNotNull();
        assertThat(lease.renewTime()).isEqualTo(TestingTimeSource.START.plusSeconds(40));
        assertThat(lease.acquireTime()).isEqualTo(TestingTimeSource.START);
    }

    @Test
    void leavesALiveHolderAloneAndTakesOverFromASilentOne() throws InterruptedException {
        store.put(new LeaseStore.Lease("other", Duration.ofSeconds(15), time.instant(), time.instant(), 7));
        elector.start();
        Duration waited = Duration.ZERO;
        while (waited.compareTo(Duration.ofSeconds(15)) < 0) {
            time.awaitPending(1);
            assertThat(gate.held()).isFalse();
            time.advance(Duration.ofMillis(500));
            waited = waited.plusMillis(500);
        }
        // The longest wait between two attempts is 2.2 retry periods.
        time.awaitPending(1);
        time.advance(Duration.ofMillis(4400));
        assertThat(gate.await(PATIENCE)).isTrue();
        LeaseStore.Lease lease = store.lease();
        assertThat(lease).isNotNull();
        assertThat(lease.holder()).isEqualTo("me");
        assertThat(lease.transitions()).isEqualTo(8);
    }

    @Test
    void takesAReleasedLeaseAtOnce() throws InterruptedException {
        store.put(new LeaseStore.Lease("", Duration.ofSeconds(1), time.instant(), time.instant(), 3));
        elector.start();
        assertThat(gate.await(PATIENCE)).isTrue();
        assertThat(store.holder()).isEqualTo("me");
    }

    @Test
    void givesTheLeaseUpWhenStoppedSoThatAnotherTakesOverAtOnce() throws InterruptedException {
        elector.start();
        assertThat(gate.await(PATIENCE)).isTrue();
        assertThat(elector.stop(PATIENCE)).isTrue();
        assertThat(gate.held()).isFalse();
        assertThat(store.holder()).isEmpty();
        assertThat(elector.ended().toCompletableFuture()).isCompletedWithValue(new LeaderElector.End.Stopped());
        assertThat(status(context)).isZero();

        ControllerContext next = new ControllerContext(time, Metrics.create(), new LeaderGate());
        LeaderElector successor = elector("successor", next);
        successor.start();
        assertThat(next.gate().await(PATIENCE)).isTrue();
        assertThat(successor.stop(PATIENCE)).isTrue();
    }

    @Test
    void stopsLeadingWhenItCouldNotRenewWithinTheDeadline() throws Exception {
        elector.start();
        awaitLeaderWaiting();
        store.failing(true);
        for (int i = 0; i < 4; i++) {
            time.advance(RETRY);
            awaitLeaderWaiting();
            assertThat(gate.held()).isTrue();
        }
        time.advance(RETRY);
        assertThat(gate.held()).isFalse();
        assertThat(ended()).isInstanceOf(LeaderElector.End.Lost.class);
        assertThat(status(context)).isZero();
    }

    @Test
    void recoversWhenTheStoreComesBackInTime() throws InterruptedException {
        elector.start();
        awaitLeaderWaiting();
        store.failing(true);
        for (int i = 0; i < 4; i++) {
            time.advance(Duration.ofMillis(1900));
            awaitLeaderWaiting();
        }
        store.failing(false);
        for (int i = 0; i < 10; i++) {
            time.advance(RETRY);
            awaitLeaderWaiting();
            assertThat(gate.held()).isTrue();
        }
    }

    @Test
    void stopsLeadingEvenWhileACallToTheStoreHangs() throws Exception {
        elector.start();
        awaitLeaderWaiting();
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        store.beforeWrite(() -> {
            store.beforeWrite(null);
            hangs.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        time.advance(RETRY);
        assertThat(hangs.await(10, TimeUnit.SECONDS)).isTrue();
        time.advance(Duration.ofSeconds(8));
        assertThat(gate.held()).isFalse();
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(ended()).isInstanceOf(LeaderElector.End.Lost.class);
        // The write went through after all, so the lease is offered back.
        assertThat(elector.stop(PATIENCE)).isTrue();
        assertThat(store.holder()).isEmpty();
    }

    @Test
    void stopsLeadingAtOnceWhenAnotherHoldsTheLease() throws Exception {
        elector.start();
        awaitLeaderWaiting();
        store.put(new LeaseStore.Lease("other", Duration.ofSeconds(15), time.instant(), time.instant(), 1));
        // First the write meets the other's version, then the read shows the other.
        time.advance(RETRY);
        awaitLeaderWaiting();
        time.advance(RETRY);
        assertThat(ended()).isEqualTo(new LeaderElector.End.Lost("the lease is held by other"));
        assertThat(gate.held()).isFalse();
        assertThat(store.holder()).isEqualTo("other");
    }

    @Test
    void neverLetsTwoLead() throws InterruptedException {
        ControllerContext others = new ControllerContext(time, Metrics.create(), new LeaderGate());
        LeaderElector rival = elector("rival", others);
        elector.start();
        rival.start();
        for (int i = 0; i < 50; i++) {
            // The leader's watchdog and next attempt, and the rival's next attempt.
            time.awaitPending(3);
            assertThat(gate.held() && others.gate().held()).isFalse();
            time.advance(Duration.ofMillis(700));
        }
        assertThat(rival.stop(PATIENCE)).isTrue();
    }

    @Test
    void refusesTimesThatLeaveNoRoomForARetry() {
        assertThatThrownBy(
                        () -> new LeaderElector.Config("l", "me", Duration.ofSeconds(15), Duration.ofSeconds(2), RETRY))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        new LeaderElector.Config("l", "me", Duration.ofSeconds(10), Duration.ofSeconds(10), RETRY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private LeaderElector elector(String identity, ControllerContext in) {
        return new LeaderElector(LeaderElector.Config.withDefaults("lease", identity), store, in);
    }

    /** Waits until the leader has renewed and waits again: its watchdog and its next attempt are scheduled. */
    private void awaitLeaderWaiting() throws InterruptedException {
        time.awaitPending(2);
    }

    private LeaderElector.End ended() throws Exception {
        return elector.ended().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static double status(ControllerContext of) {
        return of.metrics().gauge("leader_election_master_status", "", "name").value("lease");
    }
}
