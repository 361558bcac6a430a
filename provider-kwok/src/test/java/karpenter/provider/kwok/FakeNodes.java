package karpenter.provider.kwok;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import org.jspecify.annotations.Nullable;

/** An API server's Nodes, as far as the provider can tell: names are unique, finalizers hold deletion, outages can be had. */
final class FakeNodes implements ObjectReader<Node>, ObjectWriter<Node> {
    private final Map<String, Node> stored = new TreeMap<>();
    private int created;
    private int createCalls;
    private int revision;
    private @Nullable String outage;
    private @Nullable String refusal;
    private Runnable duringCreate = () -> {};

    synchronized void outage(@Nullable String message) {
        outage = message;
    }

    synchronized void refuse(@Nullable String message) {
        refusal = message;
    }

    /** Runs once, while a create request is on its way. */
    synchronized void duringNextCreate(Runnable action) {
        duringCreate = action;
    }

    synchronized int created() {
        return created;
    }

    synchronized int createCalls() {
        return createCalls;
    }

    synchronized List<Node> all() {
        return List.copyOf(stored.values());
    }

    synchronized @Nullable Node find(String name) {
        return stored.get(name);
    }

    synchronized void put(Node node) {
        stored.put(node.name(), node);
    }

    synchronized void remove(String name) {
        stored.remove(name);
    }

    /** What registration does: the controller's finalizer holds the node from now on. */
    synchronized void register(String name) {
        stored.computeIfPresent(
                name,
                (key, node) -> node.withMetadata(node.metadata()
                        .withLabel(Labels.REGISTERED, "true")
                        .withFinalizers(List.of(Labels.TERMINATION_FINALIZER))));
    }

    @Override
    public synchronized ReadResult<Node> get(String name) {
        if (outage != null) {
            return new ReadResult.Unavailable<>(outage);
        }
        Node node = stored.get(name);
        return node == null ? new ReadResult.NotFound<>() : new ReadResult.Found<>(node);
    }

    @Override
    public synchronized ReadResult<List<Node>> list() {
        return outage == null ? new ReadResult.Found<>(all()) : new ReadResult.Unavailable<>(outage);
    }

    @Override
    public WriteResult<Node> create(Node node) {
        Runnable meanwhile;
        synchronized (this) {
            meanwhile = duringCreate;
            duringCreate = () -> {};
        }
        meanwhile.run();
        return store(node);
    }

    private synchronized WriteResult<Node> store(Node node) {
        createCalls++;
        if (outage != null) {
            return new WriteResult.Unavailable<>(outage, null);
        }
        if (refusal != null) {
            return new WriteResult.Refused<>(422, refusal);
        }
        if (stored.containsKey(node.name())) {
            return new WriteResult.AlreadyExists<>();
        }
        created++;
        Node complete = node.withMetadata(withServerFields(node.metadata()));
        stored.put(node.name(), complete);
        return new WriteResult.Written<>(complete);
    }

    private ObjectMeta withServerFields(ObjectMeta metadata) {
        revision++;
        return new ObjectMeta(
                metadata.name(),
                "",
                "",
                "node-uid-" + revision,
                Integer.toString(revision),
                1,
                Instant.EPOCH,
                null,
                metadata.labels(),
                metadata.annotations(),
                metadata.finalizers(),
                metadata.ownerReferences());
    }

    @Override
    public synchronized WriteResult<Node> delete(Node node) {
        if (outage != null) {
            return new WriteResult.Unavailable<>(outage, null);
        }
        if (refusal != null) {
            return new WriteResult.Refused<>(403, refusal);
        }
        Node present = stored.get(node.name());
        if (present == null) {
            return new WriteResult.NotFound<>();
        }
        if (!present.metadata().uid().equals(node.metadata().uid())) {
            return new WriteResult.Conflict<>("another uid");
        }
        if (present.metadata().finalizers().isEmpty()) {
            stored.remove(node.name());
        } else {
            stored.put(node.name(), deleting(present));
        }
        return new WriteResult.Written<>(node);
    }

    static Node deleting(Node node) {
        ObjectMeta metadata = node.metadata();
        return node.withMetadata(new ObjectMeta(
                metadata.name(),
                "",
                "",
                metadata.uid(),
                metadata.resourceVersion(),
                metadata.generation(),
                metadata.creationTimestamp(),
                Instant.EPOCH,
                metadata.labels(),
                metadata.annotations(),
                metadata.finalizers(),
                metadata.ownerReferences()));
    }

    @Override
    public WriteResult<Node> patch(Node before, Node after, Lock lock) {
        throw new UnsupportedOperationException("the provider never patches nodes");
    }

    @Override
    public WriteResult<Node> patchStatus(Node before, Node after, Lock lock) {
        throw new UnsupportedOperationException("the provider never patches nodes");
    }
}
