package karpenter.controllers.testing;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.core.cluster.PodKey;
import org.jspecify.annotations.Nullable;

/** Makes CapacityBuffers in namespace {@code default}. */
public final class BufferBuilder {
    private final String name;
    private String strategy = CapacityBuffer.ACTIVE_CAPACITY;
    private CapacityBuffer.@Nullable PodTemplateReference template;
    private CapacityBuffer.@Nullable ScalableReference workload;
    private @Nullable Integer replicas;
    private @Nullable Integer percentage;
    private final Map<String, Quantity> limits = new TreeMap<>();

    private BufferBuilder(String name) {
        this.name = name;
    }

    public static BufferBuilder buffer(String name) {
        return new BufferBuilder(name);
    }

    public static PodKey key(String name) {
        return new PodKey(FakeApiServer.BUFFER_NAMESPACE, name);
    }

    public BufferBuilder template(String podTemplate) {
        template = new CapacityBuffer.PodTemplateReference(podTemplate);
        return this;
    }

    public BufferBuilder workload(String kind, String workloadName) {
        workload = new CapacityBuffer.ScalableReference("apps", kind, workloadName);
        return this;
    }

    public BufferBuilder replicas(int value) {
        replicas = value;
        return this;
    }

    public BufferBuilder percentage(int value) {
        percentage = value;
        return this;
    }

    public BufferBuilder limit(String resource, String quantity) {
        limits.put(resource, Quantity.parse(quantity));
        return this;
    }

    public BufferBuilder strategy(String value) {
        strategy = value;
        return this;
    }

    public CapacityBuffer build() {
        return new CapacityBuffer(
                new ObjectMeta(
                        name,
                        "",
                        FakeApiServer.BUFFER_NAMESPACE,
                        "",
                        "",
                        0,
                        null,
                        null,
                        Map.of(),
                        Map.of(),
                        List.of(),
                        List.of()),
                new CapacityBuffer.Spec(
                        strategy, template, workload, replicas, percentage, limits.isEmpty() ? null : limits),
                CapacityBuffer.Status.EMPTY);
    }
}
