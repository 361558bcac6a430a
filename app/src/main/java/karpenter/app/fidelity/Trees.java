package karpenter.app.fidelity;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Pieces of manifests. */
final class Trees {
    private Trees() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    static ArrayNode texts(Collection<String> texts) {
        ArrayNode array = array();
        texts.forEach(array::add);
        return array;
    }

    static ObjectNode texts(Map<String, String> texts) {
        ObjectNode object = object();
        texts.forEach(object::put);
        return object;
    }

    /** An object of the API with a name; cluster-scoped when the namespace is empty. */
    static ObjectNode named(String apiVersion, String kind, String namespace, String name) {
        ObjectNode object = object();
        object.put("apiVersion", apiVersion).put("kind", kind);
        ObjectNode metadata = object.putObject("metadata");
        metadata.put("name", name);
        if (!namespace.isEmpty()) {
            metadata.put("namespace", namespace);
        }
        return object;
    }

    /** A requirement of labels, as node affinity and NodePools write it. */
    static ObjectNode expression(String key, String operator, List<String> values) {
        ObjectNode expression = object();
        expression.put("key", key).put("operator", operator);
        if (!values.isEmpty()) {
            expression.set("values", texts(values));
        }
        return expression;
    }

    /** The member, made when it is missing. */
    static ObjectNode within(ObjectNode parent, String... path) {
        ObjectNode node = parent;
        for (String name : path) {
            node = node.path(name) instanceof ObjectNode there ? there : node.putObject(name);
        }
        return node;
    }

    /** The list, made when it is missing. */
    static ArrayNode list(ObjectNode parent, String name) {
        return parent.path(name) instanceof ArrayNode there ? there : parent.putArray(name);
    }

    static String name(JsonNode object) {
        return object.path("metadata").path("name").asString("");
    }

    static String namespace(JsonNode object) {
        return object.path("metadata").path("namespace").asString("default");
    }

    /** {@code namespace/name}. */
    static String key(JsonNode object) {
        return namespace(object) + "/" + name(object);
    }

    static String kind(JsonNode object) {
        return object.path("kind").asString("");
    }
}
