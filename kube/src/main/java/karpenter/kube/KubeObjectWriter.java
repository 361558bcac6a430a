package karpenter.kube;

import java.time.Duration;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.ResourceKind;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import karpenter.kube.decode.Json;
import karpenter.kube.decode.NodeDecoder;
import karpenter.kube.decode.WatchDecoder;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.ResourcePath;
import karpenter.runtime.LeaderGate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes one kind. A patch carries the difference of the two versions' JSON and the object's uid, so that it never lands on
 * another object that has taken the name; with a lock also the resourceVersion. Any thread.
 */
final class KubeObjectWriter<T extends KubernetesObject> implements ObjectWriter<T> {
    static final Duration DEADLINE = Duration.ofSeconds(10);

    /** The members of metadata that are the server's. */
    private static final String[] SERVER_METADATA = {
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp"
    };

    private final ApiClient api;
    private final ResourceKind<T> kind;
    private final ResourcePath path;
    private final LeaderGate gate;
    private final WatchDecoder decoder;

    KubeObjectWriter(ApiClient api, ResourceKind<T> kind, LeaderGate gate, WatchDecoder decoder) {
        this.api = api;
        this.kind = kind;
        this.path = ResourcePath.of(kind);
        this.gate = gate;
        this.decoder = decoder;
    }

    @Override
    public WriteResult<T> create(T object) {
        gate.require();
        ObjectNode tree = encode(object);
        tree.put("apiVersion", kind.apiVersion());
        tree.put("kind", kind.kind());
        removeServerMetadata(tree);
        Call call = Call.create(path, object.metadata().namespace(), tree.toString());
        return WriteAnswers.of(api.call(call, DEADLINE), this::decode);
    }

    @Override
    public WriteResult<T> patch(T before, T after, Lock lock) {
        ObjectNode from = encode(before);
        ObjectNode to = encode(after);
        for (ObjectNode tree : new ObjectNode[] {from, to}) {
            tree.remove("status");
            removeServerMetadata(tree);
        }
        return send(MergePatch.between(from, to), before, after, "", lock);
    }

    @Override
    public WriteResult<T> patchStatus(T before, T after, Lock lock) {
        gate.require();
        JsonNode was = encode(before).path("status");
        ObjectNode change = MergePatch.between(was, encode(after).path("status"));
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        if (!change.isEmpty()) {
            patch.set("status", change);
        }
        if (lock == Lock.RESOURCE_VERSION || change.isEmpty()) {
            return send(patch, before, after, "status", lock);
        }
        ObjectMeta metadata = before.metadata();
        if (was.isEmpty() || metadata.uid().isEmpty()) {
            // There may be no status yet that members could be added to: the first write insists on the version.
            return send(patch, before, after, "status", Lock.RESOURCE_VERSION);
        }
        String operations = GuardedPatch.ofStatus(metadata.uid(), was, change).toString();
        Call call = Call.jsonPatch(path, metadata.namespace(), metadata.name(), "status", operations);
        return WriteAnswers.ofGuarded(api.call(call, DEADLINE), this::decode);
    }

    private WriteResult<T> send(ObjectNode patch, T before, T after, String subresource, Lock lock) {
        gate.require();
        if (patch.isEmpty()) {
            return new WriteResult.Written<>(after);
        }
        ObjectMeta metadata = before.metadata();
        ObjectNode preconditions = patch.withObjectProperty("metadata");
        if (!metadata.uid().isEmpty()) {
            preconditions.put("uid", metadata.uid());
        }
        if (lock == Lock.RESOURCE_VERSION) {
            preconditions.put("resourceVersion", metadata.resourceVersion());
        }
        Call call = Call.mergePatch(path, metadata.namespace(), metadata.name(), subresource, patch.toString());
        return WriteAnswers.of(api.call(call, DEADLINE), this::decode);
    }

    @Override
    public WriteResult<T> delete(T object) {
        gate.require();
        ObjectMeta metadata = object.metadata();
        Call call = Call.delete(path, metadata.namespace(), metadata.name(), deleteOptions(metadata.uid(), null));
        return WriteAnswers.of(api.call(call, DEADLINE), answer -> object);
    }

    /** @param grace null for the object's own */
    static String deleteOptions(String uid, @Nullable Duration grace) {
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        options.put("apiVersion", "v1");
        options.put("kind", "DeleteOptions");
        if (grace != null) {
            options.put("gracePeriodSeconds", Math.max(1, grace.toSeconds()));
        }
        if (!uid.isEmpty()) {
            options.putObject("preconditions").put("uid", uid);
        }
        return options.toString();
    }

    private static void removeServerMetadata(ObjectNode tree) {
        if (tree.path("metadata") instanceof ObjectNode metadata) {
            for (String member : SERVER_METADATA) {
                metadata.remove(member);
            }
        }
    }

    private ObjectNode encode(T object) {
        return object instanceof Node node ? NodeDecoder.encode(node) : Json.MAPPER.<ObjectNode>valueToTree(object);
    }

    private T decode(JsonNode stored) {
        return decoder.object(kind, stored);
    }
}
