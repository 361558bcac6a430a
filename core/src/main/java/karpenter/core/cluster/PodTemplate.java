package karpenter.core.cluster;

import karpenter.api.ObjectMeta;

/** A core/v1 PodTemplate and the shape that it gives to pods; nobody owns them. */
public record PodTemplate(ObjectMeta metadata, PodShape template) {
    public PodKey key() {
        return new PodKey(metadata.namespace(), metadata.name());
    }
}
