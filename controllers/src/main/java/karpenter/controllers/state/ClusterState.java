package karpenter.controllers.state;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import karpenter.api.KubernetesObject;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.core.buffer.BufferOutcome;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.ClusterStore;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodTemplate;
import karpenter.core.cluster.VolumeAttachment;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * The image that all controllers share.
 *
 * <p>A write that succeeded is applied at once, so that no decision works from before this program's own last act; the
 * watch's echo is then stale and dropped. Listeners are told after the lock is released, in the order of the deltas of one
 * source thread; they only put keys into queues.
 */
public final class ClusterState {
    private final ReentrantLock lock = new ReentrantLock();
    private final ClusterStore store = new ClusterStore();
    private final List<Consumer<ClusterDelta>> listeners = new CopyOnWriteArrayList<>();
    private final PlannedPods planned = new PlannedPods();
    private final OwnNominations nominations = new OwnNominations();
    private final PodWaits waits;
    private final BufferRoom buffers = new BufferRoom();
    private final TimeSource time;

    public ClusterState(TimeSource time) {
        this.time = time;
        this.waits = new PodWaits(time);
    }

    /** How long pods have waited for a place, and what became of it. */
    public PodWaits waits() {
        return waits;
    }

    /** Which pods this program nominated to Nodes. */
    public OwnNominations nominations() {
        return nominations;
    }

    /** What room CapacityBuffers ask for, and what passes found. */
    public BufferRoom buffers() {
        return buffers;
    }

    /** Where the last plan put a pod: on the machine of this claim or node. */
    public record PlannedPod(String targetName, Instant plannedAt) {}

    /** Calls the listener after each delta that changed the image. Register before the source starts. */
    public void listen(Consumer<ClusterDelta> listener) {
        listeners.add(listener);
    }

    /** Takes one delta into the image. */
    public void apply(ClusterDelta told) {
        ClusterDelta delta;
        boolean changed;
        lock.lock();
        try {
            delta = withoutOwnNomination(told);
            changed = store.apply(delta);
            settle(delta);
        } finally {
            lock.unlock();
        }
        if (changed) {
            for (Consumer<ClusterDelta> listener : listeners) {
                listener.accept(delta);
            }
        }
        waits.follow(delta);
    }

    private ClusterDelta withoutOwnNomination(ClusterDelta delta) {
        return delta instanceof ClusterDelta.PodChanged(Pod pod) && nominations.hear(pod.uid(), pod.nominatedNodeName())
                ? new ClusterDelta.PodChanged(pod.withNominatedNodeName(null))
                : delta;
    }

