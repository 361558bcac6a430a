package karpenter.app.demo;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * One Kubernetes object as a user would write it.
 *
 * @param json the object as JSON text, which is YAML too
 */
record Document(String apiVersion, String kind, String namespace, String name, String json) {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final JsonMapper JSON = new JsonMapper();

    /** Reads every document of a YAML text. */
    static List<Document> parse(String yaml) {
        List<Document> found = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(yaml)) {
            while (documents.hasNext()) {
                if (documents.next() instanceof ObjectNode object) {
                    found.add(of(object));
                }
            }
        }
        return found;
    }

    /** Reads every document of a file of this package's manifests, for example {@code rbac.yaml}. */
    static List<Document> shipped(String file) {
        return parse(ShippedManifests.text(file));
    }

    static Document of(ObjectNode object) {
        return new Document(
                object.path("apiVersion").asString(""),
                object.path("kind").asString(""),
                object.path("metadata").path("namespace").asString(""),
                object.path("metadata").path("name").asString(""),
                JSON.writeValueAsString(object));
    }

    /** A copy of the object, to be changed. */
    ObjectNode tree() {
        return (ObjectNode) JSON.readTree(json);
    }

    /** As messages name it. */
    @Override
    public String toString() {
        return kind + " " + (namespace.isEmpty() ? "" : namespace + "/") + name;
    }
}
