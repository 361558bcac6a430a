package karpenter.kube;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.function.Function;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import karpenter.runtime.LeaseStore;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Keeps the leader's Lease in coordination.k8s.io/v1, as every other leader election does. Any thread. */
final class KubeLeaseStore implements LeaseStore {
    private static final ResourcePath LEASES = new ResourcePath("coordination.k8s.io", "v1", "Lease", "leases", true);
    /** The API's MicroTime wants exactly six digits. */
    private static final DateTimeFormatter MICRO_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final ApiClient api;
    private final String namespace;
    private final String name;

    KubeLeaseStore(ApiClient api, String namespace, String name) {
        this.api = api;
        this.namespace = namespace;
        this.name = name;
    }

    @Override
    public ReadResult read(Duration deadline) {
        return switch (api.call(Call.get(LEASES, namespace, name), deadline)) {
            case Reply.Answered answer when answer.ok() -> found(answer.json());
            case Reply.Answered answer when answer.status() == 404 -> new ReadResult.Absent();
            case Reply.Answered answer -> new ReadResult.Failed(answer.message(), null);
            case Reply.Failed(String message) -> new ReadResult.Failed(message, null);
        };
    }

    private static ReadResult found(JsonNode stored) {
        JsonNode spec = stored.path("spec");
        try {
            Lease lease = new Lease(
                    spec.path("holderIdentity").asString(""),
                    Duration.ofSeconds(spec.path("leaseDurationSeconds").asLong(0)),
                    time(spec.path("acquireTime")),
                    time(spec.path("renewTime")),
                    spec.path("leaseTransitions").asInt(0));
            return new ReadResult.Found(lease, version(stored));
        } catch (DateTimeParseException e) {
            return new ReadResult.Failed("The lease holds a time that is none: " + e.getParsedString(), e);
        }
    }

    private static Instant time(JsonNode place) {
        String text = place.asString("");
        return text.isEmpty() ? Instant.EPOCH : Instant.parse(text);
    }

    private static String version(JsonNode stored) {
        return stored.path("metadata").path("resourceVersion").asString("");
    }

    @Override
    public WriteResult create(Lease lease, Duration deadline) {
        ObjectNode body = body(lease);
        body.put("apiVersion", LEASES.apiVersion());
        body.put("kind", LEASES.kind());
        body.putObject("metadata").put("name", name).put("namespace", namespace);
        return written(api.call(Call.create(LEASES, namespace, body.toString()), deadline), WriteResult.Written::new);
    }

    @Override
    public WriteResult update(Lease lease, String resourceVersion, Duration deadline) {
        ObjectNode patch = body(lease);
        patch.putObject("metadata").put("resourceVersion", resourceVersion);
        return written(
                api.call(Call.mergePatch(LEASES, namespace, name, "", patch.toString()), deadline),
                WriteResult.Written::new);
    }

    private static ObjectNode body(Lease lease) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode spec = body.putObject("spec");
        spec.put("holderIdentity", lease.holder());
        // The API refuses 0; a lease that is given up is written with the shortest duration.
        spec.put("leaseDurationSeconds", Math.max(1, lease.duration().toSeconds()));
        spec.put("acquireTime", MICRO_TIME.format(lease.acquireTime()));
        spec.put("renewTime", MICRO_TIME.format(lease.renewTime()));
        spec.put("leaseTransitions", lease.transitions());
        return body;
    }

    private static WriteResult written(Reply reply, Function<String, WriteResult> written) {
        return switch (reply) {
            case Reply.Answered answer when answer.ok() -> written.apply(version(answer.json()));
            // Deleted since it was read counts as changed since: read again.
            case Reply.Answered answer
            when answer.status() == 409 || answer.status() == 404 -> new WriteResult.Conflict();
            case Reply.Answered answer -> new WriteResult.Failed(answer.message(), null);
            case Reply.Failed(String message) -> new WriteResult.Failed(message, null);
        };
    }
}
