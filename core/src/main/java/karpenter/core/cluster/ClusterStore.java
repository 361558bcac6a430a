package karpenter.core.cluster;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import org.jspecify.annotations.Nullable;

/**
 * The mutable image behind the snapshots.
 *
 * <p>Method: maps by name, plus the marks and nominations that live only here. {@link #snapshot()} rebuilds the
 * {@link NodeState} of machines that a delta touched since the last snapshot and shares all others.
 *
 * <p>A delta from this controller's own write and the watch's echo of it arrive in either order: an object whose
 * resourceVersion is not newer than the stored one of the same uid is dropped, so the image never goes back in time. For the
 * same reason the uids of the latest deletions are remembered: the answer to a write can arrive after the watch has said that
 * the object is gone.
 *
 * <p>Concurrency: none of its own; one owner calls it under a lock. Complexity: a delta is O(1), a snapshot O(machines) for
 * the index plus O(pods) of touched machines.
 */
public final class ClusterStore {
    /** Deletions remembered; an answer later than so many deletions after its object's end would be a broken client. */
    private static final int REMEMBERED_DELETIONS = 20_000;

    private final PodStore pods = new PodStore();
    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, NodeClaim> claims = new HashMap<>();
    private final NamesByProviderId nodesByProviderId = new NamesByProviderId();
    private final NamesByProviderId claimsByProviderId = new NamesByProviderId();
    private final Map<String, NodePool> pools = new HashMap<>();
    private final Map<String, NodeClass> nodeClasses = new HashMap<>();
    private final Map<String, NodeOverlay> overlays = new HashMap<>();
    private final Map<PodKey, DaemonSet> daemonSets = new HashMap<>();
    private final Map<PodKey, DisruptionBudget> budgets = new HashMap<>();
    private final Map<String, VolumeAttachment> attachments = new HashMap<>();
    private final Map<String, Map<String, String>> namespaces = new HashMap<>();
    private final StorageStore storage = new StorageStore();
    private final WorkloadStore workloads = new WorkloadStore();
    private final BufferStore buffers = new BufferStore();
    private final MachineMarks marks = new MachineMarks();
    private final Set<String> goneUids = new LinkedHashSet<>();
    private boolean listed;

    private long revision;
    private long topologyRevision;
    private final Map<String, NodeState> frozen = new HashMap<>();
    private final Set<String> dirty = new HashSet<>();
    private @Nullable ClusterSnapshot current;

    /** Applies one delta. Answers false when it changed nothing, a stale echo for example. */
    public boolean apply(ClusterDelta delta) {
        boolean changed = switch (delta) {
            case ClusterDelta.PodChanged(Pod pod) -> changePod(pod);
            case ClusterDelta.PodGone(PodKey key, String uid) -> removePod(key, uid);
            case ClusterDelta.NodeChanged(Node node) -> changeNode(node);
            case ClusterDelta.NodeGone(String name, String uid) -> removeNode(name, uid);
            case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> changeClaim(claim);
            case ClusterDelta.NodeClaimGone(String name, String uid) -> removeClaim(name, uid);
            case ClusterDelta.NodePoolChanged(NodePool pool) -> changePool(pool);
            case ClusterDelta.NodePoolGone(String name, String uid) -> pools.remove(name) != null && newTopology();
            case ClusterDelta.NodeClassChanged(NodeClass nodeClass) -> {
                String key = ClusterSnapshot.nodeClassKey(nodeClass.group(), nodeClass.kind(), nodeClass.name());
                yield newer(nodeClasses.get(key), nodeClass) && put(nodeClasses, key, nodeClass);
            }
            case ClusterDelta.NodeClassGone(String group, String kind, String name) ->
                nodeClasses.remove(ClusterSnapshot.nodeClassKey(group, kind, name)) != null;
            case ClusterDelta.NodeOverlayChanged(NodeOverlay overlay) ->
                newer(overlays.get(overlay.name()), overlay) && put(overlays, overlay.name(), overlay);
            case ClusterDelta.NodeOverlayGone(String name, String uid) -> overlays.remove(name) != null;
            case ClusterDelta.DaemonSetChanged(DaemonSet set) -> put(daemonSets, keyOf(set.metadata()), set);
            case ClusterDelta.DaemonSetGone(String namespace, String name) ->
                daemonSets.remove(new PodKey(namespace, name)) != null;
            case ClusterDelta.DisruptionBudgetChanged(DisruptionBudget budget) ->
                put(budgets, keyOf(budget.metadata()), budget);
            case ClusterDelta.DisruptionBudgetGone(String namespace, String name) ->
                budgets.remove(new PodKey(namespace, name)) != null;
            case ClusterDelta.VolumeAttachmentChanged(VolumeAttachment attachment) ->
                put(attachments, attachment.name(), attachment);
            case ClusterDelta.VolumeAttachmentGone(String name) -> attachments.remove(name) != null;
            case ClusterDelta.NamespaceChanged(Namespace namespace) ->
                put(namespaces, namespace.name(), namespace.labels());
            case ClusterDelta.NamespaceGone(String name) -> namespaces.remove(name) != null;
            case ClusterDelta.OfStorage change -> storage.apply(change);
            case ClusterDelta.OfWorkloads change -> workloads.apply(change);
            case ClusterDelta.OfBuffers change -> changeBuffers(change);
            case ClusterDelta.Listed() -> {
                boolean first = !listed;
                listed = true;
                yield first;
            }
        };
        if (changed) {
            touch();
        }
        return changed;
    }

