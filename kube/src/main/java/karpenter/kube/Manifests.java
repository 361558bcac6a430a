package karpenter.kube;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import karpenter.api.ResourceKind;
import tools.jackson.databind.JsonNode;

/**
 * Any objects, as YAML or JSON text of one or more documents; for set-up, demos and tests. Not guarded by a leader gate.
 *
 * <p>Failures are {@link ManifestException}s that name the object and what the server said.
 */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // bodies follow
public final class Manifests {
    Manifests() {}

    /** Creates or changes each object by server-side apply, taking over fields from other managers. */
    public List<JsonNode> apply(String yamlDocuments) {
        throw new UnsupportedOperationException(yamlDocuments);
    }

    /** Creates each object; one that exists already is a failure. */
    public List<JsonNode> create(String yamlDocuments) {
        throw new UnsupportedOperationException(yamlDocuments);
    }

    /** Deletes each object; one that does not exist is skipped. */
    public void delete(String yamlDocuments) {
        throw new UnsupportedOperationException(yamlDocuments);
    }

    /** Waits until the CRDs of those names ({@code nodepools.karpenter.sh}) are served. */
    public void awaitEstablished(Collection<String> crdNames, Duration deadline) {
        throw new UnsupportedOperationException(crdNames.toString() + deadline);
    }

    /** Those of the kinds that the server does not serve, as {@code nodepools.karpenter.sh/v1}. */
    public List<String> missingKinds(Collection<? extends ResourceKind<?>> kinds) {
        throw new UnsupportedOperationException(kinds.toString());
    }

    /** What the server answers to a GET of that path, {@code /apis/apps/v1/deployments} for example. */
    public JsonNode get(String path) {
        throw new UnsupportedOperationException(path);
    }

    /** The server refused a manifest or could not be asked. */
    public static final class ManifestException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ManifestException(String message) {
            super(message);
        }
    }
}
