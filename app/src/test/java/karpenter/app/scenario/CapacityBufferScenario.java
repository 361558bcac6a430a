package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import karpenter.app.scenario.History.Kind;
import karpenter.testbed.KubeApi;
import org.junit.jupiter.api.Test;

/** Room for pods that don't exist yet, with the real scheduler and the shipped rights. */
final class CapacityBufferScenario {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final String TEMPLATES = "/api/v1/namespaces/default/podtemplates";
    private static final String BUFFERS = "/apis/autoscaling.x-k8s.io/v1beta1/namespaces/default/capacitybuffers";

    @Test
    void aPodThatComesRunsOnTheNodeThatABufferMadeCome() throws IOException, InterruptedException {
        try (ScenarioCluster cluster = ScenarioCluster.start();
                Tenant tenant = new Tenant(cluster, "room");
                SupervisedController controller = new SupervisedController(
                        cluster.controllerKubeconfig(),
                        "buffer",
                        List.of(
                                "--disable-leader-election=true",
                                "--batch-idle-duration=100ms",
                                "--batch-max-duration=1s",
                                "--feature-gates=CapacityBuffer=true"))) {
            controller.start().awaitReady();
            tenant.createPool();
            KubeApi api = cluster.api();
            createBuffer(api);
            api.await(BUFFERS + "/spare", DEADLINE, buffer -> buffer.body().contains("FitsExistingCapacity"));
            String node = tenant.history().present(Kind.NODE).getFirst().name();
            assertThat(tenant.history().present(Kind.NODE)).hasSize(1);

            tenant.deploy(1);
            tenant.awaitRunning(DEADLINE);
            assertThat(tenant.history()
                            .present(Kind.POD)
                            .getFirst()
                            .object()
                            .path("spec")
                            .path("nodeName")
                            .asString(""))
                    .isEqualTo(node);
            assertThat(api.get(BUFFERS + "/spare").body()).contains("\"replicas\":3", "\"reason\":\"Resolved\"");

            api.delete(BUFFERS + "/spare").orThrow();
            tenant.undeploy();
            tenant.awaitNothingLeft(DEADLINE);
            assertThat(controller.stop()).as("exit code").isZero();
            assertThat(Files.readString(controller.running().log())).doesNotContain("forbidden");
        }
    }

    /** A PodTemplate, and room for three of its pods. */
    private static void createBuffer(KubeApi api) {
        api.create(TEMPLATES, """
                apiVersion: v1
                kind: PodTemplate
                metadata: {name: web}
                template:
                  metadata: {labels: {app: web}}
                  spec:
                    nodeSelector: {karpenter.sh/nodepool: room}
                    tolerations: [{key: scenario, value: room}]
                    containers:
                      - {name: web, image: web, resources: {requests: {cpu: 200m, memory: 64Mi}}}
                """).orThrow();
        api.create(BUFFERS, """
                apiVersion: autoscaling.x-k8s.io/v1beta1
                kind: CapacityBuffer
                metadata: {name: spare}
                spec:
                  podTemplateRef: {name: web}
                  replicas: 3
                """).orThrow();
    }
}
