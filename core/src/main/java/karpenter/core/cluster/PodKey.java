package karpenter.core.cluster;

/** Names one pod slot; a pod that is deleted and made again under the same name has another uid. */
public record PodKey(String namespace, String name) implements Comparable<PodKey> {
    @Override
    public int compareTo(PodKey other) {
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }

    /** {@code namespace/name}, as logs and events write it. */
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