    public @Nullable Pod pod(PodKey key) {
        return pods.find(key);
    }

    public @Nullable Node node(String name) {
        return nodes.get(name);
    }

    public @Nullable NodeClaim claim(String name) {
        return claims.get(name);
    }

    /** Marks machines as owned by a running command, or takes the mark away. */
    public void mark(Collection<String> keys, boolean leaving) {
        if (marks.mark(keys, leaving)) {
            dirty.addAll(keys);
            topologyRevision++;
            touch();
        }
    }

    /** Promises a machine to pods until then: no voluntary disruption before. */
    public void nominate(String key, Instant until) {
        marks.nominate(key, until);
        dirty.add(key);
        touch();
    }

    /** Takes back what is left of a machine's nomination: the pods it was promised to have come, or won't. */
    public void release(String key) {
        if (marks.release(key)) {
            dirty.add(key);
            touch();
        }
    }

    /**
     * Says on which machines buffers keep room, and for how many pods; replaces what was said before.
     *
     * @param podsByTarget by the name of a NodeClaim, launched or not, or of a Node without one
     */
    public void holdForBuffers(Map<String, Integer> podsByTarget) {
        Set<String> targets = marks.holdForBuffers(podsByTarget);
        if (targets.isEmpty()) {
            return;
        }
        for (String target : targets) {
            NodeClaim claim = claims.get(target);
            Node node = nodes.get(target);
            if (claim != null) {
                dirty.add(claim.status().providerID());
            } else if (node != null) {
                dirty.add(keyOf(node));
            }
            if (!podsByTarget.containsKey(target)) {
                topologyRevision++;
            }
        }
        touch();
    }

    /** For how many pods buffers keep room on that node. */
    public int bufferPodsOn(String nodeName) {
        Node node = nodes.get(nodeName);
        return node == null ? 0 : bufferPodsOn(node, last(claimsOf(node.providerId())));
    }

    private int bufferPodsOn(@Nullable Node node, @Nullable NodeClaim claim) {
        String target = claim != null ? claim.name() : node == null ? "" : node.name();
        return marks.bufferPods(target);
    }

    /** Counts as a change of topology, for inputs outside the image such as prices. */
    public void touchTopology() {
        topologyRevision++;
        touch();
    }

    private void touch() {
        revision++;
        current = null;
    }

    private boolean newTopology() {
        topologyRevision++;
        return true;
    }

    private static <K, V> boolean put(Map<K, V> map, K key, V value) {
        return !value.equals(map.put(key, value));
    }

    private static PodKey keyOf(ObjectMeta metadata) {
        return new PodKey(metadata.namespace(), metadata.name());
    }

    private boolean newer(@Nullable KubernetesObject stored, KubernetesObject arriving) {
        String uid = arriving.metadata().uid();
        if (goneUids.contains(uid)) {
            return false;
        }
        return stored == null
                || !stored.metadata().uid().equals(uid)
                || newer(
                        stored.metadata().resourceVersion(), arriving.metadata().resourceVersion());
    }

    private void gone(String uid) {
        goneUids.add(uid);
        if (goneUids.size() > REMEMBERED_DELETIONS) {
            goneUids.remove(goneUids.iterator().next());
        }
    }

    /** Kubernetes declares resource versions of one resource comparable as decimal numbers (KEP-5504). */
    private static boolean newer(String stored, String arriving) {
        if (stored.length() != arriving.length()) {
            return arriving.length() > stored.length();
        }
        return arriving.compareTo(stored) > 0;
    }

