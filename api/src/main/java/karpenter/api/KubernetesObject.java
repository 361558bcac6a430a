package karpenter.api;

/** What all stored objects share. */
public interface KubernetesObject {
    ObjectMeta metadata();

    default String name() {
        return metadata().name();
    }
}
