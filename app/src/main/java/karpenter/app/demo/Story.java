package karpenter.app.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import org.jspecify.annotations.Nullable;

/**
 * What has happened so far, as the watch tells it, and the moments that the figures are made of. A moment is taken when the
 * event arrives here. Thread-safe: the watch writes, the teller reads.
 */
final class Story implements Consumer<ClusterDelta> {
    private static final String PRICE_LABEL = "eks-node-viewer/instance-price";

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final String pool;
    private final Predicate<Pod> ours;
    private final LongSupplier nanoClock;

    private final Map<PodKey, Pod> pods = new HashMap<>();
    private final Set<PodKey> readyPods = new HashSet<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, NodeClaim> claims = new HashMap<>();
    private final Set<String> claimsEverSeen = new HashSet<>();
    private final Set<String> secondRound = new HashSet<>();
    private boolean listed;
    private boolean poolReady;
    private boolean podBound;
    private int wanted;
    private long events;
    private @Nullable Long firstClaimNanos;
    private @Nullable Long allReadyNanos;
    private @Nullable Long allGoneNanos;

    /**
     * @param pool name of the NodePool whose NodeClaims and Nodes belong to the story
     * @param ours which pods belong to it
     * @param nanoClock counts as {@link System#nanoTime} does
     */
    Story(String pool, Predicate<Pod> ours, LongSupplier nanoClock) {
        this.pool = pool;
        this.ours = ours;
        this.nanoClock = nanoClock;
    }

    /**
     * The state at one moment.
     *
     * @param nodes sorted by name
     * @param launching NodeClaims whose node has not come yet, sorted by name
     * @param claims how many NodeClaims there are, launching ones included
     * @param podsByNode how many of the story's pods are bound to each node, by name
     */
    record Scene(
            int pending,
            int starting,
            int ready,
            int claims,
            List<NodeClaim> launching,
            List<Node> nodes,
            Map<String, Integer> podsByNode,
            double pricePerHourUsd) {

        /** In one line. */
        String counts() {
            return String.format(
                    Locale.ROOT,
                    "pods %d pending, %d starting, %d running · NodeClaims %d · nodes %d (%d ready) · $%.4f per hour",
                    pending,
                    starting,
                    ready,
                    claims,
                    nodes.size(),
                    nodes.stream().filter(Node::ready).count(),
                    pricePerHourUsd);
        }
    }

