package karpenter.api;

import static karpenter.api.SharedApiServer.manifest;
import static karpenter.api.SharedApiServer.path;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import karpenter.api.CustomResourceDefinitions.Definition;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What the API server makes of the CRDs: names, subresources, columns, explanations. */
@Timeout(60)
class CustomResourceDefinitionsIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String CONDITIONS =
            "conditions: [{type: %s, status: 'True', reason: R, message: '', lastTransitionTime: '2026-01-01T00:00:00Z'},"
                    + " {type: %s, status: 'False', reason: S, message: '', lastTransitionTime: '2026-01-01T00:00:00Z'}]";

    @RegisterExtension
    private static final SharedApiServer SERVER = new SharedApiServer(CustomResourceDefinitions.kwok());

    static Stream<ResourceKind<?>> kinds() {
        return Stream.of(NodePool.KIND, NodeClaim.KIND, NodeOverlay.KIND, CapacityBuffer.KIND, KwokNodeClass.KIND);
    }

    static Stream<Definition> definitions() {
        return CustomResourceDefinitions.kwok().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("definitions")
    @Covers("apis/autoscaling/v1beta1: CapacityBuffer CRD registration")
    void isAcceptedWithoutAComplaint(Definition definition) {
        JsonNode status = SERVER.definition(definition.name()).at("/status");
        assertThat(status.at("/conditions").valueStream())
                .extracting(condition -> condition.at("/type").asString() + "="
                        + condition.at("/status").asString())
                .containsExactlyInAnyOrder("NamesAccepted=True", "Established=True");
        assertThat(status.at("/storedVersions").size()).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            karpenter.sh/v1              | nodepools              | NodePool       | false | -              | karpenter
            karpenter.sh/v1              | nodepools/status       | NodePool       | false | -              | -
            karpenter.sh/v1              | nodepools/scale        | Scale          | false | -              | -
            karpenter.sh/v1              | nodeclaims             | NodeClaim      | false | -              | karpenter
            karpenter.sh/v1              | nodeclaims/status      | NodeClaim      | false | -              | -
            karpenter.sh/v1alpha1        | nodeoverlays           | NodeOverlay    | false | overlays       | karpenter
            karpenter.sh/v1alpha1        | nodeoverlays/status    | NodeOverlay    | false | -              | -
            autoscaling.x-k8s.io/v1beta1 | capacitybuffers        | CapacityBuffer | true  | cb             | autoscaling
            autoscaling.x-k8s.io/v1beta1 | capacitybuffers/status | CapacityBuffer | true  | -              | -
            karpenter.kwok.sh/v1alpha1   | kwoknodeclasses        | KWOKNodeClass  | false | kwoknc kwokncs | karpenter
            karpenter.kwok.sh/v1alpha1   | kwoknodeclasses/status | KWOKNodeClass  | false | -              | -
            """)
    void discoveryNamesIt(
            String apiVersion, String name, String kind, boolean namespaced, String shortNames, String categories) {
        JsonNode resource = SERVER.get("/apis/" + apiVersion)
                .at("/resources")
                .valueStream()
                .filter(found -> found.at("/name").asString().equals(name))
                .findFirst()
                .orElseThrow();
        assertThat(resource.at("/kind").asString()).isEqualTo(kind);
        assertThat(resource.at("/namespaced").asBoolean()).isEqualTo(namespaced);
        assertThat(words(resource.at("/shortNames"))).isEqualTo(shortNames);
        assertThat(words(resource.at("/categories"))).isEqualTo(categories);
    }

    private static String words(JsonNode list) {
        String words =
                String.join(" ", list.valueStream().map(JsonNode::asString).toList());
        return words.isEmpty() ? "-" : words;
    }

    @Test
    void discoveryNamesNothingElse() {
        assertThat(Stream.of(
                                "karpenter.sh/v1",
                                "karpenter.sh/v1alpha1",
                                "autoscaling.x-k8s.io/v1beta1",
                                "karpenter.kwok.sh/v1alpha1")
                        .mapToInt(version ->
                                SERVER.get("/apis/" + version).at("/resources").size())
                        .sum())
                .isEqualTo(11);
    }

    private static JsonNode pool(String spec) {
        return SharedApiServer.merged(Yaml.tree("""
                template:
                  spec:
                    nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
                    requirements: []
                """), Yaml.tree(spec));
    }

    @Test
    void nodePoolColumns() {
        SERVER.create(NodePool.KIND, manifest(NodePool.KIND, "columns", pool("weight: 7")));
        SERVER.patchStatus(NodePool.KIND, "columns", """
                nodes: 3
                resources: {cpu: 12, memory: 48Gi}
                """ + CONDITIONS.formatted("Ready", "ValidationSucceeded"));
        assertThat(row(NodePool.KIND, "columns"))
                .containsExactly(
                        "Name string: columns",
                        "NodeClass string: default",
                        "Nodes string: 3",
                        "Ready string: True",
                        "Age date: time",
                        "Weight integer wide: 7",
                        "CPU string wide: 12",
                        "Memory string wide: 48Gi");
    }

    @Test
    void nodeClaimColumns() {
        JsonNode claim = manifest(NodeClaim.KIND, "columns", pool("{}").at("/template/spec"));
        SERVER.create(NodeClaim.KIND, SharedApiServer.merged(claim, Yaml.tree("""
                metadata:
                  labels:
                    node.kubernetes.io/instance-type: c-4x
                    karpenter.sh/capacity-type: spot
                    topology.kubernetes.io/zone: zone-a
                    karpenter.sh/nodepool: general
                """)));
        SERVER.patchStatus(NodeClaim.KIND, "columns", """
                nodeName: node-1
                imageID: image-1
                providerID: kwok://node-1
                """ + CONDITIONS.formatted("Ready", "Drifted"));
        assertThat(row(NodeClaim.KIND, "columns"))
                .containsExactly(
                        "Name string: columns",
                        "Type string: c-4x",
                        "Capacity string: spot",
                        "Zone string: zone-a",
                        "Node string: node-1",
                        "Ready string: True",
                        "Age date: time",
                        "ImageID string wide: image-1",
                        "ID string wide: kwok://node-1",
                        "NodePool string wide: general",
                        "NodeClass string wide: default",
                        "Drifted string wide: False");
    }

    @Test
    void nodeOverlayColumns() {
        SERVER.create(
                NodeOverlay.KIND, manifest(NodeOverlay.KIND, "columns", Yaml.tree("{requirements: [], weight: 5}")));
        SERVER.patchStatus(NodeOverlay.KIND, "columns", CONDITIONS.formatted("Ready", "ValidationSucceeded"));
        assertThat(row(NodeOverlay.KIND, "columns"))
                .containsExactly(
                        "Name string: columns", "Ready string: True", "Age date: time", "Weight integer wide: 5");
    }

    @Test
    void capacityBufferColumns() {
        JsonNode spec = Yaml.tree("{podTemplateRef: {name: web}, replicas: 2}");
        SERVER.create(CapacityBuffer.KIND, manifest(CapacityBuffer.KIND, "columns", spec));
        SERVER.patchStatus(
                CapacityBuffer.KIND,
                "columns",
                "replicas: 2\n" + CONDITIONS.formatted("ReadyForProvisioning", "Provisioning"));
        assertThat(row(CapacityBuffer.KIND, "columns"))
                .containsExactly(
                        "Name string: columns",
                        "Strategy string: buffer.x-k8s.io/active-capacity",
                        "PodTemplate string: web",
                        "Replicas integer: 2",
                        "ConditionsType string: ReadyForProvisioning",
                        "ConditionsStatus string: True",
                        "ConditionsReason string: R",
                        "Age date: time");
    }

    @Test
    void kwokNodeClassHasNoColumnsOfItsOwn() {
        SERVER.create(KwokNodeClass.KIND, manifest(KwokNodeClass.KIND, "columns", Yaml.tree("{}")));
        assertThat(row(KwokNodeClass.KIND, "columns")).containsExactly("Name string: columns", "Age date: time");
    }

    /** The columns that kubectl would print, as {@code name type [wide]: value}. */
    private static List<String> row(ResourceKind<?> kind, String name) {
        JsonNode table =
                Yaml.tree(SERVER.api().table(path(kind) + "/" + name).orThrow().body());
        JsonNode columns = table.at("/columnDefinitions");
        JsonNode cells = table.at("/rows/0/cells");
        assertThat(table.at("/rows/0/object/metadata/name").asString()).isEqualTo(name);
        assertThat(cells.size()).isEqualTo(columns.size());
        List<String> row = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            String type = columns.get(i).at("/type").asString();
            String value = cells.get(i).asString();
            row.add(columns.get(i).at("/name").asString() + " " + type
                    + (columns.get(i).at("/priority").asInt() > 0 ? " wide" : "") + ": "
                    + (type.equals("date") ? value.replaceFirst("^(\\d+s|2.*Z)$", "time") : value));
        }
        return row;
    }

    @Test
    void statusIsWrittenByItselfOnly() {
        JsonNode manifest = SharedApiServer.merged(
                manifest(NodePool.KIND, "written", pool("weight: 1")), Yaml.tree("status: {nodes: 5}"));
        assertThat(SERVER.create(NodePool.KIND, manifest).has("status")).isFalse();

        JsonNode written = SERVER.patchStatus(NodePool.KIND, "written", "{nodes: 6}");
        assertThat(written.at("/status/nodes").asInt()).isEqualTo(6);
        assertThat(written.at("/metadata/generation").asInt()).isEqualTo(1);

        String both = "{\"spec\":{\"weight\":2},\"status\":{\"nodes\":7}}";
        JsonNode after = Yaml.tree(SERVER.api()
                .mergePatch(path(NodePool.KIND) + "/written", both)
                .orThrow()
                .body());
        assertThat(after.at("/spec/weight").asInt()).isEqualTo(2);
        assertThat(after.at("/status/nodes").asInt()).isEqualTo(6);
        assertThat(after.at("/metadata/generation").asInt()).isEqualTo(2);
        after = Yaml.tree(SERVER.api()
                .mergePatch(path(NodePool.KIND) + "/written/status", both.replace("2", "3"))
                .orThrow()
                .body());
        assertThat(after.at("/spec/weight").asInt()).isEqualTo(2);
        assertThat(after.at("/status/nodes").asInt()).isEqualTo(7);
    }

    @Test
    void staticPoolIsScaledThroughItsSubresource() {
        SERVER.create(NodePool.KIND, manifest(NodePool.KIND, "scaled", pool("replicas: 2")));
        SERVER.patchStatus(NodePool.KIND, "scaled", "{nodes: 1}");
        String scale = path(NodePool.KIND) + "/scaled/scale";
        JsonNode before = SERVER.get(scale);
        assertThat(before.at("/kind").asString()).isEqualTo("Scale");
        assertThat(before.at("/spec/replicas").asInt()).isEqualTo(2);
        assertThat(before.at("/status/replicas").asInt()).isEqualTo(1);

        SERVER.api().mergePatch(scale, "{\"spec\":{\"replicas\":4}}").orThrow();
        assertThat(SERVER.get(path(NodePool.KIND) + "/scaled")
                        .at("/spec/replicas")
                        .asInt())
                .isEqualTo(4);
        assertThat(SERVER.api()
                        .mergePatch(scale, "{\"spec\":{\"replicas\":-1}}")
                        .status())
                .isEqualTo(422);
    }

    @Test
    void statusDefaults() {
        SERVER.create(NodePool.KIND, manifest(NodePool.KIND, "status-defaults", pool("{}")));
        assertThat(SERVER.patchStatus(NodePool.KIND, "status-defaults", "{}")
                        .at("/status/nodes")
                        .asInt(-1))
                .isZero();

        JsonNode nodeClass =
                SERVER.create(KwokNodeClass.KIND, manifest(KwokNodeClass.KIND, "status-defaults", Yaml.tree("{}")));
        assertThat(nodeClass.at("/status/conditions/0/type").asString()).isEqualTo("Ready");
        assertThat(nodeClass.at("/status/conditions/0/status").asString()).isEqualTo("True");
        assertThat(nodeClass.at("/status/conditions/0/lastTransitionTime").asString())
                .isEqualTo("2024-01-01T01:01:01Z");
    }

    /** The text of {@code kubectl explain}: no field without one, but for those that belong to all kinds. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void explainsEveryField(ResourceKind<?> kind) {
        JsonNode schema = explained(kind);
        List<String> silent = new ArrayList<>();
        collectSilent(schema, kind.kind(), silent);
        assertThat(silent).isEmpty();
    }

    private static void collectSilent(JsonNode schema, String path, List<String> silent) {
        if (schema.at("/description").asString("").isBlank()) {
            silent.add(path);
        }
        schema.path("properties")
                .propertyStream()
                .forEach(property -> collectSilent(property.getValue(), path + "." + property.getKey(), silent));
        if (schema.at("/items").has("properties")) {
            collectSilent(schema.at("/items"), path + "[]", silent);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            /properties/spec/properties/disruption                         | When nodes of this pool may be replaced or removed
            /properties/spec/properties/disruption/properties/budgets      | Limits on how many nodes may be disrupted at once.
            /properties/spec/properties/template/properties/spec           | What the NodeClaims of this pool ask for.
            """)
    void explainsWithTheWordsOfTheCrd(String pointer, String words) {
        assertThat(explained(NodePool.KIND).at(pointer + "/description").asString())
                .startsWith(words);
    }

    private static JsonNode explained(ResourceKind<?> kind) {
        // The document is put together in the background after the CRD is established.
        String document = SERVER.api()
                .await(
                        "/openapi/v3/apis/" + kind.apiVersion(),
                        DEADLINE,
                        answer -> answer.body().contains("\"kind\":\"" + kind.kind() + "\""))
                .body();
        return Yaml.tree(document)
                .at("/components/schemas")
                .valueStream()
                .filter(schema -> schema.at("/x-kubernetes-group-version-kind/0/kind")
                        .asString("")
                        .equals(kind.kind()))
                .findFirst()
                .orElseThrow();
    }
}
