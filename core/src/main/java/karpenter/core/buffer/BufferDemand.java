package karpenter.core.buffer;

import java.util.List;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import org.jspecify.annotations.Nullable;

/**
 * The room that a buffer asks for.
 *
 * @param buffer its namespace and name
 * @param uid the buffer's
 * @param pods one for each that there has to be room for, see {@link BufferPods}
 */
public record BufferDemand(PodKey buffer, String uid, List<Pod> pods) {
    public BufferDemand {
        pods = List.copyOf(pods);
    }

    /**
     * Works out what a buffer asks for. Equal arguments give an equal demand.
     *
     * @param template the shape of a pod of its template
     * @param workloadReplicas how many pods the workload wants, null for a template that no workload owns
     */
    public static BufferDemand of(CapacityBuffer buffer, PodShape template, @Nullable Integer workloadReplicas) {
        int count = BufferSize.pods(buffer.spec(), template.requests(), workloadReplicas);
        return new BufferDemand(
                new PodKey(buffer.metadata().namespace(), buffer.name()),
                buffer.metadata().uid(),
                BufferPods.of(buffer, template, count));
    }
}