    private boolean changePod(Pod pod) {
        Pod stored = pods.find(pod.key());
        if (goneUids.contains(pod.uid())) {
            return false;
        }
        if (stored != null
                && stored.uid().equals(pod.uid())
                && !newer(stored.resourceVersion(), pod.resourceVersion())) {
            return false;
        }
        pods.put(pod);
        dirtyNodesOf(stored);
        dirtyNodesOf(pod);
        boolean lands = pod.bound()
                && (stored == null || !stored.bound() || stored.phase() != pod.phase() || pod.terminating());
        boolean leavesRoom = stored != null
                && stored.awaitedOn() != null
                && !stored.awaitedOn().equals(pod.awaitedOn());
        if (lands || leavesRoom) {
            topologyRevision++;
        }
        return true;
    }

    private boolean removePod(PodKey key, String uid) {
        gone(uid);
        Pod stored = pods.find(key);
        if (stored == null || !stored.uid().equals(uid)) {
            return false;
        }
        pods.remove(key);
        dirtyNodesOf(stored);
        return newTopology();
    }

    private void dirtyNodesOf(@Nullable Pod pod) {
        if (pod != null) {
            dirtyNode(pod.nodeName());
            dirtyNode(pod.awaitedOn());
        }
    }

    private void dirtyNode(@Nullable String nodeName) {
        if (nodeName == null) {
            return;
        }
        Node node = nodes.get(nodeName);
        dirty.add(node == null || node.providerId().isEmpty() ? nodeName : node.providerId());
    }

    private boolean changeNode(Node node) {
        Node stored = nodes.get(node.name());
        if (!newer(stored, node)) {
            return false;
        }
        nodes.put(node.name(), node);
        if (stored != null) {
            dirty.add(keyOf(stored));
            nodesByProviderId.unlink(stored.providerId(), stored.name());
        }
        nodesByProviderId.link(node.providerId(), node.name());
        dirty.add(keyOf(node));
        if (stored == null || !stored.metadata().labels().equals(node.metadata().labels())) {
            topologyRevision++;
        }
        return true;
    }

    private boolean removeNode(String name, String uid) {
        gone(uid);
        Node stored = nodes.get(name);
        if (stored == null || !stored.metadata().uid().equals(uid)) {
            return false;
        }
        nodes.remove(name);
        nodesByProviderId.unlink(stored.providerId(), name);
        dirty.add(keyOf(stored));
        return newTopology();
    }

    private static String keyOf(Node node) {
        return node.providerId().isEmpty() ? node.name() : node.providerId();
    }

    private boolean changeClaim(NodeClaim claim) {
        NodeClaim stored = claims.get(claim.name());
        if (!newer(stored, claim)) {
            return false;
        }
        claims.put(claim.name(), claim);
        if (stored != null) {
            dirty.add(stored.status().providerID());
            claimsByProviderId.unlink(stored.status().providerID(), stored.name());
        }
        claimsByProviderId.link(claim.status().providerID(), claim.name());
        dirty.add(claim.status().providerID());
        if (stored == null
                || stored.isTrue(NodeClaim.INITIALIZED) != claim.isTrue(NodeClaim.INITIALIZED)
                || stored.metadata().deleting() != claim.metadata().deleting()) {
            topologyRevision++;
        }
        return true;
    }

    private boolean removeClaim(String name, String uid) {
        gone(uid);
        NodeClaim stored = claims.get(name);
        if (stored == null || !stored.metadata().uid().equals(uid)) {
            return false;
        }
        claims.remove(name);
        claimsByProviderId.unlink(stored.status().providerID(), name);
        dirty.add(stored.status().providerID());
        return newTopology();
    }

    private boolean changePool(NodePool pool) {
        NodePool stored = pools.get(pool.name());
        if (!newer(stored, pool)) {
            return false;
        }
        pools.put(pool.name(), pool);
        if (stored == null || stored.metadata().generation() != pool.metadata().generation()) {
            topologyRevision++;
        }
        return true;
    }

    private boolean changeBuffers(ClusterDelta.OfBuffers change) {
        return switch (change) {
            case ClusterDelta.CapacityBufferChanged(CapacityBuffer buffer) ->
                newer(buffers.buffer(BufferStore.keyOf(buffer)), buffer) && buffers.apply(change);
            case ClusterDelta.CapacityBufferGone(PodKey key, String uid) -> {
                gone(uid);
                yield buffers.apply(change);
            }
            case ClusterDelta.PodTemplateChanged _, ClusterDelta.PodTemplateGone _ -> buffers.apply(change);
        };
    }

