package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import karpenter.app.scenario.History.Kind;
import karpenter.app.scenario.History.Seen;
import karpenter.testbed.FaultProxy;
import karpenter.testbed.RecordedRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Somebody deletes a node whose pods may not be evicted: it waits for them, unless its claim says how long it may. */
final class EvictionScenario {
    private static final String BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final int PODS = 2;

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
                "eviction/" + name,
                List.of(
                        "--disable-leader-election=true",
                        "--batch-idle-duration=100ms",
                        "--batch-max-duration=1s",
                        "--log-level=debug"));
    }

    private static void forbidEvictions(Tenant tenant) {
        cluster.api().create(BUDGETS, """
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: %1$s}
                spec: {maxUnavailable: 0, selector: {matchLabels: {app: %1$s}}}
                """.formatted(tenant.name())).orThrow();
        cluster.api()
                .await(
                        BUDGETS + "/" + tenant.name(),
                        DEADLINE,
                        budget -> budget.body().contains("\"expectedPods\":" + PODS));
    }

    private static void allowEvictions(Tenant tenant) {
        cluster.api().delete(BUDGETS + "/" + tenant.name()).orThrow();
    }

    private static Seen deleteNode(Tenant tenant) {
        Seen node = tenant.history().present(Kind.NODE).getFirst();
        cluster.api().delete(Kind.NODE.path(node.name())).orThrow();
        return node;
    }

    private static void awaitEvent(String reason, String about, String text) {
        cluster.api()
                .await(
                        "/api/v1/namespaces/default/events?fieldSelector=reason%3D" + reason + ",involvedObject.name%3D"
                                + about,
                        DEADLINE,
                        events -> events.body().contains(text));
    }

    private static List<String> uids(List<Seen> objects) {
        return objects.stream().map(Seen::uid).toList();
    }

    private static void end(Tenant tenant, SupervisedController controller) throws InterruptedException {
        tenant.undeploy();
        tenant.deleteClaims();
        tenant.awaitNothingLeft(DEADLINE);
        tenant.deletePool();
        assertThat(controller.stop()).as("exit code").isZero();
        assertThat(controller.starts()).isEqualTo(1);
        tenant.assertOneMachinePerClaim();
        tenant.assertNothingLeftOnServer();
    }

    @Test
    void nodeDrainsOnlyWhenTheBudgetAllows() throws InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "patient");
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = controller(proxy, "patient")) {
            controller.start().awaitReady();
            tenant.createPool().deploy(PODS);
            tenant.awaitRunning(DEADLINE);
            List<String> pods = uids(tenant.history().present(Kind.POD));
            forbidEvictions(tenant);

            Seen node = deleteNode(tenant);
            proxy.awaitRequests(DEADLINE, Requests.answered("POST pods/eviction", 429, 3 * PODS));
            awaitEvent("FailedDraining", node.name(), "evicting pod violates a PDB");

            assertThat(uids(tenant.history().present(Kind.POD))).isEqualTo(pods);
            assertThat(tenant.history().present(Kind.POD)).noneMatch(Seen::ending);
            assertThat(tenant.history().present(Kind.NODE)).singleElement().satisfies(waiting -> {
                assertThat(waiting.ending()).isTrue();
                assertThat(waiting.taints()).contains("karpenter.sh/disrupted");
            });
            assertThat(tenant.claimsEver())
                    .as("no machine for pods that can't move")
                    .isEqualTo(1);

            allowEvictions(tenant);
            tenant.history()
                    .await(
                            "the node is gone",
                            DEADLINE,
                            () -> tenant.history().present(Kind.NODE).stream()
                                    .noneMatch(present -> present.uid().equals(node.uid())));
            tenant.awaitRunning(DEADLINE);
            assertThat(tenant.claimsEver()).as("claims: %s", tenant.history()).isEqualTo(2);
            assertThat(proxy.requests()).as("forced").noneMatch(EvictionScenario::forces);
            end(tenant, controller);
        }
    }

    @Test
    void terminationGracePeriodEndsTheWait() throws InterruptedException {
        try (Tenant tenant = new Tenant(cluster, "impatient");
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = controller(proxy, "impatient")) {
            controller.start().awaitReady();
            tenant.createPool("terminationGracePeriod: 15s").deploy(PODS);
            tenant.awaitRunning(DEADLINE);
            forbidEvictions(tenant);

            Seen node = deleteNode(tenant);
            awaitEvent("TerminationGracePeriodExpiring", node.name(), "All pods will be deleted by");
            proxy.awaitRequests(DEADLINE, Requests.answered("POST pods/eviction", 429, PODS));
            tenant.history()
                    .await(
                            "the node is gone, budget or not",
                            DEADLINE,
                            () -> tenant.history().present(Kind.NODE).stream()
                                    .noneMatch(present -> present.uid().equals(node.uid())));

            assertThat(proxy.requests().stream().filter(EvictionScenario::forces))
                    .hasSizeGreaterThanOrEqualTo(PODS);
            tenant.awaitRunning(DEADLINE);
            allowEvictions(tenant);
            end(tenant, controller);
        }
    }

    private static boolean forces(RecordedRequest request) {
        return Requests.described(request).equals("DELETE pods") && request.status() == 200;
    }
}
