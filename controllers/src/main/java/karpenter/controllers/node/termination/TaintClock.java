package karpenter.controllers.node.termination;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.lifecycle.NodeTermination;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * Since when the image has seen each node's disrupted taint. The taint itself bears no time, and a disruption command puts it
 * some time before the node is deleted. A restart starts over, which errs on the safe side.
 */
final class TaintClock {
    private final TimeSource time;
    private final Map<String, Instant> seenByNode = new ConcurrentHashMap<>();

    TaintClock(TimeSource time) {
        this.time = time;
    }

    void hear(ClusterDelta delta) {
        switch (delta) {
            case ClusterDelta.NodeChanged(Node node) -> {
                if (NodeTermination.isTainted(node)) {
                    seenByNode.putIfAbsent(node.name(), time.instant());
                } else {
                    seenByNode.remove(node.name());
                }
            }
            case ClusterDelta.NodeGone(String name, String uid) -> seenByNode.remove(name);
            default -> {
                // nothing about a node
            }
        }
    }

    /** Null when the node isn't tainted as far as the image knows. */
    @Nullable
    Instant since(String nodeName) {
        return seenByNode.get(nodeName);
    }
}
