package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import karpenter.testbed.ControlPlane;
import karpenter.testbed.KubeApi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The demo in a cluster of somebody else's, as {@code ./x demo --kubeconfig} runs it: one without KWOK, with a node that is
 * not simulated. Whatever happens, it ends as it was.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignClusterScenario {
    private static final String NODES = "/api/v1/nodes";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

    /** All that the demo could leave behind; events and the garbage that Kubernetes itself clears away are not in it. */
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private static final List<String> KINDS = List.of(
            NODES,
            "/api/v1/pods",
            "/api/v1/secrets",
            "/api/v1/serviceaccounts",
            "/api/v1/namespaces",
            "/apis/apps/v1/deployments",
            "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            "/apis/rbac.authorization.k8s.io/v1/roles",
            "/apis/rbac.authorization.k8s.io/v1/rolebindings",
            DEFINITIONS);

    private static final Duration GONE_DEADLINE = Duration.ofSeconds(60);
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path cache = Path.of("");

    @SuppressWarnings("NullAway.Init") // before all tests
    private ControlPlane controlPlane;

    @SuppressWarnings("NullAway.Init") // before all tests
    private KubeApi api;

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private Set<String> before = Set.of();

    @BeforeAll
    void startCluster() {
        controlPlane = ControlPlane.start(ControlPlane.Options.defaults().withKwok(false));
        api = KubeApi.of(controlPlane.kubeconfig());
        api.create(NODES, "{apiVersion: v1, kind: Node, metadata: {name: real-1}}")
                .orThrow();
        // The server taints every new node; as this one has no conditions, kube-controller-manager takes that back.
        api.await(NODES + "/real-1", GONE_DEADLINE, node -> !node.body().contains("node.kubernetes.io/not-ready"));
    }

    @BeforeEach
    void look() {
        shown.reset();
        before = objects();
        assertThat(before).contains(NODES + " real-1");
    }

    @AfterEach
    void isAsItWas() {
        // What belongs to an account that is gone, its token say, goes a moment later.
        api.await("/api/v1/secrets", GONE_DEADLINE, answer -> objects().equals(before));
        assertThat(objects()).isEqualTo(before);
    }

    @AfterAll
    void stopCluster() {
        api.close();
        controlPlane.close();
    }

    private Set<String> objects() {
        // A definition is gone only when the server has cleaned up after it.
        api.await(DEFINITIONS, GONE_DEADLINE, definitions -> !definitions.body().contains("deletionTimestamp"));
        Set<String> objects = new TreeSet<>();
        for (String kind : KINDS) {
            for (JsonNode object : JSON.readTree(api.get(kind).orThrow().body()).path("items")) {
                JsonNode metadata = object.path("metadata");
                String namespace = metadata.path("namespace").asString("");
                objects.add(kind + " " + (namespace.isEmpty() ? "" : namespace + "/")
                        + metadata.path("name").asString(""));
            }
        }
        return objects;
    }

    private int demo(boolean yes) {
        Display display = new Display(new PrintStream(shown, true, StandardCharsets.UTF_8), false, 0, System::nanoTime);
        DemoOptions options = new DemoOptions(
                10, "100m", "128Mi", controlPlane.kubeconfig(), yes, false, true, Duration.ZERO, false, List.of());
        return new DemoRun(options, display, KeptDemo.in(cache)).run();
    }

    private String shown() {
        return shown.toString(StandardCharsets.UTF_8);
    }

    private List<String> kwokCommands() {
        return ProcessHandle.current()
                .descendants()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(command -> command.contains("--manage-nodes-with-label-selector"))
                .toList();
    }

    @Test
    void refusesAClusterWithNodesOfItsOwnAndChangesNothing() {
        assertThat(demo(false)).isEqualTo(1);

        assertThat(shown())
                .contains("nodes that are not simulated: real-1", "--yes")
                .doesNotContain("the controller is ready");
    }

    @Test
    void playsBesideNodesThatAreNotItsOwnAndRemovesOnlyWhatItMade() {
        String stored = api.get(NODES + "/real-1").orThrow().body();

        assertThat(demo(true)).as(this::shown).isZero();

        assertThat(shown())
                .contains("all 10 pods are Ready", "all nodes are gone")
                .doesNotContain("could not");
        assertThat(kwokCommands()).as("its KWOK has ended").isEmpty();
        JsonNode after = JSON.readTree(api.get(NODES + "/real-1").orThrow().body());
        assertThat(after.path("spec"))
                .as("nothing was done to the other node")
                .isEqualTo(JSON.readTree(stored).path("spec"));
        assertThat(after.at("/metadata/labels")).isEqualTo(JSON.readTree(stored).at("/metadata/labels"));
        assertThat(after.at("/status/conditions").isMissingNode())
                .as("KWOK did not play it")
                .isTrue();
    }

    @Test
    void stopsAtAnObjectThatItWouldHaveToChange() {
        api.create(DEPLOYMENTS, """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: nginx, namespace: default}
                spec:
                  replicas: 0
                  selector: {matchLabels: {a: b}}
                  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}
                """).orThrow();
        before = objects();

        assertThat(demo(true)).isEqualTo(1);

        assertThat(shown()).contains("Deployment default/nginx exists already").doesNotContain("are in place");
        assertThat(objects()).isEqualTo(before);
        api.delete(DEPLOYMENTS + "/nginx").orThrow();
        before = objects();
    }
}
