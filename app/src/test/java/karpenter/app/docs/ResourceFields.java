package karpenter.app.docs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import karpenter.api.CustomResourceDefinitions.Definition;

/**
 * The fields of a custom resource as its schema says.
 *
 * @param fields every scalar, list of scalars and free map, in the schema's order; {@code []} stands for an item, {@code {}}
 *     for a map's values
 * @param rules what the API server insists on between fields
 */
record ResourceFields(String kind, String apiVersion, String description, List<Field> fields, List<Rule> rules) {
    private static final Map<String, String> BOUNDS = new LinkedHashMap<>();

    static {
        BOUNDS.put("minimum", "at least ");
        BOUNDS.put("maximum", "at most ");
        BOUNDS.put("minLength", "characters: at least ");
        BOUNDS.put("maxLength", "characters: at most ");
        BOUNDS.put("minItems", "items: at least ");
        BOUNDS.put("maxItems", "items: at most ");
        BOUNDS.put("maxProperties", "entries: at most ");
    }

    /** @param rules what the API server insists on, in words */
    record Field(String path, String type, String fallback, boolean required, List<String> rules, String description) {}

    /** @param path of the object or list that the rule is about */
    record Rule(String path, String text) {}

    static ResourceFields of(Definition definition) {
        YamlMap spec = YamlMap.parse(definition.yaml()).map("spec");
        YamlMap version = spec.maps("versions", "").getFirst();
        YamlMap schema = version.map("schema").map("openAPIV3Schema");
        ResourceFields resource = new ResourceFields(
                spec.map("names").text("kind"),
                spec.text("group") + "/" + version.text("name"),
                schema.text("description"),
                new ArrayList<>(),
                new ArrayList<>());
        for (String part : List.of("spec", "status")) {
            YamlMap properties = schema.map("properties");
            if (properties.has(part)) {
                boolean required = schema.texts("required").contains(part);
                resource.walk(properties.map(part), part, required);
            }
        }
        return resource;
    }

    List<String> paths() {
        return fields.stream().map(Field::path).toList();
    }

    private void walk(YamlMap schema, String path, boolean required) {
        YamlMap items = schema.map("items");
        YamlMap properties = schema.map("properties");
        Set<?> names = properties.members().keySet();
        if (schema.text("type").equals("array") && items.text("type").equals("object")) {
            rules(schema).forEach(rule -> rules.add(new Rule(path, rule)));
            walk(items, path + "[]", required);
        } else if (names.isEmpty()) {
            fields.add(leaf(schema, path, required));
        } else {
            rules(schema).forEach(rule -> rules.add(new Rule(path, rule)));
            for (Object name : names) {
                boolean must = schema.texts("required").contains(name.toString());
                walk(properties.map(name.toString()), path + "." + name, must);
            }
        }
    }

    private static Field leaf(YamlMap schema, String path, boolean required) {
        String type = type(schema);
        String suffix = "";
        List<String> all = new ArrayList<>(rules(schema));
        if (type.equals("array")) {
            type = "list of " + type(schema.map("items"));
            suffix = "[]";
            all.addAll(rules(schema.map("items")));
        } else if (schema.has("additionalProperties")) {
            type = "map of " + type(schema.map("additionalProperties"));
            suffix = "{}";
            all.addAll(rules(schema.map("additionalProperties")));
        }
        String fallback = schema.has("default") ? flow(schema.members().get("default")) : "";
        return new Field(path + suffix, type, fallback, required, all, schema.text("description"));
    }

    private static String type(YamlMap schema) {
        if (schema.flag("x-kubernetes-int-or-string")) {
            return "integer or string";
        }
        String format = schema.text("format");
        return format.isEmpty() ? schema.text("type") : schema.text("type") + " (" + format + ")";
    }

    private static List<String> rules(YamlMap schema) {
        List<String> rules = new ArrayList<>();
        List<String> choices = schema.texts("enum");
        if (!choices.isEmpty()) {
            rules.add("one of " + choices.stream().map(Markdown::code).collect(Collectors.joining(", ")));
        }
        BOUNDS.forEach((key, words) -> {
            if (schema.has(key)) {
                rules.add(words + schema.text(key));
            }
        });
        if (schema.has("pattern")) {
            rules.add("matches " + Markdown.code(schema.text("pattern")));
        }
        schema.maps("x-kubernetes-validations", "rule").forEach(rule -> rules.add(rule.text("message")));
        return rules;
    }

    private static String flow(Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + flow(entry.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case List<?> list ->
                list.stream().map(ResourceFields::flow).toList().toString();
            default -> value.toString();
        };
    }
}
