package karpenter.core.buffer;

import java.util.List;
import java.util.Map;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** Buffers, templates and pods to test with. */
final class Buffers {
    static final String NAMESPACE = "shop";
    static final PodKey KEY = new PodKey(NAMESPACE, "spare");

    private Buffers() {}

    static CapacityBuffer buffer(CapacityBuffer.Spec spec) {
        return new CapacityBuffer(
                new ObjectMeta(
                        KEY.name(), "", NAMESPACE, "uid", "1", 7, null, null, Map.of(), Map.of(), List.of(), List.of()),
                spec,
                CapacityBuffer.Status.EMPTY);
    }

    static CapacityBuffer.Spec spec(
            @Nullable Integer replicas, @Nullable Integer percentage, @Nullable Map<String, Quantity> limits) {
        return new CapacityBuffer.Spec(
                CapacityBuffer.ACTIVE_CAPACITY,
                new CapacityBuffer.PodTemplateReference("web"),
                null,
                replicas,
                percentage,
                limits);
    }

    static BufferDemand demand(int replicas) {
        return BufferDemand.of(buffer(spec(replicas, null, null)), template(), null);
    }

    /** A pod of half a core and a gibibyte that keeps away from its like and has a volume. */
    static PodShape template() {
        return PodShape.builder(NAMESPACE)
                .labels(Map.of("app", "web"))
                .requests(ResourceVector.of(500, 1L << 30).with(ResourceVector.PODS, 1))
                .nodeSelector(Map.of("disk", "ssd"))
                .podAntiAffinity(List.of(new PodShape.PodAffinityTerm(
                        "kubernetes.io/hostname",
                        new LabelSelector(Map.of("app", "web"), List.of()),
                        List.of(),
                        null,
                        List.of(),
                        List.of())))
                .volumes(List.of(new PodShape.VolumeReference("data", "data", false, null)))
                .priority(1000)
                .priorityClassName("high")
                .build();
    }

    /** A pod that exists and waits. */
    static Pod waiting(String name) {
        return Pod.waiting(new PodKey(NAMESPACE, name), name, template(), java.time.Instant.EPOCH);
    }
}
