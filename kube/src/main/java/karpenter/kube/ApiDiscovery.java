package karpenter.kube;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Which kinds the API server serves. Any thread. */
final class ApiDiscovery {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final ApiClient api;
    private final Map<String, List<ResourcePath>> byApiVersion = new ConcurrentHashMap<>();

    ApiDiscovery(ApiClient api) {
        this.api = api;
    }

    /** Where a kind is kept, or null when the server does not serve it; what is known already is not asked again. */
    @Nullable
    ResourcePath find(String apiVersion, String kind) {
        ResourcePath known = find(byApiVersion.getOrDefault(apiVersion, List.of()), kind);
        return known != null ? known : find(served(apiVersion), kind);
    }

    private static @Nullable ResourcePath find(List<ResourcePath> paths, String kind) {
        return paths.stream()
                .filter(path -> path.kind().equals(kind))
                .findFirst()
                .orElse(null);
    }

    /** The kinds of one group and version, asked for now; empty when the server does not serve it. */
    List<ResourcePath> served(String apiVersion) {
        String path = (apiVersion.contains("/") ? "/apis/" : "/api/") + apiVersion;
        return switch (api.call(Call.get(path), DEADLINE)) {
            case Reply.Answered answer
            when answer.ok() -> {
                List<ResourcePath> paths = paths(apiVersion, answer.json());
                byApiVersion.put(apiVersion, paths);
                yield paths;
            }
            case Reply.Answered answer when answer.status() == 404 -> List.of();
            case Reply.Answered answer ->
                throw new Manifests.ManifestException("GET " + path + ": " + answer.message());
            case Reply.Failed(String message) -> throw new Manifests.ManifestException(message);
        };
    }

    private static List<ResourcePath> paths(String apiVersion, JsonNode list) {
        int slash = apiVersion.indexOf('/');
        String group = apiVersion.substring(0, Math.max(0, slash));
        String version = apiVersion.substring(slash + 1);
        return StreamSupport.stream(list.path("resources").spliterator(), false)
                .filter(resource -> !resource.path("name").asString("").contains("/")) // subresources
                .map(resource -> new ResourcePath(
                        group,
                        version,
                        resource.path("kind").asString(""),
                        resource.path("name").asString(""),
                        resource.path("namespaced").asBoolean(false)))
                .toList();
    }
}
