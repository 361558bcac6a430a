package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import karpenter.testbed.FaultProxy;
import karpenter.testbed.RecordedRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two controllers at once: one leads and acts, the other stands by, whatever becomes of the first. */
final class TwoControllersScenario {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    /** What a lease lasts, and how often it is renewed. */
    private static final Duration LEASE = Duration.ofSeconds(15);

    private static final Duration RENEWAL = Duration.ofSeconds(2);

    /** From a leader's end to the next one's lease: seen last 4.4 s after its renewal, it lasts 15 s, the next look is 4.4 s later. */
    private static final Duration LONGEST_TAKEOVER = Duration.ofSeconds(24);

    /** A busy machine's. */
    private static final Duration SLACK = Duration.ofSeconds(10);

    private static ScenarioCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = ScenarioCluster.start();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    /** A controller and the proxy that says what it did. */
    private static final class Replica implements AutoCloseable {
        private final FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
        private final SupervisedController controller;

        Replica(String name) {
            controller = new SupervisedController(
                    proxy.kubeconfig(cluster.controllerKubeconfig()),
                    "two/" + name,
                    List.of("--batch-idle-duration=100ms", "--batch-max-duration=1s"));
        }

        /** Starts it, and waits until it leads. */
        Replica lead() throws InterruptedException {
            controller.start().awaitReady();
            awaitLease(DEADLINE);
            return this;
        }

        /** Starts it, and waits until it would be able to lead. */
        Replica standBy() throws InterruptedException {
            controller.start().awaitReady();
            return this;
        }

        void awaitLease(Duration deadline) {
            proxy.awaitRequests(deadline, Requests::holdsLease);
        }

        /** Gives the lease back, so that the next leader needn't wait for its end. */
        void end() throws InterruptedException {
            assertThat(controller.stop()).as("exit code").isZero();
        }

        List<String> acts() {
            return Requests.acts(proxy.requests());
        }

        List<RecordedRequest> requests() {
            return proxy.requests();
        }

        void signal(String signal) throws IOException, InterruptedException {
            long pid = controller.running().process().pid();
            assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                            .start()
                            .waitFor())
                    .isZero();
        }

        @Override
        public void close() {
            controller.close();
            proxy.close();
        }
    }

    private static Duration since(long beginNanos) {
        return Duration.ofNanos(System.nanoTime() - beginNanos);
    }

    @Test
    void standbyTakesOverAtOnceFromALeaderThatIsAskedToEnd() throws InterruptedException {
        try (Tenant before = new Tenant(cluster, "before-end");
                Tenant after = new Tenant(cluster, "after-end");
                Replica leader = new Replica("ended");
                Replica standby = new Replica("successor")) {
            leader.lead();
            standby.standBy();
            before.createPool().deployUnlike(2);
            before.awaitRunning(DEADLINE);
            assertThat(leader.acts()).contains("POST nodeclaims", "POST nodes");
            assertThat(standby.requests()).as("a standby asks for nothing").isEmpty();

            long begin = System.nanoTime();
            leader.end();
            standby.awaitLease(DEADLINE);
            assertThat(since(begin)).isLessThan(RENEWAL.multipliedBy(3).plus(SLACK));

            int last = leader.requests().size();
            after.createPool().deployUnlike(2);
            after.awaitRunning(DEADLINE);
            before.undeploy();
            before.deleteClaims();
            before.awaitNothingLeft(DEADLINE);
            assertThat(leader.requests()).hasSize(last);
            assertThat(before.claimsEver()).isEqualTo(1);
            assertThat(after.claimsEver()).isEqualTo(1);
            standby.end();
        }
    }

    @Test
    void standbyWaitsForTheEndOfADeadLeadersLease() throws InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "after-death");
                Replica leader = new Replica("killed");
                Replica standby = new Replica("heir")) {
            leader.lead();
            standby.standBy();

            long begin = System.nanoTime();
            leader.controller.close();
            tenant.createPool().deployUnlike(2);
            standby.awaitLease(DEADLINE);

            assertThat(since(begin))
                    .isGreaterThan(LEASE.minus(RENEWAL).minusSeconds(1))
                    .isLessThan(LONGEST_TAKEOVER.plus(SLACK));
            tenant.awaitRunning(DEADLINE);
            assertThat(tenant.claimsEver()).isEqualTo(1);
            tenant.undeploy();
            tenant.deleteClaims();
            tenant.awaitNothingLeft(DEADLINE);
            standby.end();
        }
    }

    /**
     * What it had wanted to do when it was stopped, it must not do when it wakes up. Only a request that was half sent then may
     * still arrive, and comes too late; and an event that was published before may be stored.
     */
    @Test
    void leaderThatWasFrozenActsNoMore() throws IOException, InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "after-freeze");
                Replica leader = new Replica("frozen");
                Replica standby = new Replica("awake")) {
            leader.lead();
            standby.standBy();
            tenant.createPool().awaitPoolReady();

            leader.signal("STOP");
            tenant.deploy(2);
            standby.awaitLease(DEADLINE);
            tenant.awaitRunning(DEADLINE);
            int acts = leader.requests().size();
            Process frozen = leader.controller.running().process();
            leader.signal("CONT");

            assertThat(frozen.waitFor(DEADLINE))
                    .as("it ends, for it has lost the lease")
                    .isTrue();
            assertThat(frozen.exitValue()).isEqualTo(1);
            assertThat(leader.requests().stream().skip(acts))
                    .filteredOn(request -> request.number() > 0)
                    .noneMatch(request -> request.status() / 100 == 2);
            assertThat(tenant.claimsEver()).isEqualTo(1);
            tenant.undeploy();
            tenant.deleteClaims();
            tenant.awaitNothingLeft(DEADLINE);
            standby.end();
        }
    }
}
