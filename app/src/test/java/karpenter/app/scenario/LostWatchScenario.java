package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import karpenter.app.scenario.History.Kind;
import karpenter.testbed.FaultProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Watches break, lag, and expire. No decision is made twice, and nothing that happened meanwhile is missed. */
final class LostWatchScenario {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final int NODES = 4;

    private static ScenarioCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = ScenarioCluster.start();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    private static SupervisedController controller(FaultProxy proxy, String name) {
        return new SupervisedController(
                proxy.kubeconfig(cluster.controllerKubeconfig()),
                "watch/" + name,
                List.of(
                        "--disable-leader-election=true",
                        "--batch-idle-duration=100ms",
                        "--batch-max-duration=1s",
                        "--log-level=debug"));
    }

    private static void assertOnce(Tenant tenant, int claims) {
        tenant.assertNoPodWasLost();
        assertThat(tenant.claimsEver()).as("claims: %s", tenant.history()).isEqualTo(claims);
        tenant.assertOneMachinePerClaim();
    }

    private static void end(Tenant tenant, SupervisedController controller) throws InterruptedException {
        tenant.deleteClaims();
        tenant.awaitNothingLeft(DEADLINE);
        tenant.deletePool();
        assertThat(controller.stop()).as("exit code").isZero();
        assertThat(controller.starts()).isEqualTo(1);
        tenant.assertNothingLeftOnServer();
    }

    @Test
    void buysOnceWhileAllConnectionsBreakAgainAndAgain() throws InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "cut");
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = controller(proxy, "cut")) {
            controller.start().awaitReady();
            tenant.createPool().deployApart(NODES);

            // Each time some more requests have come through; what is under way then loses its answer.
            for (int cut = 1; cut <= 8; cut++) {
                int requests = cut * 4;
                proxy.awaitRequests(DEADLINE, all -> proxy.numbered() >= requests);
                proxy.cutConnections();
            }

            tenant.awaitRunning(DEADLINE);
            assertOnce(tenant, NODES);
            tenant.undeploy();
            end(tenant, controller);
        }
    }

    @Test
    void buysOnceWhileWatchesLag() throws InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "lag");
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = controller(proxy, "lag")) {
            controller.start().awaitReady();
            tenant.createPool().deployApart(NODES);

            proxy.awaitRequests(DEADLINE, Requests.any("POST nodeclaims"));
            proxy.holdWatches(true);
            History history = tenant.history();
            history.await(
                    "all machines report, which the controller does not hear",
                    DEADLINE,
                    () -> history.present(Kind.NODE).stream()
                                    .filter(node -> node.isTrue("Ready"))
                                    .count()
                            == NODES);
            proxy.holdWatches(false);

            tenant.awaitRunning(DEADLINE);
            assertOnce(tenant, NODES);
            tenant.undeploy();
            end(tenant, controller);
        }
    }

    /** A new API server knows no old versions: it answers 410, and pods that went meanwhile are in no list. */
    @Test
    void noticesWhatWentWhileItsVersionExpired() throws IOException, InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "expired");
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = controller(proxy, "expired")) {
            controller.start().awaitReady();
            tenant.createPool().deploy(NODES);
            tenant.awaitRunning(DEADLINE);
            assertOnce(tenant, 1);

            proxy.refuseConnections(true);
            tenant.undeploy();
            tenant.history()
                    .await(
                            "the pods are gone",
                            DEADLINE,
                            () -> tenant.history().present(Kind.POD).isEmpty());
            cluster.controlPlane().stopApiServer();
            cluster.controlPlane().startApiServer();
            proxy.refuseConnections(false);

            tenant.awaitNothingLeft(DEADLINE);
            assertThat(Files.readString(controller.running().log())).contains("The version has expired");
            end(tenant, controller);
        }
    }
}