    /**
     * A machine is protected for the sake of the pods it was promised to. When the last of them is bound or given up, the
     * protection ends: a machine that nobody uses any more must not wait for the end of a time span.
     */
    private void settle(ClusterDelta delta) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod)
            when pod.terminating() || pod.phase().terminal() -> end(pod.uid());
            case ClusterDelta.PodChanged(Pod pod)
            when pod.bound() -> {
                nominations.forget(pod.uid());
                if (planned.find(pod.uid()) != null) {
                    planned.bind(pod.uid(), targetName(pod.nodeName())).forEach(this::release);
                }
            }
            case ClusterDelta.PodGone(PodKey key, String uid) -> end(uid);
            default -> {
                // nothing that ends a pod's way
            }
        }
    }

    private void end(String podUid) {
        nominations.forget(podUid);
        String target = planned.settle(podUid);
        if (target != null) {
            release(target);
        }
    }

    /** What plans call the machine of that node. */
    private String targetName(@Nullable String nodeName) {
        Node node = nodeName == null ? null : store.node(nodeName);
        List<NodeClaim> claims = node == null ? List.of() : store.claimsOf(node.providerId());
        return claims.isEmpty() ? String.valueOf(nodeName) : claims.getFirst().name();
    }

    /** @param target name of a NodeClaim or, for a machine without one, of a Node */
    private void release(String target) {
        NodeClaim claim = store.claim(target);
        Node node = claim == null ? store.node(target) : null;
        if (claim != null && !claim.status().providerID().isEmpty()) {
            store.release(claim.status().providerID());
        } else if (node != null) {
            store.release(node.providerId().isEmpty() ? node.name() : node.providerId());
        }
    }

    /** Takes what the API server answered to a write of ours into the image. */
    public void written(KubernetesObject object) {
        switch (object) {
            case NodeClaim claim -> apply(new ClusterDelta.NodeClaimChanged(claim));
            case Node node -> apply(new ClusterDelta.NodeChanged(node));
            case NodePool pool -> apply(new ClusterDelta.NodePoolChanged(pool));
            case NodeOverlay overlay -> apply(new ClusterDelta.NodeOverlayChanged(overlay));
            case CapacityBuffer buffer -> apply(new ClusterDelta.CapacityBufferChanged(buffer));
            default ->
                throw new IllegalArgumentException(
                        "the image keeps no " + object.getClass().getSimpleName());
        }
    }

    /** The image now, frozen. */
    public ClusterSnapshot snapshot() {
        lock.lock();
        try {
            return store.snapshot();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the first list of every kind is in the image. Before that, absence of an object means nothing. */
    public boolean listed() {
        return read(ClusterStore::listed);
    }

    /** The claim as it is now, or null; for controllers that need one object and no frozen image. */
    public @Nullable NodeClaim claim(String name) {
        return readOrNull(store -> store.claim(name));
    }

    public @Nullable Node node(String name) {
        return readOrNull(store -> store.node(name));
    }

    public @Nullable NodePool nodePool(String name) {
        return readOrNull(store -> store.nodePool(name));
    }

    public @Nullable Pod pod(PodKey key) {
        return readOrNull(store -> store.pod(key));
    }

    public @Nullable CapacityBuffer capacityBuffer(PodKey key) {
        return readOrNull(store -> store.capacityBuffer(key));
    }

    public @Nullable PodTemplate podTemplate(PodKey key) {
        return readOrNull(store -> store.podTemplate(key));
    }

    /** For how many pods, which don't exist yet, buffers keep room on that node. */
    public int bufferPodsOn(String nodeName) {
        return read(store -> store.bufferPodsOn(nodeName));
    }

    /** The nodes of that provider id by name; more than one only when something is wrong. None for an empty id. */
    public List<Node> nodesOf(String providerId) {
        return read(store -> store.nodesOf(providerId));
    }

    /** The claims of that provider id by name; more than one only when something is wrong. None for an empty id. */
    public List<NodeClaim> claimsOf(String providerId) {
        return read(store -> store.claimsOf(providerId));
    }

    /** All pods bound to that node by key, those that have ended included. */
    public List<Pod> podsOn(String nodeName) {
        return read(store -> store.podsOn(nodeName));
    }

    /** The volumes attached to that node. */
    public List<VolumeAttachment> attachmentsOf(String nodeName) {
        return read(store -> store.attachmentsOf(nodeName));
    }

    /** The PersistentVolume that a claim is bound to, or null when the claim is unknown or not bound. */
    public @Nullable String volumeOf(PodKey claim) {
        return readOrNull(store -> store.volumeOf(claim));
    }

    private <R> R read(Function<ClusterStore, R> question) {
        lock.lock();
        try {
            return question.apply(store);
        } finally {
            lock.unlock();
        }
    }

    private <R> @Nullable R readOrNull(Function<ClusterStore, @Nullable R> question) {
        lock.lock();
        try {
            return question.apply(store);
        } finally {
            lock.unlock();
        }
    }

    /** Marks machines (by key) as owned by a running disruption command, or releases them. */
    public void mark(Collection<String> machineKeys, boolean leaving) {
        lock.lock();
        try {
            store.mark(machineKeys, leaving);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Protects a machine that pods were promised to from voluntary disruption, for that long or until the last of the pods
     * {@link #planned(String, String)} onto it is bound or given up.
     */
    public void nominate(String machineKey, Duration window) {
        Instant until = time.instant().plus(window);
        lock.lock();
        try {
            store.nominate(machineKey, until);
        } finally {
            lock.unlock();
        }
    }

    /** Remembers where a plan put a pod, so that the next pass leaves it there while the place is still good. */
    public void planned(String podUid, String targetName) {
        plan(podUid, targetName, false);
    }

    /** As {@link #planned(String, String)} for a pod that waits, which {@link #waitingFor} then knows. */
    public void planned(Pod pod, String targetName) {
        plan(pod.uid(), targetName, false);
        lock.lock();
        try {
            planned.waits(pod.uid(), pod.key(), pod.shape());
        } finally {
            lock.unlock();
        }
    }

    /** The pods that a plan put on the machine of this claim or node and that are not bound yet, by uid. */
    public List<Pod> waitingFor(String targetName) {
        lock.lock();
        try {
            List<Pod> waiting = new ArrayList<>();
            planned.waitingFor(targetName).forEach((uid, key) -> {
                Pod pod = store.pod(key);
                if (pod != null && pod.uid().equals(uid) && !pod.bound()) {
                    waiting.add(pod);
                }
            });
            return List.copyOf(waiting);
        } finally {
            lock.unlock();
        }
    }

    /** Whether all pods that plans put somewhere and that aren't bound yet are of one shape, so that any two may change places. */
    public boolean waitAlike() {
        lock.lock();
        try {
            return planned.waitAlike();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the last plan put the pod on the machine of that node. */
    public boolean isPlannedOn(String podUid, String nodeName) {
        lock.lock();
        try {
            PlannedPod plan = planned.find(podUid);
            return plan != null && plan.targetName().equals(targetName(nodeName));
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #planned(String, String)} for a pod that runs on a machine that leaves: a successor of it is to come to the target. */
    public void plannedToMove(String podUid, String targetName) {
        plan(podUid, targetName, true);
    }

    private void plan(String podUid, String targetName, boolean moves) {
        lock.lock();
        try {
            String left = planned.plan(podUid, targetName, moves, time.instant());
            if (left != null) {
                release(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Where the last plan put the pod, or null. */
    public @Nullable PlannedPod plannedFor(String podUid) {
        lock.lock();
        try {
            return planned.find(podUid);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes in what a pass found for buffers; replaces what the pass before found. The machines in {@code places} don't count
     * as empty from now on.
     *
     * @param places by uid of a virtual pod, the name of the NodeClaim, or Node without one, that it was put on
     * @param outcomes of the buffers that the pass looked at
     */
    public void settleBuffers(Map<String, String> places, Map<PodKey, BufferOutcome> outcomes) {
        Map<String, Integer> counts = new HashMap<>();
        places.values().forEach(target -> counts.merge(target, 1, Integer::sum));
        lock.lock();
        try {
            store.holdForBuffers(counts);
        } finally {
            lock.unlock();
        }
        buffers.tell(buffers.settle(places, outcomes));
    }

    /** Says that something outside the image changed that can make a consolidation possible, prices for example. */
    public void touchTopology() {
        lock.lock();
        try {
            store.touchTopology();
        } finally {
            lock.unlock();
        }
    }
}
