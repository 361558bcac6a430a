package karpenter.kube;

import java.util.Map;
import karpenter.core.cluster.PodKey;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.port.ScalableReader;
import karpenter.kube.decode.DecodeException;
import karpenter.kube.decode.WatchDecoder;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;

/** Reads Deployments, StatefulSets and ReplicaSets. Any thread. */
final class KubeScalableReader implements ScalableReader {
    private static final Map<String, ResourcePath> PATHS = Map.of(
            "Deployment", new ResourcePath("apps", "v1", "Deployment", "deployments", true),
            "StatefulSet", new ResourcePath("apps", "v1", "StatefulSet", "statefulsets", true),
            "ReplicaSet", new ResourcePath("apps", "v1", "ReplicaSet", "replicasets", true));

    private final ApiClient api;
    private final WatchDecoder decoder;

    KubeScalableReader(ApiClient api, WatchDecoder decoder) {
        this.api = api;
        this.decoder = decoder;
    }

    @Override
    public ReadResult<Scalable> read(String kind, PodKey key) {
        ResourcePath path = PATHS.get(kind);
        if (path == null) {
            throw new IllegalArgumentException(kind + " has no pod template that is known here");
        }
        Call call = Call.get(path, key.namespace(), key.name());
        return switch (api.call(call, KubeObjectWriter.DEADLINE)) {
            case Reply.Answered answer when answer.ok() -> decoded(kind, answer);
            case Reply.Answered answer when answer.status() == 404 -> new ReadResult.NotFound<>();
            case Reply.Answered answer -> new ReadResult.Unavailable<>(call + ": " + answer.message());
            case Reply.Failed(String message) -> new ReadResult.Unavailable<>(message);
        };
    }

    private ReadResult<Scalable> decoded(String kind, Reply.Answered answer) {
        try {
            return new ReadResult.Found<>(decoder.scalable(kind, answer.json()));
        } catch (DecodeException unreadable) {
            return new ReadResult.Unavailable<>(String.valueOf(unreadable.getMessage()));
        }
    }
}
