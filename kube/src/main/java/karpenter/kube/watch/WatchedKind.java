package karpenter.kube.watch;

import java.util.function.Function;
import karpenter.api.ObjectMeta;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.PodKey;
import karpenter.kube.http.ResourcePath;
import tools.jackson.databind.JsonNode;

/**
 * A kind to watch, and what to make of its objects.
 *
 * @param key namespace (or empty) and name
 * @param uid empty where the record keeps none; then a re-created object looks changed
 */
record WatchedKind<R>(
        ResourcePath resource,
        Function<JsonNode, R> decode,
        Function<R, PodKey> key,
        Function<R, String> uid,
        Function<R, ClusterDelta> changed,
        Function<R, ClusterDelta> gone) {

    static PodKey key(ObjectMeta metadata) {
        return new PodKey(metadata.namespace(), metadata.name());
    }
}
