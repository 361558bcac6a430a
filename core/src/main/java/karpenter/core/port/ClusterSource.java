package karpenter.core.port;

import java.util.function.Consumer;
import karpenter.core.cluster.ClusterDelta;

/** Delivers the cluster as deltas: first every object that exists, then {@code Listed}, then each change. */
public interface ClusterSource extends AutoCloseable {
    /**
     * Starts watching. The sink is called from several threads, in order per object; it must return quickly. After a lost
     * watch the source lists again and delivers the difference, deletions included.
     */
    void start(Consumer<ClusterDelta> sink);

    @Override
    void close();
}