    @Override
    public void accept(ClusterDelta delta) {
        lock.lock();
        try {
            take(delta, nanoClock.getAsLong());
            events++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void take(ClusterDelta delta, long now) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod) when ours.test(pod) -> takePod(pod, now);
            case ClusterDelta.PodGone(PodKey key, String uid) -> {
                pods.remove(key);
                readyPods.remove(key);
            }
            case ClusterDelta.NodeChanged(Node node)
            when ofPool(node.metadata().labels()) -> nodes.put(node.name(), node);
            case ClusterDelta.NodeGone(String name, String uid) -> {
                nodes.remove(name);
                takeEmptiness(now);
            }
            case ClusterDelta.NodeClaimChanged(NodeClaim claim)
            when ofPool(claim.metadata().labels()) -> takeClaim(claim, now);
            case ClusterDelta.NodeClaimGone(String name, String uid) -> {
                claims.remove(name);
                takeEmptiness(now);
            }
            case ClusterDelta.NodePoolChanged(NodePool changedPool)
            when changedPool.name().equals(pool) -> poolReady = changedPool.isTrue(NodePool.READY);
            case ClusterDelta.Listed() -> listed = true;
            default -> {
                // nothing that the story tells
            }
        }
    }

    private boolean ofPool(Map<String, String> labels) {
        return pool.equals(labels.get(Labels.NODE_POOL));
    }

    private void takePod(Pod pod, long now) {
        pods.put(pod.key(), pod);
        podBound |= pod.bound();
        if (pod.ready() && !pod.terminating()) {
            readyPods.add(pod.key());
        } else {
            readyPods.remove(pod.key());
        }
        if (allReadyNanos == null && wanted > 0 && readyPods.size() >= wanted) {
            allReadyNanos = now;
        }
    }

    private void takeClaim(NodeClaim claim, long now) {
        claims.put(claim.name(), claim);
        allGoneNanos = null;
        if (claimsEverSeen.add(claim.name()) && podBound && allReadyNanos == null) {
            // The first plan did not hold: pods were left over once its nodes had come.
            secondRound.add(claim.name());
        }
        if (firstClaimNanos == null) {
            firstClaimNanos = now;
        }
    }

    private void takeEmptiness(long now) {
        allGoneNanos = nodes.isEmpty() && claims.isEmpty() ? now : null;
    }

    /** From now on the story is about this many pods. */
    void expect(int replicas) {
        lock.lock();
        try {
            wanted = replicas;
        } finally {
            lock.unlock();
        }
    }

    /** Whether everything that exists was delivered. */
    boolean listed() {
        return locked(() -> listed);
    }

    boolean poolReady() {
        return locked(() -> poolReady);
    }

    boolean claimSeen() {
        return locked(() -> firstClaimNanos != null);
    }

    boolean allReady() {
        return locked(() -> allReadyNanos != null);
    }

    /** Whether NodeClaims came, and all of them, all nodes and all pods are gone again. */
    boolean allGone() {
        return locked(() -> firstClaimNanos != null) && nothingLeft();
    }

    /** Whether there is neither Node nor NodeClaim. */
    boolean nodesGone() {
        return locked(() -> claims.isEmpty() && nodes.isEmpty());
    }

    /** Whether there is neither pod nor Node nor NodeClaim. */
    boolean nothingLeft() {
        return locked(pods::isEmpty) && nodesGone();
    }

    /** Seconds from then to the first NodeClaim, null when there was none. */
    @Nullable
    Double firstClaimSeconds(long sinceNanos) {
        return seconds(sinceNanos, locked(() -> firstClaimNanos));
    }

    /** Seconds from then until as many pods as expected were Ready for the first time, null when they never were. */
    @Nullable
    Double allReadySeconds(long sinceNanos) {
        return seconds(sinceNanos, locked(() -> allReadyNanos));
    }

    /** Seconds from then until the last Node and NodeClaim went, null while there are some. */
    @Nullable
    Double allGoneSeconds(long sinceNanos) {
        return seconds(sinceNanos, locked(() -> allGoneNanos));
    }

    private static @Nullable Double seconds(long fromNanos, @Nullable Long toNanos) {
        return toNanos == null ? null : Math.round((toNanos - fromNanos) / 1e6) / 1000.0;
    }

    /** NodeClaims that were made after the first pod was bound and before all were Ready. */
    int secondRoundClaims() {
        return locked(secondRound::size);
    }

    List<Pod> pods() {
        return locked(() -> List.copyOf(pods.values()));
    }

    List<NodeClaim> claims() {
        return locked(() -> List.copyOf(claims.values()));
    }

    List<Node> nodes() {
        return locked(() -> List.copyOf(nodes.values()));
    }

    Scene scene() {
        return locked(() -> {
            int pending = 0;
            Map<String, Integer> podsByNode = new HashMap<>();
            for (Pod pod : pods.values()) {
                String node = pod.nodeName();
                if (node == null) {
                    pending++;
                } else {
                    podsByNode.merge(node, 1, Integer::sum);
                }
            }
            List<Node> sorted = new ArrayList<>(nodes.values());
            sorted.sort(Comparator.comparing(Node::name));
            List<NodeClaim> launching = claims.values().stream()
                    .filter(claim -> claim.status().nodeName().isEmpty())
                    .sorted(Comparator.comparing(NodeClaim::name))
                    .toList();
            return new Scene(
                    pending,
                    pods.size() - pending - readyPods.size(),
                    readyPods.size(),
                    claims.size(),
                    launching,
                    List.copyOf(sorted),
                    Map.copyOf(podsByNode),
                    sorted.stream().mapToDouble(Story::price).sum());
        });
    }

    /** The price per hour in USD that the node's label states, 0 when it states none. */
    static double price(Node node) {
        String text = node.metadata().labels().get(PRICE_LABEL);
        try {
            return text == null ? 0 : Double.parseDouble(text);
        } catch (NumberFormatException malformed) {
            return 0;
        }
    }

    /** Grows with every event. */
    long events() {
        return locked(() -> events);
    }

    /** Waits for an event after the one of that number, or for the time, whichever is first. */
    void awaitAfter(long seenEvents, Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lock();
        try {
            while (events == seenEvents && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private <T extends @Nullable Object> T locked(Supplier<T> read) {
        lock.lock();
        try {
            return read.get();
        } finally {
            lock.unlock();
        }
    }
}
