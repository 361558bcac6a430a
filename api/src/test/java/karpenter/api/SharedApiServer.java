package karpenter.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import karpenter.api.CustomResourceDefinitions.Definition;
import karpenter.testbed.ControlPlane;
import karpenter.testbed.KubeApi;
import karpenter.testbed.KubeApi.Answer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A real API server with this module's CRDs. All classes that ask for the same CRDs share one; it ends with the last test.
 */
final class SharedApiServer implements BeforeAllCallback {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/";
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final List<Definition> definitions;
    private @Nullable Running running;

    private record Running(ControlPlane controlPlane, KubeApi api) implements AutoCloseable {
        static Running start(List<Definition> definitions) {
            ControlPlane controlPlane =
                    ControlPlane.start(ControlPlane.Options.defaults().withKwok(false));
            Running running = new Running(controlPlane, KubeApi.of(controlPlane.kubeconfig()));
            definitions.forEach(running::install);
            return running;
        }

        private void install(Definition definition) {
            api.apply(DEFINITIONS + definition.name(), definition.yaml()).orThrow();
            JsonNode established = Yaml.tree(api.await(
                            DEFINITIONS + definition.name(),
                            DEADLINE,
                            answer -> answer.body().contains("\"Established\",\"status\":\"True\""))
                    .body());
            JsonNode spec = established.at("/spec");
            api.await(
                    "/apis/" + spec.at("/group").asString() + "/"
                            + spec.at("/versions/0/name").asString() + "/"
                            + spec.at("/names/plural").asString(),
                    DEADLINE,
                    Answer::isSuccess);
        }

        @Override
        public void close() {
            api.close();
            controlPlane.close();
        }
    }

    /** The server with those CRDs, applied in their order. */
    SharedApiServer(List<Definition> definitions) {
        this.definitions = definitions;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        running = context.getRoot()
                .getStore(Namespace.create(SharedApiServer.class))
                .computeIfAbsent(definitions, Running::start, Running.class);
    }

    KubeApi api() {
        return Objects.requireNonNull(running, "not registered as an extension").api();
    }

    JsonNode get(String path) {
        return Yaml.tree(api().get(path).orThrow().body());
    }

    /** The CRD as the server holds it. */
    JsonNode definition(String name) {
        return get(DEFINITIONS + name);
    }

    /** The path of the kind's list, in namespace default. */
    static String path(ResourceKind<?> kind) {
        return "/apis/" + kind.apiVersion() + (kind.namespaced() ? "/namespaces/default/" : "/") + kind.plural();
    }

    /** The manifest of an object of that kind and name with the spec. */
    static ObjectNode manifest(ResourceKind<?> kind, String name, JsonNode spec) {
        ObjectNode manifest = (ObjectNode) Yaml.tree(
                "{apiVersion: %s, kind: %s, metadata: {name: %s}}".formatted(kind.apiVersion(), kind.kind(), name));
        manifest.set("spec", spec);
        return manifest;
    }

    /** Asks whether the object could be created, with each field known; nothing stays of it. */
    Answer tryCreate(ResourceKind<?> kind, JsonNode object) {
        return api().create(path(kind) + "?dryRun=All&fieldValidation=Strict", object.toString());
    }

    /** Asks whether the object could be changed; nothing stays of it. */
    Answer tryPatch(ResourceKind<?> kind, String name, JsonNode patch) {
        return api().mergePatch(path(kind) + "/" + name + "?dryRun=All&fieldValidation=Strict", patch.toString());
    }

    /** Creates the object and returns what was stored. */
    JsonNode create(ResourceKind<?> kind, JsonNode object) {
        return Yaml.tree(api().create(path(kind), object.toString()).orThrow().body());
    }

    /** Merges the patch into the object's status and returns the object. */
    JsonNode patchStatus(ResourceKind<?> kind, String name, String status) {
        String patch = "{\"status\":" + Yaml.tree(status) + "}";
        return Yaml.tree(api().mergePatch(path(kind) + "/" + name + "/status", patch)
                .orThrow()
                .body());
    }

    /** Checks that the request was refused as invalid, with that in its message. */
    static void assertRefused(Answer answer, String message) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(Yaml.tree(answer.body()).at("/message").asString()).contains(message);
    }

    /** Checks that the request was accepted, and returns the object. */
    static JsonNode assertAccepted(Answer answer) {
        assertThat(answer.isSuccess()).as(answer.body()).isTrue();
        return Yaml.tree(answer.body());
    }

    /** The target with the patch merged into it (RFC 7386), as new trees. */
    static JsonNode merged(JsonNode target, JsonNode patch) {
        if (!(patch instanceof ObjectNode members)) {
            return patch;
        }
        ObjectNode result = target instanceof ObjectNode object ? object.deepCopy() : (ObjectNode) Yaml.tree("{}");
        members.propertyStream().forEach(member -> {
            if (member.getValue().isNull()) {
                result.remove(member.getKey());
            } else {
                result.set(member.getKey(), merged(result.path(member.getKey()), member.getValue()));
            }
        });
        return result;
    }
}
