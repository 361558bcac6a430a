package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestReaderTest {
    private final Problems problems = new Problems();

    private List<SourceManifest> read(String label, String text) {
        return new ManifestReader(problems).read(new ManifestFile(label, text, true));
    }

    private static final String TWO_DOCUMENTS = """
            # front
            apiVersion: v1
            kind: Pod
            metadata:
              name: a
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              namespace: shop
              labels:
                app.kubernetes.io/name: web
            spec:
              replicas: 3
              template:
                spec:
                  containers:
                    - name: c
                      resources:
                        requests: {cpu: 0.5, memory: "1Gi"}
            """;

    @Test
    void readsDocumentsWithTheirPlaces() {
        List<SourceManifest> manifests = read("pods.yaml", TWO_DOCUMENTS);

        assertThat(problems.errors()).isEmpty();
        assertThat(manifests).extracting(SourceManifest::title).containsExactly("Pod/a", "Deployment/shop/web");
        SourceManifest web = manifests.get(1);
        assertThat(web.at("spec.replicas").intValue()).isEqualTo(3);
        assertThat(web.where("spec.replicas")).isEqualTo("pods.yaml:15, document 2, Deployment/shop/web");
        assertThat(web.place("spec.template.spec.containers[0].resources.requests.cpu"))
                .startsWith("pods.yaml:21");
        assertThat(web.place("metadata.labels.app.kubernetes.io/name")).startsWith("pods.yaml:13");
        assertThat(web.place("spec.strategy.type"))
                .as("the deepest part there is")
                .startsWith("pods.yaml:");
    }

    @Test
    void keepsTheDigitsOfNumbers() {
        String requests = "spec.template.spec.containers";
        assertThat(read("a.yaml", TWO_DOCUMENTS)
                        .get(1)
                        .at(requests)
                        .get(0)
                        .path("resources")
                        .path("requests")
                        .path("cpu")
                        .asString())
                .isEqualTo("0.5");
        assertThat(read("a.json", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"cpu\":0.1}")
                        .getFirst()
                        .tree()
                        .path("cpu")
                        .asString())
                .isEqualTo("0.1");
    }

    @Test
    void understandsAnchorsAndMergeKeys() {
        List<SourceManifest> manifests = read("a.yaml", """
                apiVersion: v1
                kind: Pod
                metadata: {name: a}
                spec:
                  base: &base {cpu: 1, memory: 1Gi}
                  copy: *base
                  more: {<<: *base, cpu: 2}
                """);

        assertThat(problems.errors()).isEmpty();
        assertThat(manifests.getFirst().at("spec.copy.memory").asString()).isEqualTo("1Gi");
        assertThat(manifests.getFirst().at("spec.more.memory").asString()).isEqualTo("1Gi");
        assertThat(manifests.getFirst().at("spec.more.cpu").intValue()).isEqualTo(2);
    }

    @Test
    void takesListsApart() {
        List<SourceManifest> manifests = read("dump.json", """
                {"apiVersion": "v1", "kind": "List", "items": [
                  {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}},
                  {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "b"},
                    "spec": {"nodeName": 7}}]}
                ]}""");

        assertThat(problems.errors()).isEmpty();
        assertThat(manifests).extracting(SourceManifest::title).containsExactly("Pod/a", "Pod/b");
        assertThat(manifests.get(1).where("spec.nodeName")).isEqualTo("dump.json:4, items[1].items[0], Pod/b");
    }

    @Test
    void readsOneJsonObjectALine() {
        assertThat(read("stdin", """
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}}
                """)).extracting(SourceManifest::title).containsExactly("Pod/a", "Pod/b");
    }

    @Test
    void countsDocumentsAsTheReaderOfTheFileDoes() {
        List<SourceManifest> manifests = read("a.yaml", """
                ---
                # nothing here
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: a}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: b}
                """);

        assertThat(manifests.get(1).where("metadata")).isEqualTo("a.yaml:10, document 3, Pod/b");
    }

    @Test
    void namesTheLineOfASyntaxError() {
        read("pods.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: [a\nspec: {}\n");
        read("tabs.yaml", "apiVersion: v1\n\tkind: Pod\n");
        read("pods.json", "{\n \"kind\": \"Pod\",\n}");

        assertThat(problems.errors()).hasSize(3);
        assertThat(problems.errors().get(0))
                .startsWith("pods.yaml:5: not YAML: ")
                .endsWith("; correct the line");
        assertThat(problems.errors().get(1)).startsWith("tabs.yaml:2: not YAML: ");
        assertThat(problems.errors().get(2)).startsWith("pods.json:3: not JSON: ");
    }

    @Test
    void namesTheLineOfAKeyThatIsThereTwice() {
        read("pods.yaml", "apiVersion: v1\nkind: Pod\nkind: Node\n");

        assertThat(problems.errors())
                .singleElement()
                .asString()
                .startsWith("pods.yaml:3: not YAML: ")
                .contains("\"kind\" is there twice");
    }

    @Test
    void refusesAliasesThatLoopOrExplode() {
        read("loop.yaml", "apiVersion: v1\nkind: Pod\nspec: &a\n  b: *a\n");
        StringBuilder bomb = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 12; i++) {
            bomb.append("a%d: &a%d [%s*a%d]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(8), i - 1));
        }
        read("bomb.yaml", bomb.toString());

        assertThat(problems.errors()).hasSize(2);
        assertThat(problems.errors().get(0)).startsWith("loop.yaml:").contains("nested more than 200 deep");
        assertThat(problems.errors().get(1)).startsWith("bomb.yaml:").contains("aliases repeat too much");
    }

    @Test
    void refusesWhatIsNotAManifest() {
        read("text.yaml", "hello");
        read("list.yaml", "- apiVersion: v1\n- kind: Pod\n");
        read("kindless.yaml", "apiVersion: v1\nmetadata: {name: a}\n");

        assertThat(problems.errors())
                .containsExactly(
                        "text.yaml:1: \"hello\" is not a manifest; write apiVersion, kind, metadata and spec",
                        "list.yaml:1: a list where an object should be; write one document for each object, or a List"
                                + " with items",
                        "kindless.yaml:1, (no kind)/a: kind: missing; write for example apiVersion: v1 and kind: Pod");
    }

    @Test
    void passesOverFilesOfAFolderThatAreNoManifests() {
        List<SourceManifest> manifests =
                new ManifestReader(problems).read(new ManifestFile("k8s/values.yaml", "image: web\n", false));

        assertThat(manifests).isEmpty();
        assertThat(problems.errors()).isEmpty();
        assertThat(problems.notes()).singleElement().asString().startsWith("k8s/values.yaml:1: skipped");
    }
}
