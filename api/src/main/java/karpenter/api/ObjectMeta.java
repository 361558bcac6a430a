package karpenter.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Kubernetes object metadata, the part a controller reads and writes.
 *
 * @param name empty until the API server generated it from {@code generateName}
 * @param namespace empty for cluster-scoped kinds
 * @param resourceVersion empty for an object not yet stored
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record ObjectMeta(
        String name,
        String generateName,
        String namespace,
        String uid,
        String resourceVersion,
        long generation,
        @Nullable Instant creationTimestamp,
        @Nullable Instant deletionTimestamp,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<String> finalizers,
        List<OwnerReference> ownerReferences) {

    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public ObjectMeta {
        name = name == null ? "" : name;
        generateName = generateName == null ? "" : generateName;
        namespace = namespace == null ? "" : namespace;
        uid = uid == null ? "" : uid;
        resourceVersion = resourceVersion == null ? "" : resourceVersion;
        labels = labels == null ? Map.of() : Map.copyOf(labels);
        annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
        finalizers = finalizers == null ? List.of() : List.copyOf(finalizers);
        ownerReferences = ownerReferences == null ? List.of() : List.copyOf(ownerReferences);
    }

    /** Metadata of an object that has only a name. */
    public static ObjectMeta named(String name) {
        return new ObjectMeta(name, "", "", "", "", 0, null, null, Map.of(), Map.of(), List.of(), List.of());
    }

    /** Whether deletion was requested; finalizers may still hold the object. */
    public boolean deleting() {
        return deletionTimestamp != null;
    }

    public boolean hasFinalizer(String finalizer) {
        return finalizers.contains(finalizer);
    }

    public ObjectMeta withName(String newName) {
        return new ObjectMeta(
                newName,
                generateName,
                namespace,
                uid,
                resourceVersion,
                generation,
                creationTimestamp,
                deletionTimestamp,
                labels,
                annotations,
                finalizers,
                ownerReferences);
    }

    public ObjectMeta withLabels(Map<String, String> newLabels) {
        return new ObjectMeta(
                name,
                generateName,
                namespace,
                uid,
                resourceVersion,
                generation,
                creationTimestamp,
                deletionTimestamp,
                newLabels,
                annotations,
                finalizers,
                ownerReferences);
    }

    /** This metadata with one label set. */
    public ObjectMeta withLabel(String key, String value) {
        Map<String, String> merged = new TreeMap<>(labels);
        merged.put(key, value);
        return withLabels(merged);
    }

    public ObjectMeta withAnnotations(Map<String, String> newAnnotations) {
        return new ObjectMeta(
                name,
                generateName,
                namespace,
                uid,
                resourceVersion,
                generation,
                creationTimestamp,
                deletionTimestamp,
                labels,
                newAnnotations,
                finalizers,
                ownerReferences);
    }

    /** This metadata with one annotation set. */
    public ObjectMeta withAnnotation(String key, String value) {
        Map<String, String> merged = new TreeMap<>(annotations);
        merged.put(key, value);
        return withAnnotations(merged);
    }

    public ObjectMeta withFinalizers(List<String> newFinalizers) {
        return new ObjectMeta(
                name,
                generateName,
                namespace,
                uid,
                resourceVersion,
                generation,
                creationTimestamp,
                deletionTimestamp,
                labels,
                annotations,
                newFinalizers,
                ownerReferences);
    }

    /** This metadata with a finalizer added at the end, unchanged when it is there already. */
    public ObjectMeta withFinalizer(String finalizer) {
        if (hasFinalizer(finalizer)) {
            return this;
        }
        List<String> longer = new ArrayList<>(finalizers);
        longer.add(finalizer);
        return withFinalizers(longer);
    }

    public ObjectMeta withoutFinalizer(String finalizer) {
        return withFinalizers(
                finalizers.stream().filter(f -> !f.equals(finalizer)).toList());
    }

    public ObjectMeta withOwnerReferences(List<OwnerReference> references) {
        return new ObjectMeta(
                name,
                generateName,
                namespace,
                uid,
                resourceVersion,
                generation,
                creationTimestamp,
                deletionTimestamp,
                labels,
                annotations,
                finalizers,
                references);
    }

    public ObjectMeta withResourceVersion(String version) {
        return new ObjectMeta(
                name,
                generateName,
                namespace,
                uid,
                version,
                generation,
                creationTimestamp,
                deletionTimestamp,
                labels,
                annotations,
                finalizers,
                ownerReferences);
    }
}
