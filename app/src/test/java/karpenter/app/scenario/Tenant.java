package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import karpenter.app.scenario.History.Kind;
import karpenter.app.scenario.History.Seen;
import karpenter.testbed.KubeApi;

/**
 * One NodePool on whose nodes only its own pods run, and Deployments whose pods run nowhere else; so that one control plane
 * serves one run after the other. Remembers all there was.
 */
final class Tenant implements AutoCloseable {
    /** Many fit on a node. */
    private static final String SMALL_CPU = "100m";

    private static final String TWICE_SMALL_CPU = "200m";

    /** More than half of the largest node that the pool may have. */
    private static final String LARGE_CPU = "17";

    private static final String TAINT = "scenario";
    private static final String POOLS = "/apis/karpenter.sh/v1/nodepools";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
    private static final Duration PODS_DEADLINE = Duration.ofMinutes(2);
    private static final Duration POOL_DEADLINE = Duration.ofSeconds(60);

    private final KubeApi api;
    private final String name;
    private final History history;
    private final List<String> deployments = new ArrayList<>();
    private int replicas;
    private boolean undeployed;

    /** @param name of the pool and, in its beginning, of the Deployments */
    Tenant(ScenarioCluster cluster, String name) {
        this.api = cluster.api();
        this.name = name;
        this.history = History.of(cluster.controlPlane().kubeconfig(), name);
    }

    String name() {
        return name;
    }

    History history() {
        return history;
    }

    /** Creates the pool; its empty nodes go at once. */
    Tenant createPool() {
        return createPool("");
    }

    /** @param templateFields further lines of {@code spec.template.spec}, without indentation */
    Tenant createPool(String templateFields) {
        api.create(POOLS, """
                apiVersion: karpenter.sh/v1
                kind: NodePool
                metadata: {name: %1$s}
                spec:
                  template:
                    spec:
                      requirements:
                        - {key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}
                        - {key: karpenter.kwok.sh/instance-size, operator: Lt, values: ["33"]}
                      taints: [{key: %2$s, value: %1$s, effect: NoSchedule}]
                      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: %3$s}
                      expireAfter: Never
                %4$s
                  disruption:
                    consolidationPolicy: WhenEmpty
                    consolidateAfter: 0s
                    budgets: [{nodes: "100%%"}]
                """.formatted(name, TAINT, ScenarioCluster.NODE_CLASS, templateFields.indent(6)))
                .orThrow();
        return this;
    }

    /** Waits until all has been said about the pool that is to be said of an unused one. */
    void awaitPoolReady() {
        api.await(
                POOLS + "/" + name,
                POOL_DEADLINE,
                pool -> Stream.of(
                                "karpenter.sh/nodepool-hash",
                                "\"type\":\"ValidationSucceeded\"",
                                "\"type\":\"NodeRegistrationHealthy\"",
                                "\"type\":\"Ready\"",
                                "\"resources\":")
                        .allMatch(said -> pool.body().contains(said)));
    }

    /** Creates pods that share a node. */
    void deploy(int pods) {
        deploy(name, pods, SMALL_CPU);
    }

    /** Creates pods that share a node, one of which asks for more than the others. */
    void deployUnlike(int pods) {
        deploy(name, pods - 1, SMALL_CPU);
        deploy(name + "-more", 1, TWICE_SMALL_CPU);
    }

    /** Creates pods each of which needs a node of its own. */
    void deployApart(int pods) {
        deploy(name, pods, LARGE_CPU);
    }

    private void deploy(String deployment, int pods, String cpu) {
        replicas += pods;
        deployments.add(deployment);
        api.create(DEPLOYMENTS, """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: %5$s}
                spec:
                  replicas: %2$d
                  selector: {matchLabels: {app: %1$s, of: %5$s}}
                  template:
                    metadata: {labels: {app: %1$s, of: %5$s}}
                    spec:
                      nodeSelector: {karpenter.sh/nodepool: %1$s}
                      tolerations: [{key: %3$s, value: %1$s}]
                      terminationGracePeriodSeconds: 1
                      containers:
                        - {name: web, image: web, resources: {requests: {cpu: %4$s, memory: 64Mi}}}
                """.formatted(name, pods, TAINT, cpu, deployment))
                .orThrow();
    }

