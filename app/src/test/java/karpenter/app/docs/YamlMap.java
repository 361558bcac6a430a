package karpenter.app.docs;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A mapping in a YAML document. */
record YamlMap(Map<?, ?> members) {
    static YamlMap parse(String text) {
        Object document = new Load(LoadSettings.builder().build()).loadFromString(text);
        return new YamlMap((Map<?, ?>) Objects.requireNonNull(document, "an empty document"));
    }

    boolean has(String key) {
        return members.containsKey(key);
    }

    /** The scalar as text, empty when absent. */
    String text(String key) {
        return text(members.get(key));
    }

    /** Whether the member is there and true. */
    boolean flag(String key) {
        return Boolean.TRUE.equals(members.get(key));
    }

    /** The mapping, empty when absent. */
    YamlMap map(String key) {
        return members.get(key) instanceof Map<?, ?> map ? new YamlMap(map) : new YamlMap(Map.of());
    }

    /** The items that are mappings; a scalar item becomes a mapping of that one key. */
    List<YamlMap> maps(String key, String scalarKey) {
        return list(key).stream()
                .map(item ->
                        item instanceof Map<?, ?> map ? new YamlMap(map) : new YamlMap(Map.of(scalarKey, text(item))))
                .toList();
    }

    List<String> texts(String key) {
        return list(key).stream().map(item -> text(item)).toList();
    }

    private List<?> list(String key) {
        return members.get(key) instanceof List<?> list ? list : List.of();
    }

    private static String text(@Nullable Object scalar) {
        return Objects.toString(scalar, "");
    }
}
