package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import karpenter.testbed.FaultProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The API server goes away for twenty seconds, just when nodes are being bought.
 *
 * <p>The controller stays ready meanwhile, as upstream's does: ready means that the image has been filled once. An image that
 * gets old is no reason to take the only controller out of service, and no restart would make it newer.
 */
final class OutageScenario {
    private static final Duration AWAY = Duration.ofSeconds(20);
    private static final Duration DEADLINE = Duration.ofMinutes(3);
    private static final Duration REQUEST_DEADLINE = Duration.ofMinutes(1);
    private static final int NODES = 5;

    private static ScenarioCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = ScenarioCluster.start();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    /** The pods arrive; the API server goes as soon as the first claim is asked for. */
    private static void loseApiServer(Tenant tenant, FaultProxy proxy, SupervisedController controller)
            throws InterruptedException {
        controller.start().awaitReady();
        tenant.createPool().deployApart(NODES);
        proxy.awaitRequests(REQUEST_DEADLINE, Requests.any("POST nodeclaims"));
        cluster.controlPlane().stopApiServer();
    }

    private static void assertAllIsWell(Tenant tenant, SupervisedController controller) throws InterruptedException {
        tenant.awaitRunning(DEADLINE);
        tenant.assertNoPodWasLost();
        assertThat(tenant.claimsEver()).as("claims: %s", tenant.history()).isEqualTo(NODES);
        tenant.assertOneMachinePerClaim();
        tenant.undeploy();
        tenant.deleteClaims();
        tenant.awaitNothingLeft(DEADLINE);
        tenant.deletePool();
        assertThat(controller.stop()).as("exit code").isZero();
        tenant.assertNothingLeftOnServer();
    }

    @Test
    void goesOnWhereItWasWhenTheApiServerComesBack() throws InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "outage");
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = new SupervisedController(
                        proxy.kubeconfig(cluster.controllerKubeconfig()),
                        "outage/single",
                        List.of("--disable-leader-election=true", "--batch-idle-duration=100ms"))) {
            loseApiServer(tenant, proxy, controller);

            boolean ended = controller.running().process().waitFor(AWAY.toMillis(), TimeUnit.MILLISECONDS);

            assertThat(ended).as("the controller has ended").isFalse();
            assertThat(controller.probe("/readyz")).isEqualTo(200);
            assertThat(controller.probe("/healthz")).isEqualTo(200);
            cluster.controlPlane().startApiServer();
            assertAllIsWell(tenant, controller);
            assertThat(controller.starts()).isEqualTo(1);
        }
    }

    @Test
    void leaderThatCannotRenewEndsAndTheNextOneGoesOn() throws InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "outage-leader");
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = new SupervisedController(
                        proxy.kubeconfig(cluster.controllerKubeconfig()),
                        "outage/leader",
                        List.of("--batch-idle-duration=100ms"))) {
            loseApiServer(tenant, proxy, controller);

            boolean ended = controller.running().process().waitFor(AWAY.toMillis(), TimeUnit.MILLISECONDS);

            assertThat(ended).as("it ended within its lease").isTrue();
            assertThat(controller.exitCodes()).allMatch(code -> code == 1);
            cluster.controlPlane().startApiServer();
            controller.awaitReady();
            assertAllIsWell(tenant, controller);
        }
    }
}
