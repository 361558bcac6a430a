package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import karpenter.app.scenario.History.Kind;
import karpenter.testbed.FaultProxy;
import org.junit.jupiter.api.Test;

/** The account that ships has every right the controller uses: no request of a whole story is refused. */
final class RbacScenario {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    @Test
    void noRequestOfAWholeStoryIsForbidden() throws IOException, InterruptedException {
        try (ScenarioCluster cluster = ScenarioCluster.start();
                Tenant tenant = new Tenant(cluster, "rights");
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = new SupervisedController(
                        proxy.kubeconfig(cluster.controllerKubeconfig()),
                        "rbac",
                        List.of(
                                "--batch-idle-duration=100ms",
                                "--batch-max-duration=1s",
                                "--feature-gates=NodeRepair=true"))) {
            controller.start().awaitReady();
            tenant.createPool().deployUnlike(3);
            tenant.awaitRunning(DEADLINE);
            // One node goes with pods on it, its successor when it is empty.
            String first = tenant.history().present(Kind.NODE).getFirst().name();
            cluster.api().delete(Kind.NODE.path(first)).orThrow();
            tenant.history()
                    .await(
                            "the first node is gone",
                            DEADLINE,
                            () -> tenant.history().present(Kind.NODE).stream()
                                    .noneMatch(node -> node.name().equals(first)));
            tenant.awaitRunning(DEADLINE);
            tenant.undeploy();
            tenant.awaitNothingLeft(DEADLINE);

            String metrics = controller.page(controller.running().metrics().resolve("/metrics"));
            assertThat(metrics).contains("client_go_request_total{code=\"200\"").contains("code=\"201\"");
            assertThat(metrics.lines().filter(line -> line.startsWith("client_go_request_total")))
                    .as("answers by status")
                    .noneMatch(line -> line.contains("\"401\"") || line.contains("\"403\""));
            assertThat(Requests.acts(proxy.requests()))
                    .contains(
                            "POST nodeclaims",
                            "POST nodes",
                            "PATCH pods/status",
                            "POST pods/eviction",
                            "DELETE nodeclaims");
            assertThat(proxy.requests()).noneMatch(request -> request.status() == 401 || request.status() == 403);
            assertThat(controller.stop()).as("exit code").isZero();
            assertThat(Files.readString(controller.running().log())).doesNotContain("forbidden");
        }
    }
}
