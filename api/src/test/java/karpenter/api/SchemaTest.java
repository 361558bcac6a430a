package karpenter.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karpenter.api.CustomResourceDefinitions.Definition;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Walks each CRD's schema and the record of its kind together: names, types, required fields and defaults agree. */
class SchemaTest {
    private static final Map<String, Class<?>> RECORDS = Map.of(
            "nodepools.karpenter.sh", NodePool.class,
            "nodeclaims.karpenter.sh", NodeClaim.class,
            "nodeoverlays.karpenter.sh", NodeOverlay.class,
            "capacitybuffers.autoscaling.x-k8s.io", CapacityBuffer.class,
            "kwoknodeclasses.karpenter.kwok.sh", KwokNodeClass.class);

    /** Where a record shows what is stored rather than what the API server would put there. */
    private static final Set<String> DEFAULT_IS_THE_SERVERS =
            Set.of("NodePool.status.nodes", "KwokNodeClass.status", "KwokNodeClass.status.conditions");

    private final List<String> differences = new ArrayList<>();

    private int fields;

    @TestFactory
    List<DynamicTest> recordsMatchTheSchema() {
        return CustomResourceDefinitions.kwok().stream()
                .map(definition -> DynamicTest.dynamicTest(definition.name(), () -> walk(definition)))
                .toList();
    }

    private void walk(Definition definition) {
        differences.clear();
        fields = 0;
        Class<?> record = java.util.Objects.requireNonNull(RECORDS.get(definition.name()));
        JsonNode schema = Yaml.tree(definition.yaml()).at("/spec/versions/0/schema/openAPIV3Schema");
        object(schema, record, record.getSimpleName());
        assertThat(differences).isEmpty();
        assertThat(fields).isGreaterThan(5);
    }

    private void object(JsonNode schema, Class<?> record, String path) {
        if (!record.isRecord()) {
            differences.add(path + " is an object, but " + record + " is no record");
            return;
        }
        Set<String> names = new TreeSet<>();
        schema.path("properties").propertyNames().forEach(names::add);
        if (!path.contains(".")) {
            // Told by the kind itself.
            names.removeAll(Set.of("apiVersion", "kind"));
        }
        Set<String> components = new TreeSet<>();
        Arrays.stream(record.getRecordComponents())
                .map(RecordComponent::getName)
                .forEach(components::add);
        if (path.startsWith("NodeOverlay.spec.requirements")) {
            // One record serves all kinds; overlays do not know minValues.
            components.remove("minValues");
        }
        if (!names.equals(components)) {
            differences.add(
                    path + " has the fields " + names + ", but " + record.getSimpleName() + " has " + components);
            return;
        }
        Object empty = Yaml.convert(Yaml.tree("{}"), record);
        for (RecordComponent component : record.getRecordComponents()) {
            String name = component.getName();
            if (component.getType() == ObjectMeta.class || !components.contains(name)) {
                continue;
            }
            fields++;
            JsonNode property = schema.path("properties").path(name);
            boolean required = schema.path("required")
                    .valueStream()
                    .anyMatch(n -> n.asString().equals(name));
            presence(property, required, component, empty, path + "." + name);
            value(property, component.getGenericType(), path + "." + name);
        }
    }

    private void presence(JsonNode property, boolean required, RecordComponent component, Object empty, String path) {
        // The time of a condition that was never written is unknown.
        boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
        if (required && nullable && component.getType() != Instant.class) {
            differences.add(path + " is required, but nullable");
        }
        Object absent;
        try {
            component.getAccessor().setAccessible(true);
            absent = component.getAccessor().invoke(empty);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(path, e);
        }
        if (property.has("default") && !DEFAULT_IS_THE_SERVERS.contains(path)) {
            Object expected = Yaml.convert(property.path("default"), component.getGenericType());
            if (!expected.equals(absent)) {
                differences.add(path + " defaults to " + expected + ", but the record says " + absent);
            }
        } else if (!required && absent == null && !nullable) {
            differences.add(path + " may be absent, but is not nullable");
        }
    }

    private void value(JsonNode schema, Type type, String path) {
        String kind = schema.path("x-kubernetes-int-or-string").asBoolean(false)
                ? "quantity"
                : schema.path("type").asString();
        Class<?> raw = type instanceof ParameterizedType p ? (Class<?>) p.getRawType() : (Class<?>) type;
        switch (kind) {
            case "quantity" -> expect(path, raw, Quantity.class);
            case "string" -> {
                if (schema.path("format").asString("").equals("date-time")) {
                    expect(path, raw, Instant.class);
                } else if (schema.path("pattern").asString("").contains("Never")) {
                    expect(path, raw, NillableDuration.class);
                } else {
                    expect(path, raw, String.class);
                }
            }
            case "integer" -> {
                if (schema.path("format").asString("").equals("int64")) {
                    expect(path, raw, Long.class, long.class);
                } else {
                    expect(path, raw, Integer.class);
                }
            }
            case "array" -> {
                expect(path, raw, List.class);
                value(schema.path("items"), ((ParameterizedType) type).getActualTypeArguments()[0], path + "[]");
            }
            case "object" -> {
                if (schema.has("additionalProperties")) {
                    expect(path, raw, Map.class);
                    value(
                            schema.path("additionalProperties"),
                            ((ParameterizedType) type).getActualTypeArguments()[1],
                            path + "{}");
                } else {
                    object(schema, raw, path);
                }
            }
            default -> differences.add(path + " has the type " + kind + ", which no record field can hold");
        }
    }

    private void expect(String path, Class<?> actual, Class<?>... allowed) {
        if (!Set.of(allowed).contains(actual)) {
            differences.add(path + " needs " + Arrays.toString(allowed) + ", but is " + actual);
        }
    }
}
