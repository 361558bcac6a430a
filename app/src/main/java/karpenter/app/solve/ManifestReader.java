package karpenter.app.solve;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads files into manifests: YAML with any number of documents, JSON with any number of objects, Lists of either taken
 * apart. Knows nothing of what the objects mean.
 */
final class ManifestReader {
    /** Numbers keep their digits: a quantity of 0.1 is exact. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Problems problems;

    ManifestReader(Problems problems) {
        this.problems = problems;
    }

    /** The manifests of a file in the order of writing. */
    List<SourceManifest> read(ManifestFile file) {
        List<@Nullable JsonNode> documents = documents(file);
        List<SourceManifest> manifests = new ArrayList<>();
        int filled = (int) documents.stream().filter(ManifestReader::isFilled).count();
        for (int i = 0; i < documents.size(); i++) {
            JsonNode document = documents.get(i);
            if (document != null && isFilled(document)) {
                add(manifests, new Place(file, i, filled > 1 ? documents.size() : 1, ""), document, false);
            }
        }
        return manifests;
    }

    private static boolean isFilled(@Nullable JsonNode document) {
        return document != null && !document.isNull() && !(document.isObject() && document.isEmpty());
    }

    private List<@Nullable JsonNode> documents(ManifestFile file) {
        String start = file.text().stripLeading();
        boolean json = file.label().endsWith(".json");
        if (json || start.startsWith("{") || start.startsWith("[")) {
            List<@Nullable JsonNode> documents = new ArrayList<>();
            try (MappingIterator<JsonNode> objects =
                    JSON.readerFor(JsonNode.class).readValues(file.text())) {
                objects.forEachRemaining(documents::add);
                return documents;
            } catch (JacksonException e) {
                if (json) {
                    problems.error(file.label() + ":" + e.getLocation().getLineNr() + ": not JSON: "
                            + e.getOriginalMessage() + " (column "
                            + e.getLocation().getColumnNr()
                            + "); correct the line, or name the file .yaml");
                    return List.of();
                }
            }
        }
        return switch (YamlTree.parse(file.text())) {
            case YamlTree.Parsed.Trees(List<@Nullable JsonNode> trees) -> trees;
            case YamlTree.Parsed.Malformed(int line, int column, String reason) -> {
                problems.error(file.label() + (line == 0 ? "" : ":" + line) + ": not YAML: " + reason
                        + (column == 0 ? "" : " (column " + column + ")") + "; correct the line");
                yield List.of();
            }
        };
    }

    private record Place(ManifestFile file, int document, int documents, String itemPath) {
        Place item(int index) {
            String path = "items[" + index + "]";
            return new Place(file, document, documents, itemPath.isEmpty() ? path : itemPath + "." + path);
        }
    }

    private void add(List<SourceManifest> manifests, Place place, JsonNode tree, boolean inList) {
        SourceManifest manifest = new SourceManifest(
                place.file(),
                place.document(),
                place.documents(),
                place.itemPath(),
                text(tree, "apiVersion"),
                text(tree, "kind"),
                text(tree.path("metadata"), "namespace"),
                text(tree.path("metadata"), "name"),
                tree);
        if (tree.isArray() && !inList) {
            problems.error(manifest.place("")
                    + ": a list where an object should be; write one document for each object, or a List with items");
            return;
        }
        if (!tree.isObject()) {
            problems.error(manifest.place("") + ": " + SourceManifest.shown(tree)
                    + " is not a manifest; write apiVersion, kind, metadata and spec");
            return;
        }
        boolean typeless = manifest.kind().isEmpty() || manifest.apiVersion().isEmpty();
        if (typeless && !place.file().named()) {
            problems.note(manifest.place("") + ": skipped: it has no apiVersion or no kind, so it is not a manifest");
            return;
        }
        JsonNode items = tree.path("items");
        if (manifest.kind().endsWith("List") && items.isArray()) {
            for (int i = 0; i < items.size(); i++) {
                add(manifests, place.item(i), typed(manifest, items.get(i)), true);
            }
            return;
        }
        if (typeless) {
            String missing = manifest.kind().isEmpty() ? "kind" : "apiVersion";
            problems.error(
                    manifest.where("") + ": " + missing + ": missing; write for example apiVersion: v1 and kind: Pod");
            return;
        }
        manifests.add(manifest);
    }

    /** Members of a typed list such as PodList may leave out what the list's own kind says. */
    private static JsonNode typed(SourceManifest list, JsonNode item) {
        if (list.kind().equals("List") || !item.isObject() || item.has("kind")) {
            return item;
        }
        return ((ObjectNode) item)
                .put("apiVersion", list.apiVersion())
                .put("kind", list.kind().substring(0, list.kind().length() - "List".length()));
    }

    private static String text(JsonNode object, String name) {
        JsonNode value = object.isObject() ? object.path(name) : MissingNode.getInstance();
        return value.isString() ? value.asString() : "";
    }
}
