package karpenter.core.cluster;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * One machine as decisions see it: the Node, the NodeClaim behind it, and the pods bound to it. Either may be missing: a
 * launched claim whose Node has not joined is a machine, and so is a Node that nobody here launched.
 *
 * <p>Until the node is registered its name, labels and taints are the claim's, and until it is initialized the claim's
 * resources stand in for those that the kubelet does not report yet; so plans can count on machines that are still booting.
 * Immutable; derived values are computed once.
 */
public final class NodeState {
    private static final List<Taint> EPHEMERAL_TAINTS = List.of(
            Taint.of("node.kubernetes.io/not-ready", "", Taint.NO_SCHEDULE),
            Taint.of("node.kubernetes.io/not-ready", "", Taint.NO_EXECUTE),
            Taint.of("node.kubernetes.io/unreachable", "", Taint.NO_SCHEDULE),
            Taint.of("node.cloudprovider.kubernetes.io/uninitialized", "true", Taint.NO_SCHEDULE),
            Taint.of(Labels.UNREGISTERED_TAINT, "", Taint.NO_EXECUTE));
    private static final String READINESS_TAINT_PREFIX = "readiness.k8s.io/";

    private final String key;
    private final @Nullable Node node;
    private final @Nullable NodeClaim claim;
    private final List<Pod> pods;
    private final List<Pod> awaitedPods;
    private final boolean markedForDeletion;
    private final @Nullable Instant nominatedUntil;
    private final int bufferPods;

    private final Map<String, String> labels;
    private final List<Taint> taints;
    private final ResourceVector capacity;
    private final ResourceVector allocatable;
    private final ResourceVector podRequests;
    private final ResourceVector daemonRequests;
    private final ResourceVector awaitedRequests;

    /**
     * @param key provider id, or the node's name for a machine without one
     * @param pods bound to the node and not terminal, in any order
     * @param awaitedPods not bound yet, but nominated to the node, in any order
     * @param bufferPods for how many pods, which don't exist yet, capacity buffers keep room on it
     */
    public NodeState(
            String key,
            @Nullable Node node,
            @Nullable NodeClaim claim,
            List<Pod> pods,
            List<Pod> awaitedPods,
            boolean markedForDeletion,
            @Nullable Instant nominatedUntil,
            int bufferPods) {
        if (node == null && claim == null) {
            throw new IllegalArgumentException(
                    "a machine has a Node, a NodeClaim or both; key " + key + " has neither");
        }
        this.key = key;
        this.node = node;
        this.claim = claim;
        this.pods = List.copyOf(pods);
        this.awaitedPods = List.copyOf(awaitedPods);
        this.markedForDeletion = markedForDeletion;
        this.nominatedUntil = nominatedUntil;
        this.bufferPods = bufferPods;
        this.labels = node != null && (claim == null || registered())
                ? node.metadata().labels()
                : claimLabels(claim);
        this.taints = currentTaints();
        this.capacity = filled(
                node == null ? ResourceVector.ZERO : node.capacity(),
                claim == null ? Map.of() : claim.status().capacity());
        this.allocatable = filled(
                node == null ? ResourceVector.ZERO : node.allocatable(),
                claim == null ? Map.of() : claim.status().allocatable());
        this.podRequests = requestsOf(this.pods);
        this.daemonRequests = requestsOf(this.pods.stream().filter(Pod::daemon).toList());
        this.awaitedRequests = requestsOf(this.awaitedPods);
    }

    private static ResourceVector requestsOf(List<Pod> pods) {
        ResourceVector sum = ResourceVector.ZERO;
        for (Pod pod : pods) {
            sum = sum.plus(pod.shape().requests());
        }
        return sum;
    }

    private static Map<String, String> claimLabels(@Nullable NodeClaim claim) {
        return claim == null ? Map.of() : claim.metadata().labels();
    }

    private List<Taint> currentTaints() {
        List<Taint> current;
        if (node != null && (claim == null || registered())) {
            current = node.taints();
        } else {
            current = claim == null ? List.of() : claim.spec().taints();
        }
        if (claim == null || initialized()) {
            return current;
        }
        List<Taint> lasting = new ArrayList<>();
        for (Taint taint : current) {
            if (!isEphemeral(taint) && !matchesAny(taint, claim.spec().startupTaints())) {
                lasting.add(taint);
            }
        }
        return List.copyOf(lasting);
    }

