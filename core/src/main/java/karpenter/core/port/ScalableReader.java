package karpenter.core.port;

import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.core.port.ObjectReader.ReadResult;

/**
 * Reads what makes pods from a template, straight from the API server: few of a cluster's workloads are ever asked for, so
 * none are watched.
 */
public interface ScalableReader {
    /** @param kind Deployment, StatefulSet or ReplicaSet of {@code apps/v1} */
    ReadResult<Scalable> read(String kind, PodKey key);

    /**
     * A workload.
     *
     * @param template the shape of its pods, owned by nobody
     * @param replicas how many it wants
     */
    record Scalable(PodShape template, int replicas) {}
}
