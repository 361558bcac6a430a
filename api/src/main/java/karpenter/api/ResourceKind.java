package karpenter.api;

/**
 * Where the API server keeps a kind, and the record that holds one.
 *
 * @param group empty for core/v1
 * @param plural the path segment, lower case
 */
public record ResourceKind<T extends KubernetesObject>(
        String group, String version, String kind, String plural, boolean namespaced, Class<T> type) {
    /** {@code group/version}, or only the version for the core group. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }
}