    /** Whether the taint goes away by itself while a node starts. */
    public static boolean isEphemeral(Taint taint) {
        return matchesAny(taint, EPHEMERAL_TAINTS) || taint.key().startsWith(READINESS_TAINT_PREFIX);
    }

    private static boolean matchesAny(Taint taint, List<Taint> known) {
        for (Taint other : known) {
            if (taint.matches(other)) {
                return true;
            }
        }
        return false;
    }

    /** The node's values, with the claim's for resources that the node reports as 0 or not at all before it is initialized. */
    private ResourceVector filled(ResourceVector reported, Map<String, Quantity> promised) {
        if (claim == null || initialized()) {
            return reported;
        }
        Map<String, Quantity> merged = new LinkedHashMap<>(promised);
        for (String resource : reported.names()) {
            if (reported.get(resource) != 0) {
                merged.remove(resource);
            }
        }
        return reported.max(ResourceVector.of(merged));
    }

    /** Provider id, or the node's name for a machine without one. */
    public String key() {
        return key;
    }

    public @Nullable Node node() {
        return node;
    }

    public @Nullable NodeClaim claim() {
        return claim;
    }

    /** Pods bound to the node and not terminal. */
    public List<Pod> pods() {
        return pods;
    }

    /** Pods for which the scheduler keeps room here: they come once others have left or their volumes are ready. */
    public List<Pod> awaitedPods() {
        return awaitedPods;
    }

    /** Whether this controller launched it. */
    public boolean managed() {
        return claim != null;
    }

    /** The Node's name once it is registered, the claim's before. */
    public String name() {
        if (node != null && (claim == null || registered())) {
            return node.name();
        }
        return claim == null ? key : claim.name();
    }

    public @Nullable String nodePoolName() {
        return labels.get(Labels.NODE_POOL);
    }

    public boolean registered() {
        return node != null && "true".equals(node.metadata().labels().get(Labels.REGISTERED));
    }

    public boolean initialized() {
        return node != null && "true".equals(node.metadata().labels().get(Labels.INITIALIZED));
    }

    /** Whether a running disruption command owns it. */
    public boolean markedForDeletion() {
        return markedForDeletion;
    }

    /** Whether it is on its way out, by mark or by deletion of the Node or the claim. */
    public boolean leaving() {
        return markedForDeletion
                || (claim != null && claim.metadata().deleting())
                || (claim != null && claim.isTrue(NodeClaim.INSTANCE_TERMINATING))
                || (node != null && node.metadata().deleting());
    }

    /** Whether pods are on their way to it: the scheduler says so, or a plan did not long ago. */
    public boolean nominated(Instant now) {
        return !awaitedPods.isEmpty() || (nominatedUntil != null && now.isBefore(nominatedUntil));
    }

    /** For how many pods, which don't exist yet, capacity buffers keep room on it. */
    public int bufferPods() {
        return bufferPods;
    }

    /** When the promise to pods ends unless it is renewed; null when there was none. */
    public @Nullable Instant nominatedUntil() {
        return nominatedUntil;
    }

    public Map<String, String> labels() {
        return labels;
    }

    public Map<String, String> annotations() {
        if (node != null && (claim == null || registered())) {
            return node.metadata().annotations();
        }
        return claim == null ? Map.of() : claim.metadata().annotations();
    }

    /** What repels pods now, taints that vanish during start-up left out. */
    public List<Taint> taints() {
        return taints;
    }

    public ResourceVector capacity() {
        return capacity;
    }

    public ResourceVector allocatable() {
        return allocatable;
    }

    /** Sum over all bound pods, daemons included. */
    public ResourceVector podRequests() {
        return podRequests;
    }

    public ResourceVector daemonRequests() {
        return daemonRequests;
    }

    /** Allocatable less what pods request, those that are bound and those that the scheduler keeps room for; can be negative. */
    public ResourceVector available() {
        return allocatable.minus(podRequests).minus(awaitedRequests);
    }

    @Override
    public String toString() {
        return name();
    }
}
