package karpenter.app.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodPhase;
import org.jspecify.annotations.Nullable;

/**
 * What has happened so far, as the watch tells it, and the moments that the figures are made of. Times are taken when the
 * event arrives here.
 */
final class Story implements Consumer<ClusterDelta> {
    private static final String PRICE_LABEL = "eks-node-viewer/instance-price";

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Predicate<Pod> ours;
    private final Map<PodKey, Pod> pods = new HashMap<>();
    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, NodeClaim> claims = new HashMap<>();
    private final Set<String> claimsEverSeen = new HashSet<>();
    private final Set<String> secondRound = new HashSet<>();
    private boolean listed;
    private boolean podBound;
    private long firstClaimNanos;
    private long allReadyNanos;
    private long allGoneNanos;
    private int wanted;
    private long events;

    /** @param ours which pods belong to the story */
    Story(Predicate<Pod> ours) {
        this.ours = ours;
    }

    /** The state at one moment, for the display. */
    record Scene(
            int pending, int starting, int ready, List<NodeClaim> claims, List<Node> nodes, double pricePerHourUsd) {}

    @Override
    public void accept(ClusterDelta delta) {
        lock.lock();
        try {
            take(delta, System.nanoTime());
            events++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void take(ClusterDelta delta, long now) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod)
            when ours.test(pod) -> {
                pods.put(pod.key(), pod);
                podBound |= pod.bound();
                if (allReadyNanos == 0 && wanted > 0 && readyPods() >= wanted) {
                    allReadyNanos = now;
                }
            }
            case ClusterDelta.PodGone(PodKey key, String uid) -> pods.remove(key);
            case ClusterDelta.NodeChanged(Node node) when isManaged(node) -> nodes.put(node.name(), node);
            case ClusterDelta.NodeGone(String name, String uid) -> {
                nodes.remove(name);
                goneWhenEmpty(now);
            }
            case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> {
                claims.put(claim.name(), claim);
                if (claimsEverSeen.add(claim.name()) && podBound && wanted > 0) {
                    secondRound.add(claim.name());
                }
                if (firstClaimNanos == 0) {
                    firstClaimNanos = now;
                }
            }
            case ClusterDelta.NodeClaimGone(String name, String uid) -> {
                claims.remove(name);
                goneWhenEmpty(now);
            }
            case ClusterDelta.Listed() -> listed = true;
            default -> {
                // nothing that the story tells
            }
        }
    }

    private static boolean isManaged(Node node) {
        return node.metadata().labels().containsKey(Labels.NODE_POOL);
    }

    private void goneWhenEmpty(long now) {
        if (nodes.isEmpty() && claims.isEmpty()) {
            allGoneNanos = now;
        }
    }

    private long readyPods() {
        return pods.values().stream()
                .filter(pod -> pod.ready() && !pod.terminating())
                .count();
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

    boolean listed() {
        return locked(() -> listed);
    }

    boolean allReady() {
        return locked(() -> allReadyNanos != 0);
    }

    boolean allGone() {
        return locked(() -> allGoneNanos != 0 && nodes.isEmpty() && claims.isEmpty());
    }

    /** Seconds from then to the first NodeClaim. */
    double firstClaimSeconds(long sinceNanos) {
        return seconds(sinceNanos, firstClaimNanos);
    }

    double allReadySeconds(long sinceNanos) {
        return seconds(sinceNanos, allReadyNanos);
    }

    double allGoneSeconds(long sinceNanos) {
        return seconds(sinceNanos, allGoneNanos);
    }

    private static double seconds(long fromNanos, long toNanos) {
        return toNanos == 0 ? -1 : Math.round((toNanos - fromNanos) / 1e6) / 1000.0;
    }

    int secondRoundClaims() {
        return locked(secondRound::size);
    }

    Collection<Pod> pods() {
        return locked(() -> new ArrayList<>(pods.values()));
    }

    Scene scene() {
        return locked(() -> {
            int pending = 0;
            int starting = 0;
            int ready = 0;
            for (Pod pod : pods.values()) {
                if (pod.phase() == PodPhase.PENDING && !pod.bound()) {
                    pending++;
                } else if (pod.ready()) {
                    ready++;
                } else {
                    starting++;
                }
            }
            double price = nodes.values().stream().mapToDouble(Story::price).sum();
            return new Scene(
                    pending,
                    starting,
                    ready,
                    List.copyOf(claims.values()),
                    nodes.values().stream()
                            .sorted((a, b) -> a.name().compareTo(b.name()))
                            .toList(),
                    price);
        });
    }

    /** The price that the node's label states, 0 when it states none. */
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

    /** Waits for an event after the one of that number, or for the deadline, whichever is first. */
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

    private <T> T locked(java.util.function.Supplier<T> read) {
        lock.lock();
        try {
            return read.get();
        } finally {
            lock.unlock();
        }
    }

    /** The nodes' pods that the story counts, by node name. */
    Map<String, Integer> podsByNode() {
        return locked(() -> {
            Map<String, Integer> counts = new HashMap<>();
            for (Pod pod : pods.values()) {
                @Nullable String node = pod.nodeName();
                if (node != null) {
                    counts.merge(node, 1, Integer::sum);
                }
            }
            return counts;
        });
    }
}
