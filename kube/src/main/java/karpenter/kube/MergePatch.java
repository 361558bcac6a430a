package karpenter.kube;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON merge patches, RFC 7396: null removes a member, objects merge, everything else is replaced whole. */
final class MergePatch {
    private MergePatch() {}

    /** The patch that turns one object into the other; empty when they are equal. */
    static ObjectNode between(JsonNode before, JsonNode after) {
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        for (String name : before.propertyNames()) {
            if (!after.hasNonNull(name) && before.hasNonNull(name)) {
                patch.putNull(name);
            }
        }
        for (Map.Entry<String, JsonNode> member : after.properties()) {
            String name = member.getKey();
            JsonNode is = member.getValue();
            JsonNode was = before.path(name);
            if (is.isNull() || is.equals(was)) {
                continue;
            }
            if (is.isObject() && was.isObject()) {
                ObjectNode inner = between(was, is);
                if (!inner.isEmpty()) {
                    patch.set(name, inner);
                }
            } else {
                patch.set(name, is);
            }
        }
        return patch;
    }
}
