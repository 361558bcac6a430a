package karpenter.kube.http;

/**
 * One request.
 *
 * @param verb as Kubernetes counts it: get, list, watch, create, patch, update or delete
 * @param subresource empty for the object itself
 * @param path with its query
 * @param contentType of the body
 * @param body empty for none
 */
public record Call(
        String verb,
        ResourcePath resource,
        String subresource,
        String method,
        String path,
        String contentType,
        String body) {
    private static final String JSON = "application/json";
    private static final String MERGE_PATCH = "application/merge-patch+json";
    private static final String JSON_PATCH = "application/json-patch+json";
    private static final String APPLY_PATCH = "application/apply-patch+yaml";

    public static Call get(ResourcePath resource, String namespace, String name) {
        return new Call("get", resource, "", "GET", resource.object(namespace, name), JSON, "");
    }

    /** A GET of a path that is no object: versions, lists of kinds. */
    public static Call get(String path) {
        return new Call("get", new ResourcePath("", "", "", "", false), "", "GET", path, JSON, "");
    }

    /** @param query without the question mark */
    public static Call list(ResourcePath resource, String query) {
        return new Call("list", resource, "", "GET", resource.all() + "?" + query, JSON, "");
    }

    /** @param query without the question mark */
    public static Call watch(ResourcePath resource, String query) {
        return new Call("watch", resource, "", "GET", resource.all() + "?" + query, JSON, "");
    }

    public static Call create(ResourcePath resource, String namespace, String body) {
        return new Call("create", resource, "", "POST", resource.in(namespace), JSON, body);
    }

    /** A POST to a subresource of one object. */
    public static Call create(ResourcePath resource, String namespace, String name, String subresource, String body) {
        return new Call(
                "create",
                resource,
                subresource,
                "POST",
                resource.object(namespace, name) + "/" + subresource,
                JSON,
                body);
    }

    /** @param subresource empty for the object itself */
    public static Call mergePatch(
            ResourcePath resource, String namespace, String name, String subresource, String body) {
        return patch(resource, namespace, name, subresource, MERGE_PATCH, body);
    }

    /**
     * @param subresource empty for the object itself
     * @param body list of operations
     */
    public static Call jsonPatch(
            ResourcePath resource, String namespace, String name, String subresource, String body) {
        return patch(resource, namespace, name, subresource, JSON_PATCH, body);
    }

    private static Call patch(
            ResourcePath resource, String namespace, String name, String subresource, String contentType, String body) {
        String object = resource.object(namespace, name);
        return new Call(
                "patch",
                resource,
                subresource,
                "PATCH",
                subresource.isEmpty() ? object : object + "/" + subresource,
                contentType,
                body);
    }

    /** Server-side apply that takes fields over from other managers. */
    public static Call apply(ResourcePath resource, String namespace, String name, String fieldManager, String body) {
        return new Call(
                "apply",
                resource,
                "",
                "PATCH",
                resource.object(namespace, name) + "?force=true&fieldManager=" + fieldManager,
                APPLY_PATCH,
                body);
    }

    /** @param options the DeleteOptions */
    public static Call delete(ResourcePath resource, String namespace, String name, String options) {
        return new Call("delete", resource, "", "DELETE", resource.object(namespace, name), JSON, options);
    }

    /** As messages show it. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
