package karpenter.controllers.testing;

import java.util.HashMap;
import java.util.Map;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.port.ScalableReader;

/** Workloads in memory; counts how often they are read. */
public final class FakeWorkloads implements ScalableReader {
    private final Map<String, Scalable> workloads = new HashMap<>();
    private boolean unavailable;
    private int reads;

    /** Stores a workload, new or changed. */
    public synchronized void put(String kind, PodKey key, PodShape template, int replicas) {
        workloads.put(kind + " " + key, new Scalable(template, replicas));
    }

    public synchronized void remove(String kind, PodKey key) {
        workloads.remove(kind + " " + key);
    }

    /** Says whether the API server answers no reads. */
    public synchronized void unavailable(boolean now) {
        unavailable = now;
    }

    public synchronized int reads() {
        return reads;
    }

    @Override
    public synchronized ReadResult<Scalable> read(String kind, PodKey key) {
        reads++;
        if (unavailable) {
            return new ReadResult.Unavailable<>("planned fault");
        }
        Scalable workload = workloads.get(kind + " " + key);
        return workload == null ? new ReadResult.NotFound<>() : new ReadResult.Found<>(workload);
    }
}
