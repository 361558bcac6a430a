package karpenter.core.buffer;

import java.util.Set;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.core.cluster.PodKey;

/** Where a buffer's pod template is to be found. */
public sealed interface BufferReference {
    /** The workloads that a buffer may refer to, all of them of API group {@code apps}. */
    Set<String> WORKLOAD_KINDS = Set.of("Deployment", "ReplicaSet", "StatefulSet");

    String WORKLOAD_GROUP = "apps";

    /** A PodTemplate. */
    record ToTemplate(PodKey template) implements BufferReference {}

    /**
     * A workload that has a template of its own.
     *
     * @param kind one of {@link #WORKLOAD_KINDS}
     */
    record ToWorkload(String kind, PodKey workload) implements BufferReference {}

    /** The buffer can't be served as it is written; {@code why} says what to write instead. */
    record Unusable(String why) implements BufferReference {}

    /**
     * Reads a buffer's reference.
     *
     * <p>Differs from upstream: it serves a buffer of any strategy as if it asked for active capacity. A strategy that is not
     * known may ask for something else entirely, so such a buffer is refused and says so.
     */
    static BufferReference of(CapacityBuffer buffer) {
        CapacityBuffer.Spec spec = buffer.spec();
        String namespace = buffer.metadata().namespace();
        if (!spec.provisioningStrategy().equals(CapacityBuffer.ACTIVE_CAPACITY)) {
            return new Unusable("spec.provisioningStrategy: \"" + spec.provisioningStrategy()
                    + "\" is not served; write " + CapacityBuffer.ACTIVE_CAPACITY);
        }
        CapacityBuffer.PodTemplateReference template = spec.podTemplateRef();
        if (template != null) {
            return new ToTemplate(new PodKey(namespace, template.name()));
        }
        CapacityBuffer.ScalableReference scalable = spec.scalableRef();
        if (scalable == null) {
            return new Unusable("spec names no pods; set podTemplateRef or scalableRef");
        }
        boolean apps = scalable.apiGroup().isEmpty() || scalable.apiGroup().equals(WORKLOAD_GROUP);
        if (!apps || !WORKLOAD_KINDS.contains(scalable.kind())) {
            return new Unusable("spec.scalableRef: " + scalable.kind() + " of group \"" + scalable.apiGroup()
                    + "\" has no template that is known here; name a Deployment, StatefulSet or ReplicaSet of group "
                    + WORKLOAD_GROUP);
        }
        return new ToWorkload(scalable.kind(), new PodKey(namespace, scalable.name()));
    }
}
