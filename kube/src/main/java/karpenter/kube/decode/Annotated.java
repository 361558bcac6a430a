package karpenter.kube.decode;

import java.util.Map;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Decodes the records whose annotations say what their JSON looks like. */
final class Annotated {
    private Annotated() {}

    static <T extends KubernetesObject> T decode(String kind, JsonNode object, Class<T> type) {
        T decoded;
        try {
            decoded = Json.MAPPER.treeToValue(object, type);
        } catch (JacksonException e) {
            throw mistake(kind, object, e);
        }
        return type.cast(trimmed(decoded));
    }

    private static KubernetesObject trimmed(KubernetesObject object) {
        Map<String, String> annotations = object.metadata().annotations();
        Map<String, String> trimmed = Metadata.trimmed(annotations);
        if (trimmed.size() == annotations.size()) {
            return object;
        }
        ObjectMeta metadata = object.metadata().withAnnotations(trimmed);
        return switch (object) {
            case NodePool pool -> pool.withMetadata(metadata);
            case NodeClaim claim -> claim.withMetadata(metadata);
            case NodeOverlay overlay -> overlay.withMetadata(metadata);
            case CapacityBuffer buffer -> buffer.withMetadata(metadata);
            default -> object;
        };
    }

    private static DecodeException mistake(String kind, JsonNode object, JacksonException e) {
        Tree place = Tree.root(kind, object);
        for (JacksonException.Reference step : e.getPath()) {
            String name = step.getPropertyName();
            place = name != null ? place.get(name) : place.items().get(step.getIndex());
        }
        Throwable cause = e.getCause();
        // A record's own complaint names value and cure; Jackson's wrapping names classes.
        return place.mistake(String.valueOf(
                cause instanceof IllegalArgumentException ? cause.getMessage() : e.getOriginalMessage()));
    }
}
