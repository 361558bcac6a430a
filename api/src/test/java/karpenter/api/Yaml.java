package karpenter.api;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads the YAML and writes the JSON of tests. */
public final class Yaml {
    private static final YAMLMapper YAML = YAMLMapper.builder().build();
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Yaml() {}

    /** The document as a tree. */
    public static JsonNode tree(String text) {
        return YAML.readTree(text);
    }

    /** The document as a record. */
    public static <T> T read(String text, Class<T> type) {
        return YAML.readValue(text, type);
    }

    /** All documents of a stream separated by {@code ---}. */
    public static <T> List<T> readAll(String text, Class<T> type) {
        try (MappingIterator<T> documents = YAML.readerFor(type).readValues(text)) {
            List<T> all = new ArrayList<>();
            documents.forEachRemaining(all::add);
            return all;
        }
    }

    /** The tree as a record or one of its parts. */
    public static Object convert(JsonNode tree, java.lang.reflect.Type type) {
        return JSON.readerFor(JSON.constructType(type)).readValue(tree);
    }

    /** What Jackson writes for the value. */
    public static JsonNode written(Object value) {
        return JSON.readTree(JSON.writeValueAsString(value));
    }
}
