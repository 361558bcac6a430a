package karpenter.kube;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON patches, RFC 6902, that test the object's uid before they change anything. A merge patch can't: where the server takes
 * no metadata from the patch, as with the status of a custom resource, a uid in it has no effect.
 */
final class GuardedPatch {
    private GuardedPatch() {}

    /**
     * What a merge patch of the status would do, on this object only.
     *
     * @param before the status that the change was computed from; what it has is taken to be there still
     * @param change a merge patch of the status
     */
    static ArrayNode ofStatus(String uid, JsonNode before, ObjectNode change) {
        ArrayNode operations = JsonNodeFactory.instance.arrayNode();
        operations.addObject().put("op", "test").put("path", "/metadata/uid").put("value", uid);
        add(operations, "/status", before, change);
        return operations;
    }

    private static void add(ArrayNode operations, String path, JsonNode before, ObjectNode change) {
        for (Map.Entry<String, JsonNode> member : change.properties()) {
            String at = path + "/" + member.getKey().replace("~", "~0").replace("/", "~1");
            JsonNode value = member.getValue();
            JsonNode was = before.path(member.getKey());
            if (value instanceof ObjectNode inner && was.isObject() && !was.isEmpty()) {
                add(operations, at, was, inner);
                continue;
            }
            // Replaces as well, so that it does not matter what others have done to the member since.
            operations.addObject().put("op", "add").put("path", at).set("value", value);
            if (value.isNull()) {
                operations.addObject().put("op", "remove").put("path", at);
            }
        }
    }
}
