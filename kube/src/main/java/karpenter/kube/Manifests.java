package karpenter.kube;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import karpenter.api.ResourceKind;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Any objects, as YAML or JSON text of one or more documents; for set-up, demos and tests. Not guarded by a leader gate.
 *
 * <p>Objects are written in the order of the text; a namespaced one without a namespace goes to {@code default}. Failures are
 * {@link ManifestException}s that name the object and what the server said. Any thread.
 */
public final class Manifests {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String FIELD_MANAGER = "karpenter";
    private static final long POLL_MILLIS = 50;

    /** Reading YAML is for the few; whoever only watches never loads the parser. */
    private static final class Yaml {
        private static final YAMLMapper MAPPER = YAMLMapper.builder().build();
    }

    private record Addressed(ResourcePath path, String namespace, String name, ObjectNode object) {
        String text() {
            return path.kind() + " " + (path.namespaced() ? namespace + "/" : "") + name;
        }
    }

    private final ApiClient api;
    private final ApiDiscovery discovery;

    Manifests(ApiClient api) {
        this.api = api;
        this.discovery = new ApiDiscovery(api);
    }

    /** Creates or changes each object by server-side apply, taking over fields from other managers; returns what is stored. */
    public List<JsonNode> apply(String yamlDocuments) {
        List<JsonNode> stored = new ArrayList<>();
        for (ObjectNode document : documents(yamlDocuments)) {
            Addressed object = address(document);
            Call call = Call.apply(
                    object.path(),
                    object.namespace(),
                    object.name(),
                    FIELD_MANAGER,
                    object.object().toString());
            stored.add(answer(object.text(), api.call(call, DEADLINE)).json());
        }
        return stored;
    }

    /** Creates each object and returns what is stored; one that exists already is a failure. */
    public List<JsonNode> create(String yamlDocuments) {
        List<JsonNode> stored = new ArrayList<>();
        for (ObjectNode document : documents(yamlDocuments)) {
            Addressed object = address(document);
            Call call = Call.create(
                    object.path(), object.namespace(), object.object().toString());
            stored.add(answer(object.text(), api.call(call, DEADLINE)).json());
        }
        return stored;
    }

    /** Whether an object of that kind and name is there; none of a kind that the server does not serve is. */
    public boolean exists(String yamlDocument) {
        for (ObjectNode document : documents(yamlDocument)) {
            Addressed object = find(document);
            if (object != null && isThere(object)) {
                return true;
            }
        }
        return false;
    }

    private boolean isThere(Addressed object) {
        Reply reply = api.call(Call.get(object.path(), object.namespace(), object.name()), DEADLINE);
        if (reply instanceof Reply.Answered answered && answered.status() == 404) {
            return false;
        }
        answer(object.text(), reply);
        return true;
    }

    /** Deletes each object, dependents in the background; one that does not exist is skipped. */
    public void delete(String yamlDocuments) {
        for (ObjectNode document : documents(yamlDocuments)) {
            Addressed object = address(document);
            String options = "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":\"Background\"}";
            Reply reply = api.call(Call.delete(object.path(), object.namespace(), object.name(), options), DEADLINE);
            if (!(reply instanceof Reply.Answered answered) || answered.status() != 404) {
                answer(object.text(), reply);
            }
        }
    }

