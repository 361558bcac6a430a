package karpenter.kube.decode;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Decodes documents that people write: what the API server would default is defaulted, and a mistake is a
 * {@link DecodeException} that names the field, its value and the cure. Any thread.
 */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // bodies follow
public final class ManifestDecoder {
    /** Decodes one document; a {@code List} yields its items. */
    public List<Manifest> decode(JsonNode document) {
        throw new UnsupportedOperationException(document.toString());
    }

    /** Decodes one document as a YAML or JSON parser gives it: maps, lists, strings, numbers, booleans, null. */
    public List<Manifest> decode(Map<String, ?> document) {
        throw new UnsupportedOperationException(document.toString());
    }
}
