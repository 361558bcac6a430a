package karpenter.core.buffer;

import java.util.Map;
import karpenter.api.Quantity;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** For how many pods a buffer keeps room. */
final class BufferSize {
    /** Pods of one buffer at most: a limit that was written with a slip must not fill this program's memory. */
    static final int MOST_PODS = 50_000;

    private static final long UNLIMITED = Long.MAX_VALUE;
    private static final int PERCENT = 100;

    private BufferSize() {}

    /**
     * The larger of the fixed number and the share of the workload, as far as the limits allow; limits alone say how many
     * there are. Neither gives none.
     *
     * <p>A limit counts when a pod asks for that resource; {@code pods} is one of them, which upstream leaves out.
     *
     * @param requests of one pod, {@code pods} included as 1
     * @param workloadReplicas how many pods the workload wants, null for a template that no workload owns
     * @return 0 to {@link #MOST_PODS}
     */
    static int pods(CapacityBuffer.Spec spec, ResourceVector requests, @Nullable Integer workloadReplicas) {
        long wanted = -1;
        if (spec.replicas() != null) {
            wanted = spec.replicas();
        }
        if (spec.percentage() != null && workloadReplicas != null && workloadReplicas > 0) {
            wanted = Math.max(wanted, share(workloadReplicas, spec.percentage()));
        }
        long most = most(spec.limits(), requests);
        if (wanted < 0) {
            wanted = most == UNLIMITED ? 0 : most;
        }
        return (int) Math.min(Math.min(wanted, most), MOST_PODS);
    }

    /** Rounded up, so that any share of a workload that runs is at least one pod. */
    private static long share(int workloadReplicas, int percentage) {
        return Math.ceilDiv((long) workloadReplicas * percentage, PERCENT);
    }

    private static long most(@Nullable Map<String, Quantity> limits, ResourceVector requests) {
        long most = UNLIMITED;
        if (limits != null) {
            ResourceVector limit = ResourceVector.of(limits);
            for (String resource : limits.keySet()) {
                long request = requests.get(resource);
                if (request > 0) {
                    most = Math.min(most, Math.max(0, limit.get(resource)) / request);
                }
            }
        }
        return most;
    }
}