    /** Waits until the CRDs of those names ({@code nodepools.karpenter.sh}) are established and served. */
    public void awaitEstablished(Collection<String> crdNames, Duration deadline) {
        long until = System.nanoTime() + deadline.toNanos();
        TreeSet<String> missing = new TreeSet<>(crdNames);
        while (true) {
            missing.removeIf(this::established);
            if (missing.isEmpty()) {
                return;
            }
            if (System.nanoTime() - until > 0) {
                throw new ManifestException(
                        "CRDs are not established after " + deadline.toSeconds() + " s: " + missing);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            new CountDownLatch(1).await(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ManifestException("Interrupted while waiting for CRDs");
        }
    }

    private boolean established(String crdName) {
        String path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + crdName;
        Reply reply = api.call(Call.get(path), DEADLINE);
        if (!(reply instanceof Reply.Answered answer) || !answer.ok()) {
            return false;
        }
        JsonNode crd = answer.json();
        boolean established = false;
        for (JsonNode condition : crd.path("status").path("conditions")) {
            established |= condition.path("type").asString("").equals("Established")
                    && condition.path("status").asString("").equals("True");
        }
        // Established comes a moment before the server serves the kind.
        return established && servesAllVersions(crd.path("spec"));
    }

    private boolean servesAllVersions(JsonNode spec) {
        String plural = spec.path("names").path("plural").asString("");
        for (JsonNode version : spec.path("versions")) {
            String apiVersion =
                    spec.path("group").asString("") + "/" + version.path("name").asString("");
            if (version.path("served").asBoolean(false)
                    && discovery.served(apiVersion).stream()
                            .noneMatch(path -> path.plural().equals(plural))) {
                return false;
            }
        }
        return true;
    }

    /** Those of the kinds that the server does not serve, as {@code nodepools.karpenter.sh/v1}. */
    public List<String> missingKinds(Collection<? extends ResourceKind<?>> kinds) {
        List<String> missing = new ArrayList<>();
        for (ResourceKind<?> kind : kinds) {
            if (discovery.find(kind.apiVersion(), kind.kind()) == null) {
                missing.add(ResourcePath.of(kind).text());
            }
        }
        return missing;
    }

    /** What the server answers to a GET of that path, {@code /apis/apps/v1/deployments} for example. */
    public JsonNode get(String path) {
        return answer("GET " + path, api.call(Call.get(path), DEADLINE)).json();
    }

    private static Reply.Answered answer(String what, Reply reply) {
        return switch (reply) {
            case Reply.Answered answer when answer.ok() -> answer;
            case Reply.Answered answer -> throw new ManifestException(what + ": " + answer.message());
            case Reply.Failed(String message) -> throw new ManifestException(what + ": " + message);
        };
    }

    private static List<ObjectNode> documents(String text) {
        List<ObjectNode> documents = new ArrayList<>();
        try (MappingIterator<JsonNode> parsed =
                Yaml.MAPPER.readerFor(JsonNode.class).readValues(text)) {
            while (parsed.hasNextValue()) {
                collect(parsed.nextValue(), documents);
            }
        } catch (JacksonException e) {
            throw new ManifestException("This is neither YAML nor JSON: " + e.getMessage());
        }
        return documents;
    }

    private static void collect(JsonNode document, List<ObjectNode> documents) {
        if (document.path("kind").asString("").equals("List")) {
            document.path("items").forEach(item -> collect(item, documents));
        } else if (document instanceof ObjectNode object) {
            documents.add(object);
        } else if (!document.isNull() && !document.isMissingNode()) {
            throw new ManifestException("A manifest is an object with apiVersion and kind, but this is " + document);
        }
    }

    private Addressed address(ObjectNode object) {
        Addressed found = find(object);
        if (found == null) {
            throw new ManifestException("The API server does not serve kind \""
                    + object.path("kind").asString("") + "\" of apiVersion \""
                    + object.path("apiVersion").asString("") + "\"; correct the manifest or install the CRD");
        }
        return found;
    }

    /** Where the object belongs; null when the server does not serve its kind. */
    private @Nullable Addressed find(ObjectNode object) {
        ResourcePath path = discovery.find(
                object.path("apiVersion").asString(""), object.path("kind").asString(""));
        if (path == null) {
            return null;
        }
        String namespace = object.path("metadata").path("namespace").asString("default");
        String name = object.path("metadata").path("name").asString("");
        return new Addressed(path, namespace, name, object);
    }

    /** The server refused a manifest or could not be asked. */
    public static final class ManifestException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ManifestException(String message) {
            super(message);
        }
    }
}
