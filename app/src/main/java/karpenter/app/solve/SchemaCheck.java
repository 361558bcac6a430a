package karpenter.app.solve;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Checks a custom resource against its CRD as an API server would: types, required fields, enumerations, patterns, bounds.
 * Offline, nothing else stands between a typo and a wrong answer. Rules in CEL are left out; {@link RequirementRules} has those
 * that bear on scheduling. One thread.
 */
final class SchemaCheck {
    private final SourceManifest manifest;
    private final Problems problems;
    private final Map<String, Pattern> patterns = new HashMap<>();

    SchemaCheck(SourceManifest manifest, Problems problems) {
        this.manifest = manifest;
        this.problems = problems;
    }

    /** Checks the spec against {@code spec} of the first version in a CRD. */
    void check(JsonNode crd) {
        JsonNode schema =
                crd.path("spec").path("versions").path(0).path("schema").path("openAPIV3Schema");
        JsonNode specSchema = schema.path("properties").path("spec");
        JsonNode spec = manifest.tree().path("spec");
        if (absent(spec)) {
            if (contains(schema.path("required"), "spec")) {
                missing("spec", specSchema);
            }
            return;
        }
        value("spec", spec, specSchema);
    }

    private void value(String path, JsonNode value, JsonNode schema) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
            quantity(path, value, schema);
            return;
        }
        switch (schema.path("type").asString("")) {
            case "object" -> object(path, value, schema);
            case "array" -> array(path, value, schema);
            case "string" -> string(path, value, schema);
            case "integer" -> integer(path, value, schema);
            case "boolean" -> {
                if (!value.isBoolean()) {
                    problem(path, value, "is neither true nor false; write one of them");
                }
            }
            default -> {
                // free form
            }
        }
    }

    private void object(String path, JsonNode value, JsonNode schema) {
        if (!value.isObject()) {
            problem(path, value, "is not a mapping; write its fields indented below it");
            return;
        }
        JsonNode properties = schema.path("properties");
        JsonNode others = schema.path("additionalProperties");
        for (JsonNode required : schema.path("required")) {
            if (absent(value.path(required.asString()))) {
                missing(path + "." + required.asString(), properties.path(required.asString()));
            }
        }
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            String at = path + "." + member.getKey();
            if (member.getValue().isNull()) {
                continue; // as if it weren't there
            }
            if (properties.has(member.getKey())) {
                value(at, member.getValue(), properties.path(member.getKey()));
            } else if (others.isObject()) {
                value(at, member.getValue(), others);
            } else if (!properties.isEmpty()) {
                problems.note(manifest.where(at) + ": " + at + ": unknown field, not read");
            }
        }
    }

    private void array(String path, JsonNode value, JsonNode schema) {
        if (!value.isArray()) {
            problem(path, value, "is not a list; write its members as lines that start with -");
            return;
        }
        int most = schema.path("maxItems").asInt(Integer.MAX_VALUE);
        if (value.size() > most) {
            problems.error(manifest.problem(path, value.size() + " members, more than " + most + "; write fewer"));
        }
        for (int i = 0; i < value.size(); i++) {
            value(path + "[" + i + "]", value.get(i), schema.path("items"));
        }
    }

    private void string(String path, JsonNode value, JsonNode schema) {
        if (!value.isString()) {
            boolean bare = value.isNumber() || value.isBoolean();
            problem(
                    path,
                    value,
                    "is not text; " + (bare ? "put it in quotes: \"" + value.asString() + "\"" : "write text"));
            return;
        }
        String text = value.asString();
        List<String> allowed = texts(schema.path("enum"));
        if (!allowed.isEmpty() && !allowed.contains(text)) {
            problem(path, value, "is unknown; write one of " + String.join(", ", allowed));
        } else if (text.length() < schema.path("minLength").asInt(0)) {
            problem(path, value, "is empty; write text");
        } else if (text.length() > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
            problem(path, value, "is longer than " + schema.path("maxLength").asInt() + " characters; write less");
        } else if (!matches(schema.path("pattern"), text)) {
            problem(path, value, "does not have the right form; expected: " + description(schema));
        }
    }

    private void quantity(String path, JsonNode value, JsonNode schema) {
        String text = value.isNumber() || value.isString() ? value.asString() : "";
        if (text.isEmpty() || (value.isString() && !matches(schema.path("pattern"), text))) {
            problem(path, value, "is not a quantity; write for example 500m, 4 or 8Gi");
        }
    }

    private void integer(String path, JsonNode value, JsonNode schema) {
        if (!value.isNumber() || !isWhole(value.decimalValue())) {
            problem(
                    path,
                    value,
                    "is not a whole number; write for example "
                            + schema.path("minimum").asInt(10));
            return;
        }
        BigDecimal number = value.decimalValue();
        JsonNode least = schema.path("minimum");
        JsonNode most = schema.path("maximum");
        if (least.isNumber() && number.compareTo(least.decimalValue()) < 0) {
            problem(path, value, "is below " + least + "; write " + range(least, most));
        } else if (most.isNumber() && number.compareTo(most.decimalValue()) > 0) {
            problem(path, value, "is above " + most + "; write " + range(least, most));
        }
    }

    private static boolean isWhole(BigDecimal number) {
        return number.stripTrailingZeros().scale() <= 0 && number.precision() - number.scale() <= 18;
    }

    private static String range(JsonNode least, JsonNode most) {
        return least + (most.isNumber() ? " to " + most : " or more");
    }

    private boolean matches(JsonNode pattern, String text) {
        return !pattern.isString()
                || patterns.computeIfAbsent(pattern.asString(), Pattern::compile)
                        .matcher(text)
                        .find();
    }

    private void missing(String path, JsonNode schema) {
        problems.error(manifest.problem(path, "missing; write it: " + description(schema)));
    }

    private void problem(String path, JsonNode value, String text) {
        problems.error(manifest.problem(path, SourceManifest.shown(value) + " " + text));
    }

    /** The first sentence of what the CRD says about a field. */
    private static String description(JsonNode schema) {
        String text = schema.path("description").asString("").strip().replaceAll("\\s+", " ");
        int end = text.indexOf(". ");
        String first = end < 0 ? text : text.substring(0, end);
        return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : list) {
            texts.add(item.asString());
        }
        return texts;
    }

    private static boolean contains(JsonNode list, String text) {
        return texts(list).contains(text);
    }

    private static boolean absent(@Nullable JsonNode value) {
        return value == null || value instanceof MissingNode || value.isNull();
    }
}
