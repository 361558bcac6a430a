package karpenter.core.buffer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodShape;

/**
 * Virtual pods: they stand for the room that a buffer keeps, in questions to the scheduler and nowhere else. Nobody is told
 * of them in events, no machine is promised to them, and what becomes of them shows in the buffer's conditions.
 *
 * <p>A virtual pod is known by its owner, the CapacityBuffer.
 */
public final class BufferPods {
    private static final String NAME_PREFIX = "capacity-buffer-";

    /** Younger than any pod: among like pods, those that exist come first. */
    private static final Instant CREATED = Instant.parse("9999-12-31T23:59:59Z");

    private BufferPods() {}

    /**
     * A buffer's pods: they obey all that the template says about where they may run, have the least priority there is, and
     * no volumes, because a claim can't be bound for a pod that doesn't exist.
     *
     * @return {@code count} pods that share one shape
     */
    static List<Pod> of(CapacityBuffer buffer, PodShape template, int count) {
        String uid = buffer.metadata().uid();
        PodShape shape = template.toBuilder()
                .owner(new PodOwner(CapacityBuffer.KIND.apiVersion(), CapacityBuffer.KIND.kind(), buffer.name(), uid))
                .priority(Integer.MIN_VALUE)
                .volumes(List.of())
                .build();
        List<Pod> pods = new ArrayList<>(count);
        for (int i = 1; i <= count; i++) {
            pods.add(Pod.waiting(
                    new PodKey(template.namespace(), NAME_PREFIX + buffer.name() + "-" + i),
                    uid + "-" + i,
                    shape,
                    CREATED));
        }
        return List.copyOf(pods);
    }

    /** Whether the pod stands for a buffer's room. */
    public static boolean isVirtual(Pod pod) {
        PodOwner owner = pod.shape().owner();
        return owner != null
                && owner.kind().equals(CapacityBuffer.KIND.kind())
                && owner.apiVersion().equals(CapacityBuffer.KIND.apiVersion());
    }

    /** Those that exist, in the order given. */
    public static List<Pod> existing(List<Pod> pods) {
        return pods.stream().filter(pod -> !isVirtual(pod)).toList();
    }

    /** Those that stand for a buffer's room, in the order given. */
    public static List<Pod> virtual(List<Pod> pods) {
        return pods.stream().filter(BufferPods::isVirtual).toList();
    }
}