    /** Deletes the Deployments, and waits until its pods are gone: as long as they run, the loss of a node is made good. */
    void undeploy() {
        undeployed = true;
        deployments.forEach(
                deployment -> api.delete(DEPLOYMENTS + "/" + deployment).orThrow());
        history.await(
                "the pods are gone",
                PODS_DEADLINE,
                () -> history.present(Kind.POD).isEmpty());
    }

    /** Waits until all pods and what they run on are as they should be. */
    void awaitRunning(Duration deadline) {
        history.await("all pods are Ready and their nodes initialized", deadline, () -> {
            List<Seen> claims = history.present(Kind.CLAIM);
            return history.present(Kind.POD).stream()
                                    .filter(pod -> pod.isTrue("Ready"))
                                    .count()
                            == replicas
                    && !claims.isEmpty()
                    && claims.stream().allMatch(claim -> claim.isTrue("Initialized"))
                    && history.present(Kind.NODE).stream()
                            .allMatch(node -> node.taints().equals(List.of(TAINT)));
        });
    }

    void awaitNothingLeft(Duration deadline) {
        history.await(
                "no pod, node or claim is left",
                deadline,
                () -> undeployed
                        && history.present(Kind.POD).isEmpty()
                        && history.present(Kind.NODE).isEmpty()
                        && history.present(Kind.CLAIM).isEmpty());
    }

    /** Deletes the claims, as a user may; with them go their nodes. */
    void deleteClaims() {
        api.delete(Kind.CLAIM.list(name)).orThrow();
    }

    /** Deletes the pool and waits until it is gone. */
    void deletePool() {
        api.delete(POOLS + "/" + name).orThrow();
        api.await(POOLS + "/" + name, POOL_DEADLINE, answer -> answer.status() == 404);
    }

    /** No claim ever had a second Node, and no Node was nobody's. */
    void assertOneMachinePerClaim() {
        Set<String> machines = new HashSet<>();
        for (Seen node : history.all(Kind.NODE)) {
            assertThat(machines.add(node.providerId()))
                    .as("a second Node of %s: %s", node.providerId(), history)
                    .isTrue();
        }
        Set<String> claimed = new HashSet<>();
        for (Seen claim : history.all(Kind.CLAIM)) {
            assertThat(claim.providerId().isEmpty() || claimed.add(claim.providerId()))
                    .as("two claims have the machine %s: %s", claim.providerId(), history)
                    .isTrue();
        }
        assertThat(claimed).as("machines without a claim: %s", history).containsAll(machines);
    }

    int claimsEver() {
        return history.all(Kind.CLAIM).size();
    }

    /** The pods that there are now, and not one more, were there from the beginning, but for what Kubernetes itself does. */
    void assertNoPodWasLost() {
        assertThat(history.all(Kind.POD).stream().filter(pod -> !pod.deletedForTaint()))
                .as("pods: %s", history)
                .hasSize(replicas);
    }

    /** Asks the server once more, past the watches. */
    void assertNothingLeftOnServer() {
        for (Kind kind : Kind.values()) {
            for (Seen one : history.all(kind)) {
                assertThat(api.get(kind.path(one.name())).status())
                        .as("%s %s", kind, one)
                        .isEqualTo(404);
            }
        }
    }

    /** Removes by force what a failed run left, so that the next run has the control plane to itself. */
    @Override
    public void close() {
        history.close();
        deployments.forEach(deployment -> api.delete(DEPLOYMENTS + "/" + deployment));
        api.delete(POOLS + "/" + name);
        for (Kind kind : List.of(Kind.CLAIM, Kind.NODE)) {
            for (Seen one : history.present(kind)) {
                api.mergePatch(kind.path(one.name()), "{\"metadata\":{\"finalizers\":null}}");
                api.delete(kind.path(one.name()));
            }
        }
    }
}
