package karpenter.core.cluster;

import java.util.Map;

/** A namespace's labels, which affinity terms select by. */
public record Namespace(String name, Map<String, String> labels) {
    /** The label that the API server gives every namespace: its name. */
    public static final String NAME_LABEL = "kubernetes.io/metadata.name";

    public Namespace {
        labels = Map.copyOf(labels);
    }
}