    /** The image now; the same object until something changes. */
    public ClusterSnapshot snapshot() {
        if (current != null) {
            return current;
        }
        refreeze();
        List<NodeState> machines = new ArrayList<>(frozen.values());
        machines.sort(Comparator.comparing(NodeState::name).thenComparing(NodeState::key));
        Map<String, NodeState> byKey = new LinkedHashMap<>();
        Map<String, NodeState> byNodeName = new HashMap<>();
        Map<String, NodeState> byClaimName = new HashMap<>();
        for (NodeState machine : machines) {
            byKey.put(machine.key(), machine);
            Node node = machine.node();
            NodeClaim claim = machine.claim();
            if (node != null) {
                byNodeName.put(node.name(), machine);
            }
            if (claim != null) {
                byClaimName.put(claim.name(), machine);
            }
        }
        current = new ClusterSnapshot(
                revision,
                topologyRevision,
                listed,
                List.copyOf(machines),
                java.util.Collections.unmodifiableMap(byKey),
                Map.copyOf(byNodeName),
                Map.copyOf(byClaimName),
                Map.copyOf(claims),
                Map.copyOf(nodes),
                pods.snapshot(),
                Map.copyOf(pools),
                Map.copyOf(nodeClasses),
                List.copyOf(daemonSets.values()),
                List.copyOf(budgets.values()),
                List.copyOf(attachments.values()),
                Map.copyOf(namespaces),
                storage.snapshot(),
                Map.copyOf(overlays),
                workloads.snapshot(),
                buffers.buffers());
        return current;
    }

    private void refreeze() {
        if (dirty.isEmpty()) {
            return;
        }
        for (String key : dirty) {
            Node node = nodeOf(key);
            NodeClaim claim = last(claimsOf(key));
            if (key.isEmpty() || (node == null && claim == null)) {
                frozen.remove(key);
                marks.forget(key);
            } else {
                frozen.put(
                        key,
                        new NodeState(
                                key,
                                node,
                                claim,
                                node == null ? List.of() : livingOn(node.name()),
                                node == null ? List.of() : pods.awaitedOn(node.name()),
                                marks.leaving(key),
                                marks.nominatedUntil(key),
                                bufferPodsOn(node, claim)));
            }
        }
        dirty.clear();
    }

    /** The node behind a machine's key: of that provider id, or of that name when it has none. */
    private @Nullable Node nodeOf(String key) {
        Node linked = last(nodesOf(key));
        if (linked != null) {
            return linked;
        }
        Node named = nodes.get(key);
        return named != null && named.providerId().isEmpty() ? named : null;
    }

    private static <T> @Nullable T last(List<T> list) {
        return list.isEmpty() ? null : list.getLast();
    }

    /** Whether the first list of every kind is complete. */
    public boolean listed() {
        return listed;
    }

    public @Nullable NodePool nodePool(String name) {
        return pools.get(name);
    }

    public @Nullable CapacityBuffer capacityBuffer(PodKey key) {
        return buffers.buffer(key);
    }

    public @Nullable PodTemplate podTemplate(PodKey key) {
        return buffers.template(key);
    }

    /** The nodes of that provider id by name; more than one only when something is wrong. None for an empty id. */
    public List<Node> nodesOf(String providerId) {
        return nodesByProviderId.of(providerId).stream().map(nodes::get).toList();
    }

    /** The claims of that provider id by name; more than one only when something is wrong. None for an empty id. */
    public List<NodeClaim> claimsOf(String providerId) {
        return claimsByProviderId.of(providerId).stream().map(claims::get).toList();
    }

    /** All pods bound to that node by key, those that have ended included. */
    public List<Pod> podsOn(String nodeName) {
        return pods.boundTo(nodeName);
    }

    /** The volumes attached to that node. */
    public List<VolumeAttachment> attachmentsOf(String nodeName) {
        return attachments.values().stream()
                .filter(attachment -> attachment.nodeName().equals(nodeName))
                .sorted(Comparator.comparing(VolumeAttachment::name))
                .toList();
    }

    /** The PersistentVolume that a claim is bound to, or null when the claim is unknown or not bound. */
    public @Nullable String volumeOf(PodKey claim) {
        PersistentVolumeClaim stored = storage.claim(claim);
        return stored == null ? null : stored.volumeName();
    }

    private List<Pod> livingOn(String nodeName) {
        return pods.boundTo(nodeName).stream()
                .filter(pod -> !pod.phase().terminal())
                .toList();
    }
}
