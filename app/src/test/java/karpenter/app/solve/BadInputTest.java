package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of wrong input ends in exit code 1 and a message with the file, the line or path, the value and the cure. */
class BadInputTest {
    private static final String POOL = SolveRun.sample("nodepool.yaml");
    private static final String PODS = SolveRun.sample("web.yaml");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    Path folder;

    private String file(String name, String text) {
        return SolveRun.file(folder, name, text);
    }

    private static List<String> problems(String... arguments) {
        SolveRun run = SolveRun.of(arguments);
        assertThat(run.exitCode()).as(run.both()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        return run.errLines();
    }

    private static void refuses(String problem, String... arguments) {
        assertThat(problems(arguments)).containsExactly("error: " + problem);
    }

    private void refusesPods(String yaml, String problem) {
        String path = file("pods.yaml", yaml);
        refuses(path + problem, "--nodepool", POOL, "--pods", path);
    }

    private void refusesPool(String yaml, String... problems) {
        String path = file("pool.yaml", yaml);
        List<String> expected = new ArrayList<>();
        for (String problem : problems) {
            expected.add("error: " + path + problem);
        }
        assertThat(problems("--nodepool", path, "--pods", PODS)).containsExactlyElementsOf(expected);
    }

    @Test
    void anUnknownOptionIsOneLine() {
        assertThat(problems("--podz", "p.yaml"))
                .containsExactly("solve: Unknown options: '--podz', 'p.yaml'. Maybe --pods; see solve --help");
        assertThat(problems("--deadline"))
                .containsExactly(
                        "solve: Missing required parameter for option '--deadline' (DURATION); see solve --help");
    }

    private static String deployment(String replicas, String container) {
        return """
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: web
                spec:
                  replicas: %s
                  template:
                    spec:
                      containers:
                        - name: web
                          resources: %s
                """.formatted(replicas, container);
    }

    private static String pod(String spec) {
        return """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: web
                spec:
                  containers: [{name: web}]
                %s""".formatted(spec.indent(2));
    }

    private static String pool(String template) {
        return """
                apiVersion: karpenter.sh/v1
                kind: NodePool
                metadata:
                  name: default
                spec:
                  template:
                    spec:
                      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
                %s""".formatted(template.indent(6));
    }

    @Test
    void missingFile() {
        refuses("absent.yaml: no such file or folder; correct --pods", "--nodepool", POOL, "--pods", "absent.yaml");
        refuses("absent.yaml: no such file or folder; correct --nodepool", "--nodepool", "absent.yaml", "--pods", PODS);
    }

    @Test
    void folderWithoutManifests() {
        file("empty/README.md", "nothing");
        String empty = folder.resolve("empty").toString();
        refuses(
                empty + ": no .yaml, .yml or .json file in this folder; correct --pods",
                "--nodepool",
                POOL,
                "--pods",
                empty);

        file("values/values.yaml", "image: web\n");
        String values = folder.resolve("values").toString();
        assertThat(problems("--nodepool", POOL, "--pods", values))
                .last()
                .isEqualTo("error: " + values + ": no manifest in it; correct --pods");
    }

    @Test
    void emptyFile() {
        String empty = file("empty.yaml", "# later\n");
        refuses(empty + ": no manifest in it; correct --pods", "--nodepool", POOL, "--pods", empty);
    }

    @Test
    void fileThatIsNotUtf8() throws IOException {
        Path path = folder.resolve("latin1.yaml");
        Files.write(path, new byte[] {'a', ':', ' ', (byte) 0xE4});
        refuses(
                path + ": can't be read: not UTF-8 text; make it UTF-8 text that you may read",
                "--nodepool",
                POOL,
                "--pods",
                path.toString());
    }

    @Test
    void syntax() {
        String yaml = file("pods.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a\nspec: {}\n");
        assertThat(problems("--nodepool", POOL, "--pods", yaml))
                .singleElement()
                .asString()
                .startsWith("error: " + yaml + ":4: not YAML: ")
                .endsWith("; correct the line");

        String json = file("pods.json", "{\"apiVersion\": \"v1\",\n \"kind\": Pod}\n");
        assertThat(problems("--nodepool", POOL, "--pods", json))
                .singleElement()
                .asString()
                .startsWith("error: " + json + ":2: not JSON: ")
                .endsWith("; correct the line, or name the file .yaml");
    }

    @Test
    void operatorThatDoesNotExist() {
        refusesPool(
                pool("requirements: [{key: kubernetes.io/arch, operator: Inn, values: [amd64]}]"),
                ":9, NodePool/default: spec.template.spec.requirements[0].operator: \"Inn\" is unknown; write one of"
                        + " In, NotIn, Exists, DoesNotExist, Gt, Lt, Gte, Lte");
        refusesPods(
                pod("""
                        affinity:
                          nodeAffinity:
                            requiredDuringSchedulingIgnoredDuringExecution:
                              nodeSelectorTerms:
                                - matchExpressions:
                                    - {key: kubernetes.io/arch, operator: Equals, values: [amd64]}
                        """),
                ":12, Pod/web: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
                        + ".nodeSelectorTerms[0].matchExpressions[0].operator: \"Equals\" is unknown; write one of"
                        + " In, NotIn, Exists, DoesNotExist, Gt, Lt");
        refusesPods(
                pod("tolerations: [{key: gpu, operator: Exists, effect: NoExec}]"),
                ":7, Pod/web: spec.tolerations[0].effect: \"NoExec\" is unknown; write one of NoSchedule,"
                        + " PreferNoSchedule, NoExecute");
        refusesPods(
                pod("affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {}}}"),
                ":7, Pod/web: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms:"
                        + " missing; write at least one term, or leave requiredDuringSchedulingIgnoredDuringExecution"
                        + " out");
    }

    @Test
    void operatorWithTheWrongValues() {
        refusesPool(
                pool("""
                        requirements:
                          - {key: kubernetes.io/arch, operator: In}
                          - {key: karpenter.kwok.sh/instance-cpu, operator: Gt, values: [four]}
                          - {key: karpenter.sh/nodepool, operator: Exists}
                        """),
                ":10, NodePool/default: spec.template.spec.requirements[0].values: operator In has no values; write at"
                        + " least one, or use Exists",
                ":11, NodePool/default: spec.template.spec.requirements[1].values: [\"four\"] does not go with operator"
                        + " Gt; write one whole number of 0 or more in quotes, for example [\"4\"]",
                ":12, NodePool/default: spec.template.spec.requirements[2].key: \"karpenter.sh/nodepool\" can't be asked"
                        + " for; the NodePool or the node itself decides it; leave the requirement out");
    }

    @Test
    void badQuantity() {
        String path = file("pods.yaml", deployment("2", "{requests: {cpu: 500x}}"));
        assertThat(problems("--nodepool", POOL, "--pods", path))
                .singleElement()
                .asString()
                .startsWith("error: " + path
                        + ":11, Deployment/web: spec.template.spec.containers[0].resources.requests.cpu: \"500x\" is"
                        + " not a quantity; write ");
        refusesPods(
                deployment("2", "{requests: {cpu: -1}}"),
                ":11, Deployment/web: spec.template.spec.containers[0].resources.requests.cpu: -1 is negative; write 0"
                        + " or more");
        refusesPods(
                deployment("2", "{requests: {memory: 2Gi}, limits: {memory: 1Gi}}"),
                ":11, Deployment/web: spec.template.spec.containers[0].resources.requests.memory: \"2Gi\" is more than"
                        + " the limit \"1Gi\"; raise the limit or ask for less");
        refusesPool(
                pool("requirements: []").replace("spec:\n  template", "spec:\n  limits: {cpu: lots}\n  template"),
                ":6, NodePool/default: spec.limits.cpu: \"lots\" is not a quantity; write for example 500m, 4 or 8Gi");
    }

    @Test
    void badReplicas() {
        refusesPods(deployment("-3", "{}"), ":6, Deployment/web: spec.replicas: -3 is negative; write 0 or more");
        refusesPods(
                deployment("ten", "{}"),
                ":6, Deployment/web: spec.replicas: \"ten\" is not a whole number; write for example 10");
        refusesPods(
                deployment("2.5", "{}"),
                ":6, Deployment/web: spec.replicas: 2.5 is not a whole number; write for example 10");
        refusesPods(
                deployment("2000000000", "{}"),
                ":6, Deployment/web: spec.replicas: 2000000000 makes more than 1000000 pods with those before; write"
                        + " less");
    }

    @Test
    void numberWhereTextShouldBe() {
        refusesPods(
                pod("nodeSelector: {version: 1.10}"),
                ":7, Pod/web: spec.nodeSelector.version: 1.10 is not text; write it in quotes: \"1.10\"");
    }

    @Test
    void theNumberOfTheDocumentIsSaid() {
        refusesPods(
                pod("") + "---\n" + pod("").replace("name: web\n", "name: other\n") + "---\n" + deployment("ten", "{}"),
                ":20, document 3, Deployment/web: spec.replicas: \"ten\" is not a whole number; write for example 10");
    }

    @Test
    void workloadWithoutTemplateOrContainers() {
        String path = file("pods.yaml", """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec: {replicas: 2}
                """);
        assertThat(problems("--nodepool", POOL, "--pods", path))
                .singleElement()
                .asString()
                .startsWith("error: " + path + ":4, Deployment/web: spec.template: ")
                .contains("missing");
        refusesPods(
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {nodeSelector: {a: b}}\n",
                ":4, Pod/web: spec.containers: missing; write at least one container");
    }

    @Test
    void poolWithoutTemplate() {
        refusesPool(
                "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: default}\nspec: {weight: 10}\n",
                ":4, NodePool/default: spec.template: missing; write it: What the pool makes its nodes from");
        refusesPool(
                "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: default}\n",
                ":1, NodePool/default: spec: missing; write it: What nodes the pool offers, and how it treats them");
    }

    @Test
    void poolThatTheApiServerWouldRefuse() {
        refusesPool(
                pool("requirements: []\nexpireAfter: 30d")
                        .replace("spec:\n  template", "spec:\n  weight: 500\n  template")
                        .replace("name: default}", "name: 7}"),
                ":6, NodePool/default: spec.weight: 500 is above 100; write 1 to 100",
                ":9, NodePool/default: spec.template.spec.nodeClassRef.name: 7 is not text; put it in quotes: \"7\"",
                ":11, NodePool/default: spec.template.spec.expireAfter: \"30d\" does not have the right form; expected: Age at"
                        + " which a node is drained and removed whatever the disruption budgets say, for example 720h;"
                        + " Never lets nodes grow old");
        refusesPool(
                pool("requirements: []").replace("karpenter.sh/v1", "karpenter.sh/v1beta1"),
                ":1, NodePool/default: apiVersion: \"karpenter.sh/v1beta1\" is not read; convert the object to"
                        + " karpenter.sh/v1");
    }

    @Test
    void noPoolAtAll() {
        refuses("--nodepool: no NodePool that makes nodes for pods; give one with --nodepool FILE", "--pods", PODS);

        String fixed = file(
                "static.yaml",
                pool("requirements: []").replace("spec:\n  template", "spec:\n  replicas: 3\n  template"));
        assertThat(problems("--nodepool", fixed, "--pods", PODS))
                .containsExactly(
                        "note: NodePool/default is static: it keeps its replicas whatever the pods ask for; left out",
                        "error: --nodepool: no NodePool that makes nodes for pods; give one with --nodepool FILE");
    }

    @Test
    void noPodsAtAll() {
        refuses(
                "--pods: missing; name a file or folder with Pods or Deployments, or - for standard input",
                "--nodepool",
                POOL);
        refuses(
                "--pods: no Pod, Deployment, StatefulSet, ReplicaSet or Job in the input; give some with --pods FILE",
                "--nodepool",
                POOL,
                "--pods",
                file("node.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"));
    }

    @Test
    void nameThatIsThereTwice() {
        String first = file("a.yaml", pod(""));
        String second = file("b.yaml", pod(""));
        refuses(
                second + ":4, Pod/web: metadata.name: \"web\" is there already at " + first
                        + ":4; rename one or leave it out",
                "--nodepool",
                POOL,
                "--pods",
                first,
                second);
    }

    @Test
    void objectWithoutAName() {
        refusesPods(
                "apiVersion: v1\nkind: Pod\nmetadata: {}\nspec: {containers: [{name: a}]}\n",
                ":3, Pod/(no name): metadata.name: missing; write a name");
        refusesPods(
                "apiVersion: v1\nkind: Pod\nmetadata: {name: 7}\nspec: {containers: [{name: a}]}\n",
                ":3, Pod/(no name): metadata.name: 7 is not a name; write text, in quotes if it looks like a number");
    }

    @Test
    void instanceTypes() {
        refuses(
                "absent.json: no such file; correct --instance-types, or leave it out for the built-in types",
                "--instance-types",
                "absent.json",
                "--nodepool",
                POOL,
                "--pods",
                PODS);
        String text = file("types.json", "[{\"name\": \"a-1\",\n}]");
        assertThat(problems("--instance-types", text, "--nodepool", POOL, "--pods", PODS))
                .singleElement()
                .asString()
                .startsWith("error: " + text + ", line 2, column ");
        String price = file("price.json", """
                [{"name": "a-1", "architecture": "amd64", "operatingSystems": ["linux"],
                  "resources": {"cpu": "1", "memory": "1Gi"},
                  "offerings": [{"Price": "cheap", "Requirements": [
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a"]},
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}]}]}]
                """);
        refuses(
                price + ": [0].offerings[0].Price is \"cheap\"; write US dollars per hour as a number that is not"
                        + " negative, for example 0.17",
                "--instance-types",
                price,
                "--nodepool",
                POOL,
                "--pods",
                PODS);
    }

    @Test
    void options() {
        assertThat(problems("--nodepool", POOL, "--pods", PODS, "-o", "yaml", "--deadline", "soon", "--seed", "lucky"))
                .containsExactly(
                        "error: -o: \"yaml\" is not a form of answer; write json or table",
                        "error: --seed: \"lucky\" is not a whole number; write for example 42",
                        "error: --deadline: \"soon\" is not a duration; write numbers with units h, m, s, ms, us or"
                                + " ns, for example 1h30m");
        refuses(
                "--deadline: -5s is over before it begins; write more than 0, for example 30s",
                "--nodepool",
                POOL,
                "--pods",
                PODS,
                "--deadline=-5s");
    }

    @Test
    void manyProblemsAreAllFoundAndTheFirstAreShown() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 25; i++) {
            text.append(deployment("ten", "{}").replace("name: web\nspec", "name: web-" + i + "\nspec"))
                    .append("---\n");
        }

        assertThat(problems("--nodepool", POOL, "--pods", file("pods.yaml", text.toString())))
                .hasSize(21)
                .last()
                .isEqualTo("error: … and 5 more problems");
    }
}
