package karpenter.provider.kwok;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Machines that were launched and whose Node has not appeared yet. Each boot waits for its delay, creates the Node, and
 * tries again with backoff while the API server is away, until it succeeds or is stopped.
 *
 * <p>A boot that is stopped while its request is on the way deletes the Node that the request made, so a terminated machine
 * never comes back. Thread-safe; writes run on the given executor, one at a time per machine.
 */
final class NodeBoots {
    private static final Logger LOG = LoggerFactory.getLogger(NodeBoots.class);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);

    private final ConcurrentMap<String, Boot> byNodeName = new ConcurrentHashMap<>();
    private final ObjectWriter<Node> writer;
    private final TimeSource time;
    private final Executor executor;

    NodeBoots(ObjectWriter<Node> writer, TimeSource time, Executor executor) {
        this.writer = writer;
        this.time = time;
        this.executor = executor;
    }

    /** Starts a boot unless this machine already boots; returns the Node of the one that counts. */
    Node start(Node node, Duration delay) {
        Boot boot = new Boot(node);
        Boot running = byNodeName.putIfAbsent(node.name(), boot);
        if (running != null) {
            return running.node;
        }
        boot.in(delay);
        return node;
    }

    /** The Node that will appear, or null when none of that name is on its way. */
    @Nullable
    Node find(String nodeName) {
        Boot boot = byNodeName.get(nodeName);
        return boot == null ? null : boot.node;
    }

    List<Node> all() {
        return byNodeName.values().stream().map(boot -> boot.node).toList();
    }

    /** Makes sure that the Node does not appear, or is deleted right away should its request be on the way already. */
    void stop(String nodeName) {
        Boot boot = byNodeName.remove(nodeName);
        if (boot != null) {
            boot.stop();
        }
    }

    private final class Boot {
        private final Node node;
        private final ReentrantLock lock = new ReentrantLock();
        private boolean stopped;
        private Duration nextRetry = FIRST_RETRY;
        private TimeSource.@Nullable Scheduled scheduled;

        Boot(Node node) {
            this.node = node;
        }

        void in(Duration delay) {
            lock.lock();
            try {
                if (stopped) {
                    return;
                }
                if (delay.isPositive()) {
                    scheduled = time.schedule(delay, () -> executor.execute(this::create));
                    return;
                }
            } finally {
                lock.unlock();
            }
            executor.execute(this::create);
        }

        void stop() {
            lock.lock();
            try {
                stopped = true;
                if (scheduled != null) {
                    scheduled.cancel();
                }
            } finally {
                lock.unlock();
            }
        }

        private boolean stopped() {
            lock.lock();
            try {
                return stopped;
            } finally {
                lock.unlock();
            }
        }

        private void create() {
            if (stopped()) {
                return;
            }
            switch (writer.create(node)) {
                case WriteResult.Written<Node>(Node created) -> appeared(created);
                case WriteResult.AlreadyExists<Node> existing -> byNodeName.remove(node.name(), this);
                case WriteResult.Refused<Node> refused ->
                    LOG.error(
                            "The API server refuses node {} with status {}: {}; its claim is given up when it doesn't register in time",
                            node.name(),
                            refused.status(),
                            refused.message());
                case WriteResult.Unavailable<Node> away -> again(away.message(), away.retryAfter());
                case WriteResult.Conflict<Node> conflict -> again(conflict.message(), null);
                case WriteResult.NotFound<Node> missing -> again("the API server does not serve nodes", null);
            }
        }

        private void appeared(Node created) {
            if (byNodeName.remove(node.name(), this)) {
                return;
            }
            WriteResult<Node> undone = writer.delete(created);
            LOG.debug("Node {} appeared after its machine was terminated; deleted: {}", node.name(), undone);
        }

        private void again(String message, @Nullable Duration retryAfter) {
            Duration wait = retryAfter == null || retryAfter.compareTo(nextRetry) < 0 ? nextRetry : retryAfter;
            LOG.warn("Can't create node {}, trying again in {}: {}", node.name(), wait, message);
            Duration doubled = nextRetry.multipliedBy(2);
            nextRetry = doubled.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : doubled;
            in(wait);
        }
    }
}
