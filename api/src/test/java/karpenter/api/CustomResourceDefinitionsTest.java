package karpenter.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import karpenter.api.CustomResourceDefinitions.Definition;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class CustomResourceDefinitionsTest {
    private static final List<ResourceKind<?>> KINDS =
            List.of(NodePool.KIND, NodeClaim.KIND, NodeOverlay.KIND, CapacityBuffer.KIND, KwokNodeClass.KIND);

    static Stream<Definition> all() {
        return Stream.concat(CustomResourceDefinitions.core().stream(), CustomResourceDefinitions.kwok().stream())
                .distinct();
    }

    @ParameterizedTest
    @MethodSource("all")
    void definesTheKindThatTheRecordsName(Definition definition) {
        JsonNode crd = Yaml.tree(definition.yaml());
        JsonNode names = crd.at("/spec/names");
        ResourceKind<?> kind = KINDS.stream()
                .filter(k -> definition.name().equals(k.plural() + "." + k.group()))
                .findFirst()
                .orElseThrow();
        assertThat(crd.at("/metadata/name").asString()).isEqualTo(definition.name());
        assertThat(crd.at("/spec/group").asString()).isEqualTo(kind.group());
        assertThat(crd.at("/spec/versions/0/name").asString()).isEqualTo(kind.version());
        assertThat(names.at("/kind").asString()).isEqualTo(kind.kind());
        assertThat(names.at("/plural").asString()).isEqualTo(kind.plural());
        assertThat(crd.at("/spec/scope").asString()).isEqualTo(kind.namespaced() ? "Namespaced" : "Cluster");
        assertThat(crd.at("/spec/versions/0/subresources").has("status")).isTrue();
        assertThat(definition.yaml().lines()).allMatch(line -> line.length() <= 180);
    }

    @ParameterizedTest
    @MethodSource("all")
    void describesEveryField(Definition definition) {
        List<String> undescribed = new ArrayList<>();
        describe(Yaml.tree(definition.yaml()).at("/spec/versions/0/schema/openAPIV3Schema"), "", undescribed);
        assertThat(undescribed).isEmpty();
    }

    private static void describe(JsonNode schema, String path, List<String> undescribed) {
        if (!schema.at("/description").asString("").endsWith(".") && !path.equals(".metadata")) {
            undescribed.add(path);
        }
        schema.path("properties")
                .propertyStream()
                .forEach(p -> describe(p.getValue(), path + "." + p.getKey(), undescribed));
        if (schema.at("/items").has("properties")) {
            describe(schema.at("/items"), path + "[]", undescribed);
        }
    }

    /** The variants are generated text: the file beside them plus one rule after the last rule of requirement keys. */
    @Test
    void kwokVariantsAddOneRuleToTheCoreFiles() {
        String rule = """
                - rule: >-
                    self in ["karpenter.kwok.sh/kwoknodeclass", "karpenter.kwok.sh/instance-cpu",
                    "karpenter.kwok.sh/instance-memory", "karpenter.kwok.sh/instance-family", "karpenter.kwok.sh/instance-size"] ||
                    !self.split("/", 2)[0].endsWith("karpenter.kwok.sh")
                  message: the domain karpenter.kwok.sh is reserved but for kwoknodeclass, instance-cpu, instance-memory, instance-family and instance-size
                """;
        String after = "message: key kubernetes.io/hostname is known only once a node exists\n";
        for (int i = 0; i < 2; i++) {
            String core = CustomResourceDefinitions.core().get(i).yaml();
            int at = core.indexOf(after) + after.length();
            int column = core.lastIndexOf('\n', core.indexOf(after)) + 1;
            String indent = " ".repeat(core.indexOf(after) - column - 2);
            String expected = core.substring(0, at) + rule.indent(indent.length()) + core.substring(at);
            assertThat(CustomResourceDefinitions.kwok().get(i).yaml()).isEqualTo(expected);
        }
        assertThat(CustomResourceDefinitions.kwok().subList(2, 4))
                .isEqualTo(CustomResourceDefinitions.core().subList(2, 4));
    }
}
