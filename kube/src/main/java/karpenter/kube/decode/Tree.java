package karpenter.kube.decode;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A place in the JSON tree of an object. Absent and null are the same, as in the Kubernetes API. A value of the wrong type is
 * a {@link DecodeException}; the path is only put together when one is thrown.
 */
final class Tree {
    private final JsonNode node;
    private final @Nullable Tree parent;
    /** Field name or {@code [index]}; of a root, the kind. */
    private final String step;

    private Tree(JsonNode node, @Nullable Tree parent, String step) {
        this.node = node;
        this.parent = parent;
        this.step = step;
    }

    /** @param kind names the object in messages */
    static Tree root(String kind, JsonNode object) {
        return new Tree(object, null, kind);
    }

    Tree get(String field) {
        if (present() && !node.isObject()) {
            throw mistake(shown() + " is not an object with fields");
        }
        return new Tree(node.path(field), this, field);
    }

    JsonNode node() {
        return node;
    }

    boolean present() {
        return !node.isMissingNode() && !node.isNull();
    }

    boolean has(String field) {
        return node.hasNonNull(field);
    }

    String text(String whenAbsent) {
        String text = textOrNull();
        return text == null ? whenAbsent : text;
    }

    @Nullable
    String textOrNull() {
        if (!present()) {
            return null;
        }
        if (!node.isString()) {
            throw mistake(shown() + " is not text; "
                    + (node.isValueNode() ? "write it in quotes: \"" + node.asString() + "\"" : "write one value"));
        }
        return node.stringValue();
    }

    String requiredText() {
        String text = textOrNull();
        if (text == null || text.isEmpty()) {
            throw mistake("is missing, a text is needed here");
        }
        return text;
    }

    /** Text, or null when absent or empty; for names, where Kubernetes makes no difference. */
    @Nullable
    String nameOrNull() {
        String text = textOrNull();
        return text == null || text.isEmpty() ? null : text;
    }

    int integer(int whenAbsent) {
        if (!present()) {
            return whenAbsent;
        }
        if (!node.isNumber() || !node.canConvertToExactIntegral() || !node.canConvertToInt()) {
            throw mistake(shown() + " is not a whole number");
        }
        return node.intValue();
    }

    @Nullable
    Integer integerOrNull() {
        return present() ? (Integer) integer(0) : null;
    }

    long number(long whenAbsent) {
        if (!present()) {
            return whenAbsent;
        }
        if (!node.isNumber() || !node.canConvertToExactIntegral() || !node.canConvertToLong()) {
            throw mistake(shown() + " is not a whole number");
        }
        return node.longValue();
    }

    boolean flag() {
        if (!present()) {
            return false;
        }
        if (!node.isBoolean()) {
            throw mistake(shown() + " is neither true nor false");
        }
        return node.booleanValue();
    }

    @Nullable
    Instant time() {
        String text = textOrNull();
        if (text == null) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw mistake(shown() + " is not a time; write it like 2026-03-01T10:00:00Z");
        }
    }

    List<Tree> items() {
        if (!present()) {
            return List.of();
        }
        if (!node.isArray()) {
            throw mistake(shown() + " is not a list");
        }
        List<Tree> items = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            items.add(new Tree(node.get(i), this, "[" + i + "]"));
        }
        return items;
    }

    List<String> texts() {
        if (!present()) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (Tree item : items()) {
            texts.add(item.text(""));
        }
        return texts;
    }

    /** Calls the visitor with each field's name and place. */
    void fields(BiConsumer<String, Tree> visitor) {
        if (!present()) {
            return;
        }
        if (!node.isObject()) {
            throw mistake(shown() + " is not an object with fields");
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            visitor.accept(field.getKey(), new Tree(field.getValue(), this, field.getKey()));
        }
    }

    Map<String, String> textMap() {
        if (!present()) {
            return Map.of();
        }
        Map<String, String> map = new TreeMap<>();
        fields((name, value) -> map.put(name, value.text("")));
        return map;
    }

    /** The exception for a mistake at this place. */
    DecodeException mistake(String problem) {
        StringBuilder path = new StringBuilder();
        path(path);
        return new DecodeException(path.toString(), problem);
    }

    private void path(StringBuilder path) {
        if (parent == null) {
            JsonNode metadata = node.path("metadata");
            path.append(step).append(' ');
            String namespace = metadata.path("namespace").asString("");
            if (!namespace.isEmpty()) {
                path.append(namespace).append('/');
            }
            String name = metadata.path("name").asString("");
            path.append(name.isEmpty() ? metadata.path("generateName").asString("(without a name)") : name);
            return;
        }
        parent.path(path);
        if (parent.parent == null) {
            path.append(": ");
        } else if (!step.startsWith("[")) {
            path.append('.');
        }
        path.append(step);
    }

    private String shown() {
        String text = node.toString();
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }
}
