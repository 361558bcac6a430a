package karpenter.kube.http;

import karpenter.api.ResourceKind;

/**
 * Where the API server keeps a kind.
 *
 * @param group empty for the core group
 * @param plural the path segment, lower case
 */
public record ResourcePath(String group, String version, String kind, String plural, boolean namespaced) {
    public static ResourcePath of(ResourceKind<?> kind) {
        return new ResourcePath(kind.group(), kind.version(), kind.kind(), kind.plural(), kind.namespaced());
    }

    /** {@code group/version}, or only the version for the core group. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** {@code plural.group/version}, as messages name the kind. */
    public String text() {
        return group.isEmpty() ? plural + "/" + version : plural + "." + group + "/" + version;
    }

    /** The path of all objects of the kind, in all namespaces. */
    public String all() {
        return root() + "/" + plural;
    }

    /** The path of the objects in a namespace; the namespace is ignored for kinds that have none. */
    public String in(String namespace) {
        return namespaced ? root() + "/namespaces/" + namespace + "/" + plural : all();
    }

    public String object(String namespace, String name) {
        return in(namespace) + "/" + name;
    }

    private String root() {
        return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    }
}
