package karpenter.kube;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import karpenter.api.KubernetesObject;
import karpenter.api.ResourceKind;
import karpenter.core.port.ObjectReader;
import karpenter.kube.decode.WatchDecoder;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import tools.jackson.databind.JsonNode;

/** Reads one kind. A namespaced object is asked for as {@code namespace/name}. Any thread. */
final class KubeObjectReader<T extends KubernetesObject> implements ObjectReader<T> {
    private static final int PAGE_SIZE = 500;

    private final ApiClient api;
    private final ResourceKind<T> kind;
    private final ResourcePath path;
    private final WatchDecoder decoder;

    KubeObjectReader(ApiClient api, ResourceKind<T> kind, WatchDecoder decoder) {
        this.api = api;
        this.kind = kind;
        this.path = ResourcePath.of(kind);
        this.decoder = decoder;
    }

    @Override
    public ReadResult<T> get(String name) {
        int slash = name.indexOf('/');
        Call call = Call.get(path, name.substring(0, Math.max(0, slash)), name.substring(slash + 1));
        return switch (api.call(call, KubeObjectWriter.DEADLINE)) {
            case Reply.Answered answer when answer.ok() -> new ReadResult.Found<>(decoder.object(kind, answer.json()));
            case Reply.Answered answer when answer.status() == 404 -> new ReadResult.NotFound<>();
            case Reply.Answered answer -> new ReadResult.Unavailable<>(call + ": " + answer.message());
            case Reply.Failed(String message) -> new ReadResult.Unavailable<>(message);
        };
    }

    @Override
    public ReadResult<List<T>> list() {
        List<T> objects = new ArrayList<>();
        String next = "";
        do {
            Call call = Call.list(
                    path,
                    "limit=" + PAGE_SIZE
                            + (next.isEmpty() ? "" : "&continue=" + URLEncoder.encode(next, StandardCharsets.UTF_8)));
            switch (api.call(call, KubeObjectWriter.DEADLINE)) {
                case Reply.Answered answer
                when answer.ok() -> {
                    JsonNode page = answer.json();
                    page.path("items").forEach(item -> objects.add(decoder.object(kind, item)));
                    next = page.path("metadata").path("continue").asString("");
                }
                case Reply.Answered answer
                when answer.status() == 404 -> {
                    return new ReadResult.NotFound<>();
                }
                case Reply.Answered answer -> {
                    return new ReadResult.Unavailable<>(call + ": " + answer.message());
                }
                case Reply.Failed(String message) -> {
                    return new ReadResult.Unavailable<>(message);
                }
            }
        } while (!next.isEmpty());
        return new ReadResult.Found<>(List.copyOf(objects));
    }
}
