package karpenter.controllers.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.OwnerReference;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeClass;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodTemplate;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.PodEvictor;
import karpenter.core.port.WriteResult;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * An API server in memory: versions, uids, generations, finalizers, garbage collection of owned nodes, and a watch that
 * feeds the image. Times are whole seconds, as the real one stores them.
 *
 * <p>Calls through the ports ({@link Kind}, {@link #evict}, {@link #delete}) are the controller's: they are counted and may
 * fail by plan ({@link Faults}). {@link Kind#put}, {@link Kind#change}, {@link Kind#remove} and the pod methods are the rest
 * of the cluster's and always work.
 */
public final class FakeApiServer implements PodEvictor, EventRecorder {
    /** Where all capacity buffers are. */
    public static final String BUFFER_NAMESPACE = "default";

    private final TimeSource time;
    private final Faults faults;
    private final Map<PodKey, Pod> pods = new TreeMap<>();
    private final Map<String, NodeClass> nodeClasses = new TreeMap<>();
    private final Map<PodKey, PodTemplate> podTemplates = new TreeMap<>();
    private final Map<PodKey, EvictionResult> evictionAnswers = new HashMap<>();
    private final Map<PodKey, Duration> forcedGrace = new TreeMap<>();
    private final List<Event> events = new ArrayList<>();
    private final List<ClusterDelta> held = new ArrayList<>();
    private @Nullable ClusterState state;
    private boolean holding;
    private long version;
    private int uids;

    private final Kind<NodePool> nodePools = new Kind<>(
            "nodepools",
            NodePool::withMetadata,
            (before, after) -> stored ->
                    new NodePool(stored.metadata(), pick(before.spec(), after.spec(), stored.spec()), stored.status()),
            (before, after) -> stored -> stored.withStatus(merged(before.status(), after.status(), stored.status())),
            (a, b) -> a.spec().equals(b.spec()),
            ClusterDelta.NodePoolChanged::new,
            ClusterDelta.NodePoolGone::new);
    private final Kind<NodeClaim> nodeClaims = new Kind<>(
            "nodeclaims",
            NodeClaim::withMetadata,
            (before, after) -> stored -> stored,
            (before, after) -> stored -> stored.withStatus(merged(before.status(), after.status(), stored.status())),
            (a, b) -> a.spec().equals(b.spec()),
            ClusterDelta.NodeClaimChanged::new,
            ClusterDelta.NodeClaimGone::new);
    private final Kind<NodeOverlay> nodeOverlays = new Kind<>(
            "nodeoverlays",
            NodeOverlay::withMetadata,
            (before, after) -> stored -> stored,
            (before, after) -> stored -> stored.withStatus(pick(before.status(), after.status(), stored.status())),
            (a, b) -> a.spec().equals(b.spec()),
            ClusterDelta.NodeOverlayChanged::new,
            ClusterDelta.NodeOverlayGone::new);
    private final Kind<Node> nodes = new Kind<>(
            "nodes",
            Node::withMetadata,
            (before, after) -> stored -> stored.withTaints(pick(before.taints(), after.taints(), stored.taints())),
            (before, after) -> stored -> stored,
            (a, b) -> true,
            ClusterDelta.NodeChanged::new,
            ClusterDelta.NodeGone::new);

    private final Kind<CapacityBuffer> capacityBuffers = new Kind<>(
            "capacitybuffers",
            CapacityBuffer::withMetadata,
            (before, after) -> stored -> stored,
            (before, after) -> stored -> stored.withStatus(pick(before.status(), after.status(), stored.status())),
            (a, b) -> a.spec().equals(b.spec()),
            ClusterDelta.CapacityBufferChanged::new,
            (name, uid) -> new ClusterDelta.CapacityBufferGone(new PodKey(BUFFER_NAMESPACE, name), uid));

    public FakeApiServer(TimeSource time, Faults faults) {
        this.time = time;
        this.faults = faults;
    }

    public Kind<NodePool> nodePools() {
        return nodePools;
    }

    public Kind<NodeClaim> nodeClaims() {
        return nodeClaims;
    }

    public Kind<NodeOverlay> nodeOverlays() {
        return nodeOverlays;
    }

    public Kind<Node> nodes() {
        return nodes;
    }

    public Kind<CapacityBuffer> capacityBuffers() {
        return capacityBuffers;
    }

    /** Lists everything into an image and keeps it up to date from now on; an image connected before hears nothing more. */
    public synchronized void connect(ClusterState image) {
        state = image;
        held.clear();
        holding = false;
        nodePools.objects().forEach(pool -> image.apply(new ClusterDelta.NodePoolChanged(pool)));
        podTemplates.values().forEach(template -> image.apply(new ClusterDelta.PodTemplateChanged(template)));
        capacityBuffers.objects().forEach(buffer -> image.apply(new ClusterDelta.CapacityBufferChanged(buffer)));
        nodeClasses.values().forEach(nodeClass -> image.apply(new ClusterDelta.NodeClassChanged(nodeClass)));
        nodeClaims.objects().forEach(claim -> image.apply(new ClusterDelta.NodeClaimChanged(claim)));
        nodeOverlays.objects().forEach(overlay -> image.apply(new ClusterDelta.NodeOverlayChanged(overlay)));
        nodes.objects().forEach(node -> image.apply(new ClusterDelta.NodeChanged(node)));
        pods.values().forEach(pod -> image.apply(new ClusterDelta.PodChanged(pod)));
        image.apply(new ClusterDelta.Listed());
    }

    /** Lets the watch lag: the image hears of nothing until {@link #deliverWatch}. */
    public synchronized void holdWatch() {
        holding = true;
    }

    /** Delivers what the watch held back, in order, and all further changes at once. */
    public synchronized void deliverWatch() {
        holding = false;
        List<ClusterDelta> late = List.copyOf(held);
        held.clear();
        late.forEach(this::tell);
    }

    /** Delivers any delta, for kinds that this server does not keep. */
    public synchronized void tell(ClusterDelta delta) {
        if (holding) {
            held.add(delta);
        } else if (state != null) {
            state.apply(delta);
        }
    }

    /** Stores a NodeClass, new or changed. */
    public synchronized NodeClass putNodeClass(NodeClass nodeClass) {
        NodeClass stored = new NodeClass(
                nodeClass.group(), nodeClass.kind(), stamped(nodeClass.metadata(), null, true), nodeClass.ready());
        nodeClasses.put(stored.name(), stored);
        tell(new ClusterDelta.NodeClassChanged(stored));
        return stored;
    }

    /** Stores a PodTemplate in the namespace of its shape, new or changed. */
    public synchronized PodTemplate putPodTemplate(String name, PodShape shape) {
        PodKey key = new PodKey(shape.namespace(), name);
        PodTemplate before = podTemplates.get(key);
        PodTemplate stored = new PodTemplate(
                stamped(
                        new ObjectMeta(
                                name,
                                "",
                                shape.namespace(),
                                "",
                                "",
                                0,
                                null,
                                null,
                                Map.of(),
                                Map.of(),
                                List.of(),
                                List.of()),
                        before == null ? null : before.metadata(),
                        true),
                shape);
        podTemplates.put(key, stored);
        tell(new ClusterDelta.PodTemplateChanged(stored));
        return stored;
    }

    public synchronized void removePodTemplate(PodKey key) {
        podTemplates.remove(key);
        tell(new ClusterDelta.PodTemplateGone(key));
    }

    public synchronized void removeNodeClass(String name) {
        NodeClass gone = nodeClasses.remove(name);
        if (gone != null) {
            tell(new ClusterDelta.NodeClassGone(gone.group(), gone.kind(), name));
        }
    }

    /** Stores a pod, new or changed. */
    public synchronized Pod putPod(Pod pod) {
        Pod stored = new Pod(
                pod.key(),
                pod.uid().isEmpty() ? newUid("pod") : pod.uid(),
                newVersion(),
                pod.shape(),
                pod.phase(),
                pod.nodeName(),
                pod.nominatedNodeName(),
                pod.verdict(),
                pod.ready(),
                pod.creationTimestamp(),
                pod.deletionTimestamp(),
                pod.startTime(),
                pod.doNotDisrupt(),
                pod.deletionCost());
        pods.put(stored.key(), stored);
        tell(new ClusterDelta.PodChanged(stored));
        return stored;
    }

    public synchronized @Nullable Pod pod(PodKey key) {
        return pods.get(key);
    }

    public synchronized List<Pod> pods() {
        return List.copyOf(pods.values());
    }

    /** Takes a pod out of the API at once. */
    public synchronized void removePod(PodKey key) {
        Pod gone = pods.remove(key);
        if (gone != null) {
            tell(new ClusterDelta.PodGone(key, gone.uid()));
        }
    }

    /** The kubelets' part: every pod that is being deleted stops and goes. */
    public synchronized void stopTerminatingPods() {
        for (Pod pod : pods()) {
            if (pod.terminating()) {
                removePod(pod.key());
            }
        }
    }

    /** Starts a pod's deletion as a user would, with the pod's own grace. */
    public synchronized void startPodDeletion(PodKey key) {
        Pod pod = Objects.requireNonNull(pods.get(key), () -> "no pod " + key);
        terminate(pod, Duration.ofSeconds(pod.shape().terminationGracePeriodSeconds()));
    }

    /** Answers evictions of this pod with that instead of letting them pass; null takes it back. */
    public synchronized void answerEvictions(PodKey key, @Nullable EvictionResult answer) {
        if (answer == null) {
            evictionAnswers.remove(key);
        } else {
            evictionAnswers.put(key, answer);
        }
    }

    /** The grace each pod was deleted by force with, last one wins. */
    public synchronized Map<PodKey, Duration> forcedGrace() {
        return Map.copyOf(forcedGrace);
    }

    @Override
    public synchronized EvictionResult evict(PodKey key, String uid) {
        Fault fault = faults.arriving("evict pods/" + key);
        EvictionResult refusal = refusal(fault);
        if (refusal != null) {
            return refusal;
        }
        EvictionResult answer = evictionAnswers.get(key);
        if (answer == null) {
            answer = end(key, uid, null);
        }
        faults.answering(fault);
        return fault == Fault.LOST_ANSWER ? new EvictionResult.Failed(500, "the answer was lost") : answer;
    }

    @Override
    public synchronized EvictionResult delete(PodKey key, String uid, Duration grace) {
        Fault fault = faults.arriving("delete pods/" + key);
        EvictionResult refusal = refusal(fault);
        if (refusal != null) {
            return refusal;
        }
        EvictionResult answer = end(key, uid, grace);
        if (answer instanceof EvictionResult.Accepted) {
            forcedGrace.put(key, grace);
        }
        faults.answering(fault);
        return fault == Fault.LOST_ANSWER ? new EvictionResult.Failed(500, "the answer was lost") : answer;
    }

    private static @Nullable EvictionResult refusal(Fault fault) {
        return switch (fault) {
            case CONFLICT -> new EvictionResult.Failed(500, "planned fault");
            case UNAVAILABLE -> new EvictionResult.Failed(503, "planned fault");
            case NONE, LOST_ANSWER, CRASH_BEFORE, CRASH_AFTER -> null;
        };
    }

    private EvictionResult end(PodKey key, String uid, @Nullable Duration grace) {
        Pod pod = pods.get(key);
        if (pod == null) {
            return new EvictionResult.Gone(404);
        }
        if (!pod.uid().equals(uid)) {
            return new EvictionResult.Gone(409);
        }
        terminate(pod, grace == null ? Duration.ofSeconds(pod.shape().terminationGracePeriodSeconds()) : grace);
        return new EvictionResult.Accepted(grace == null ? 201 : 200);
    }

    private void terminate(Pod pod, Duration grace) {
        Instant deadline = now().plus(grace);
        Instant already = pod.deletionTimestamp();
        putPod(new Pod(
                pod.key(),
                pod.uid(),
                pod.resourceVersion(),
                pod.shape(),
                pod.phase(),
                pod.nodeName(),
                pod.nominatedNodeName(),
                pod.verdict(),
                pod.ready(),
                pod.creationTimestamp(),
                already != null && already.isBefore(deadline) ? already : deadline,
                pod.startTime(),
                pod.doNotDisrupt(),
                pod.deletionCost()));
    }

    @Override
    public synchronized void publish(Event event) {
        events.add(event);
    }

    /** All events in order, repeats included. */
    public synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** The messages of all events of that reason, in order, repeats left out. */
    public synchronized List<String> eventMessages(String reason) {
        return events.stream()
                .filter(event -> event.reason().equals(reason))
                .map(Event::message)
                .distinct()
                .toList();
    }

    private Instant now() {
        return time.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private String newVersion() {
        return Long.toString(++version);
    }

    private String newUid(String prefix) {
        return prefix + "-uid-" + ++uids;
    }

    /** Metadata as stored by a write: a new version, and identity and generation carried over from what was stored. */
    private ObjectMeta stamped(ObjectMeta metadata, @Nullable ObjectMeta stored, boolean newGeneration) {
        Instant created = metadata.creationTimestamp();
        String uid = stored == null ? metadata.uid() : stored.uid();
        long generation = stored == null ? Math.max(1, metadata.generation()) : stored.generation();
        return new ObjectMeta(
                metadata.name(),
                metadata.generateName(),
                metadata.namespace(),
                uid.isEmpty() ? newUid(metadata.name()) : uid,
                newVersion(),
                stored != null && newGeneration ? generation + 1 : generation,
                created == null ? now() : created,
                metadata.deletionTimestamp(),
                metadata.labels(),
                metadata.annotations(),
                metadata.finalizers(),
                metadata.ownerReferences());
    }

    private static <V> V pick(V before, V after, V stored) {
        return Objects.equals(before, after) ? stored : after;
    }

    private static Map<String, String> mergedMap(
            Map<String, String> before, Map<String, String> after, Map<String, String> stored) {
        Map<String, String> result = new TreeMap<>(stored);
        Set<String> keys = new HashSet<>(before.keySet());
        keys.addAll(after.keySet());
        for (String key : keys) {
            String value = after.get(key);
            if (!Objects.equals(before.get(key), value)) {
                if (value == null) {
                    result.remove(key);
                } else {
                    result.put(key, value);
                }
            }
        }
        return result;
    }

    private static ObjectMeta merged(ObjectMeta before, ObjectMeta after, ObjectMeta stored) {
        return stored.withLabels(mergedMap(before.labels(), after.labels(), stored.labels()))
                .withAnnotations(mergedMap(before.annotations(), after.annotations(), stored.annotations()))
                .withFinalizers(pick(before.finalizers(), after.finalizers(), stored.finalizers()))
                .withOwnerReferences(pick(before.ownerReferences(), after.ownerReferences(), stored.ownerReferences()));
    }

    private static NodeClaim.Status merged(NodeClaim.Status before, NodeClaim.Status after, NodeClaim.Status stored) {
        Instant podEvent = pick(
                        new Maybe(before.lastPodEventTime()),
                        new Maybe(after.lastPodEventTime()),
                        new Maybe(stored.lastPodEventTime()))
                .time();
        return new NodeClaim.Status(
                pick(before.nodeName(), after.nodeName(), stored.nodeName()),
                pick(before.providerID(), after.providerID(), stored.providerID()),
                pick(before.imageID(), after.imageID(), stored.imageID()),
                pick(before.capacity(), after.capacity(), stored.capacity()),
                pick(before.allocatable(), after.allocatable(), stored.allocatable()),
                wholeSeconds(pick(before.conditions(), after.conditions(), stored.conditions())),
                podEvent == null ? null : podEvent.truncatedTo(ChronoUnit.SECONDS));
    }

    private record Maybe(@Nullable Instant time) {}

    private static NodePool.Status merged(NodePool.Status before, NodePool.Status after, NodePool.Status stored) {
        return new NodePool.Status(
                pick(before.resources(), after.resources(), stored.resources()),
                Objects.equals(before.nodes(), after.nodes()) ? stored.nodes() : after.nodes(),
                Objects.equals(before.nodeClassObservedGeneration(), after.nodeClassObservedGeneration())
                        ? stored.nodeClassObservedGeneration()
                        : after.nodeClassObservedGeneration(),
                wholeSeconds(pick(before.conditions(), after.conditions(), stored.conditions())));
    }

    private static List<Condition> wholeSeconds(List<Condition> conditions) {
        return conditions.stream()
                .map(condition -> {
                    Instant since = condition.lastTransitionTime();
                    return new Condition(
                            condition.type(),
                            condition.status(),
                            condition.reason(),
                            condition.message(),
                            since == null ? null : since.truncatedTo(ChronoUnit.SECONDS),
                            condition.observedGeneration());
                })
                .toList();
    }

    /** One kind's objects. The port methods are the controller's, the others the rest of the cluster's. */
    public final class Kind<T extends KubernetesObject> implements ObjectWriter<T>, ObjectReader<T> {
        private final String plural;
        private final BiFunction<T, ObjectMeta, T> withMetadata;
        private final BiFunction<T, T, UnaryOperator<T>> specPatch;
        private final BiFunction<T, T, UnaryOperator<T>> statusPatch;
        private final BiFunction<T, T, Boolean> sameSpec;
        private final Function<T, ClusterDelta> changed;
        private final BiFunction<String, String, ClusterDelta> gone;
        private final Map<String, T> stored = new TreeMap<>();

        private Kind(
                String plural,
                BiFunction<T, ObjectMeta, T> withMetadata,
                BiFunction<T, T, UnaryOperator<T>> specPatch,
                BiFunction<T, T, UnaryOperator<T>> statusPatch,
                BiFunction<T, T, Boolean> sameSpec,
                Function<T, ClusterDelta> changed,
                BiFunction<String, String, ClusterDelta> gone) {
            this.plural = plural;
            this.withMetadata = withMetadata;
            this.specPatch = specPatch;
            this.statusPatch = statusPatch;
            this.sameSpec = sameSpec;
            this.changed = changed;
            this.gone = gone;
        }

        /** What the server stores under that name, which must exist. */
        public T stored(String name) {
            return Objects.requireNonNull(find(name), () -> "no " + plural + "/" + name + " among " + stored.keySet());
        }

        public @Nullable T find(String name) {
            synchronized (FakeApiServer.this) {
                return stored.get(name);
            }
        }

        /** All objects by name. */
        public List<T> objects() {
            synchronized (FakeApiServer.this) {
                return List.copyOf(stored.values());
            }
        }

        /** Stores an object as it is, new or changed; uid, creation time and generation are given when missing. */
        public T put(T object) {
            synchronized (FakeApiServer.this) {
                T before = stored.get(object.name());
                ObjectMeta metadata = stamped(
                        object.metadata(),
                        before == null ? null : before.metadata(),
                        before != null && !sameSpec.apply(before, object));
                return store(withMetadata.apply(object, metadata));
            }
        }

        /** Changes a stored object. */
        public T change(String name, UnaryOperator<T> how) {
            synchronized (FakeApiServer.this) {
                return put(how.apply(stored(name)));
            }
        }

        /** Takes an object out at once, whatever its finalizers. */
        public void remove(String name) {
            synchronized (FakeApiServer.this) {
                T object = stored.get(name);
                if (object != null) {
                    vanish(object);
                }
            }
        }

        /** Starts deletion as a user would. */
        public void startDeletion(String name) {
            synchronized (FakeApiServer.this) {
                end(stored(name));
            }
        }

        @Override
        public WriteResult<T> create(T object) {
            synchronized (FakeApiServer.this) {
                String name =
                        object.name().isEmpty() ? object.metadata().generateName() + "g" + (uids + 1) : object.name();
                return call("create", name, () -> {
                    if (stored.containsKey(name)) {
                        return new WriteResult.AlreadyExists<>();
                    }
                    ObjectMeta metadata = object.metadata();
                    return new WriteResult.Written<>(store(withMetadata.apply(
                            object, stamped(metadata.withName(name).withResourceVersion(""), null, true))));
                });
            }
        }

        @Override
        public WriteResult<T> patch(T before, T after, Lock lock) {
            return patch("patch", before, after, lock, current -> {
                ObjectMeta metadata = merged(before.metadata(), after.metadata(), current.metadata());
                return withMetadata.apply(specPatch.apply(before, after).apply(current), metadata);
            });
        }

        @Override
        public WriteResult<T> patchStatus(T before, T after, Lock lock) {
            return patch("patch status", before, after, lock, statusPatch.apply(before, after));
        }

        private WriteResult<T> patch(String verb, T before, T after, Lock lock, UnaryOperator<T> how) {
            synchronized (FakeApiServer.this) {
                if (how.apply(before).equals(before)) {
                    return new WriteResult.Written<>(after);
                }
                return call(verb, before.name(), () -> {
                    T current = stored.get(before.name());
                    if (current == null) {
                        return new WriteResult.NotFound<>();
                    }
                    if (!current.metadata().uid().equals(before.metadata().uid())) {
                        return new WriteResult.Conflict<>("another object has the name " + before.name());
                    }
                    if (lock == Lock.RESOURCE_VERSION
                            && !current.metadata()
                                    .resourceVersion()
                                    .equals(before.metadata().resourceVersion())) {
                        return new WriteResult.Conflict<>(before.name() + " was changed meanwhile");
                    }
                    T next = how.apply(current);
                    return new WriteResult.Written<>(store(withMetadata.apply(
                            next, stamped(next.metadata(), current.metadata(), !sameSpec.apply(current, next)))));
                });
            }
        }

        @Override
        public WriteResult<T> delete(T object) {
            synchronized (FakeApiServer.this) {
                return call("delete", object.name(), () -> {
                    T current = stored.get(object.name());
                    if (current == null) {
                        return new WriteResult.NotFound<>();
                    }
                    if (!current.metadata().uid().equals(object.metadata().uid())) {
                        return new WriteResult.Conflict<>("another object has the name " + object.name());
                    }
                    end(current);
                    return new WriteResult.Written<>(object);
                });
            }
        }

        @Override
        public ReadResult<T> get(String name) {
            T object = find(name);
            return object == null ? new ReadResult.NotFound<>() : new ReadResult.Found<>(object);
        }

        @Override
        public ReadResult<List<T>> list() {
            return new ReadResult.Found<>(objects());
        }

        private WriteResult<T> call(String verb, String name, java.util.function.Supplier<WriteResult<T>> act) {
            Fault fault = faults.arriving(verb + " " + plural + "/" + name);
            if (fault == Fault.CONFLICT) {
                return new WriteResult.Conflict<>("planned fault");
            }
            if (fault == Fault.UNAVAILABLE) {
                return new WriteResult.Unavailable<>("planned fault", null);
            }
            WriteResult<T> result = act.get();
            faults.answering(fault);
            return fault == Fault.LOST_ANSWER ? new WriteResult.Unavailable<>("the answer was lost", null) : result;
        }

        private T store(T object) {
            ObjectMeta metadata = object.metadata();
            if (metadata.deleting() && metadata.finalizers().isEmpty()) {
                vanish(object);
            } else {
                stored.put(object.name(), object);
                tell(changed.apply(object));
            }
            return object;
        }

        private void vanish(T object) {
            stored.remove(object.name());
            tell(gone.apply(object.name(), object.metadata().uid()));
            collectOwnedNodes(object.metadata().uid());
        }

        private void end(T object) {
            ObjectMeta metadata = object.metadata();
            if (metadata.deleting()) {
                return;
            }
            ObjectMeta deleting = new ObjectMeta(
                    metadata.name(),
                    metadata.generateName(),
                    metadata.namespace(),
                    metadata.uid(),
                    newVersion(),
                    metadata.generation() + 1,
                    metadata.creationTimestamp(),
                    now(),
                    metadata.labels(),
                    metadata.annotations(),
                    metadata.finalizers(),
                    metadata.ownerReferences());
            store(withMetadata.apply(object, deleting));
        }
    }

    /** The garbage collector's part: a node whose owner is gone is deleted. */
    private void collectOwnedNodes(String ownerUid) {
        for (Node node : nodes.objects()) {
            for (OwnerReference owner : node.metadata().ownerReferences()) {
                if (owner.uid().equals(ownerUid)) {
                    nodes.end(node);
                }
            }
        }
    }
}
