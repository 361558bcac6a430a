package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One cluster with pods to be placed.
 *
 * <p>Nodes are written as they are once they are initialized; annotations say what this controller knows of them ({@link #POOL})
 * and how far they are when the pods come ({@link #BOOTING}).
 *
 * @param title where it comes from: a seed, or a file
 * @param types what can be bought, as the KWOK provider reads it
 * @param objects manifests, in any order
 */
record FidelityCase(String title, List<ObjectNode> types, List<ObjectNode> objects) {
    /** Annotation of a Node: the NodePool that it was launched for; without it nobody here launched it. */
    static final String POOL = "fidelity/pool";

    /** Annotation of a Node of a pool: {@code launched}, {@code joined} or {@code registered}; without it it is initialized. */
    static final String BOOTING = "fidelity/booting";

    FidelityCase {
        types = List.copyOf(types);
        objects = List.copyOf(objects);
    }

    List<ObjectNode> all(String kind) {
        return objects.stream()
                .filter(object -> Trees.kind(object).equals(kind))
                .toList();
    }

    /** Pods without a node. */
    List<ObjectNode> waiting() {
        return all("Pod").stream()
                .filter(pod -> pod.path("spec").path("nodeName").isMissingNode())
                .toList();
    }

    /** Pods with a node. */
    List<ObjectNode> running() {
        return all("Pod").stream()
                .filter(pod -> !pod.path("spec").path("nodeName").isMissingNode())
                .toList();
    }

    FidelityCase with(List<ObjectNode> newTypes, List<ObjectNode> newObjects) {
        return new FidelityCase(title, newTypes, newObjects);
    }

    /** The case as JSON that {@link #parse} reads; one object a line. */
    String text() {
        StringBuilder text = new StringBuilder("{\"title\": ");
        text.append(JsonMapper.shared().writeValueAsString(title));
        lines(text.append(",\n\"types\": ["), types);
        lines(text.append("],\n\"objects\": ["), objects);
        return text.append("]}\n").toString();
    }

    private static void lines(StringBuilder text, List<ObjectNode> objects) {
        String separator = "\n";
        for (ObjectNode object : objects) {
            text.append(separator).append(object);
            separator = ",\n";
        }
    }

    static FidelityCase parse(String text) {
        JsonNode root = JsonMapper.shared().readTree(text);
        return new FidelityCase(root.path("title").asString(""), list(root.path("types")), list(root.path("objects")));
    }

    private static List<ObjectNode> list(JsonNode array) {
        List<ObjectNode> objects = new ArrayList<>();
        array.forEach(item -> objects.add((ObjectNode) item));
        return objects;
    }
}
