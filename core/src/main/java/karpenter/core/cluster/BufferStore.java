package karpenter.core.cluster;

import java.util.HashMap;
import java.util.Map;
import karpenter.api.autoscaling.CapacityBuffer;
import org.jspecify.annotations.Nullable;

/** The part of the image that CapacityBuffers are made of. Guarded by its owner. */
final class BufferStore {
    private final Map<PodKey, CapacityBuffer> buffers = new HashMap<>();
    private final Map<PodKey, PodTemplate> templates = new HashMap<>();

    boolean apply(ClusterDelta.OfBuffers delta) {
        return switch (delta) {
            case ClusterDelta.CapacityBufferChanged(CapacityBuffer buffer) ->
                !buffer.equals(buffers.put(keyOf(buffer), buffer));
            case ClusterDelta.CapacityBufferGone(PodKey key, String uid) -> buffers.remove(key) != null;
            case ClusterDelta.PodTemplateChanged(PodTemplate template) ->
                !template.equals(templates.put(template.key(), template));
            case ClusterDelta.PodTemplateGone(PodKey key) -> templates.remove(key) != null;
        };
    }

    static PodKey keyOf(CapacityBuffer buffer) {
        return new PodKey(buffer.metadata().namespace(), buffer.name());
    }

    @Nullable
    CapacityBuffer buffer(PodKey key) {
        return buffers.get(key);
    }

    @Nullable
    PodTemplate template(PodKey key) {
        return templates.get(key);
    }

    Map<PodKey, CapacityBuffer> buffers() {
        return Map.copyOf(buffers);
    }
}
