package karpenter.core.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.NillableDuration;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** Small records for this package's tests. */
final class Records {
    static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private Records() {}

    static ObjectMeta meta(String name, int version, Map<String, String> labels) {
        return new ObjectMeta(
                name,
                "",
                "",
                "uid-" + name,
                Integer.toString(version),
                1,
                T0,
                null,
                labels,
                Map.of(),
                List.of(),
                List.of());
    }

    static Node node(String name, int version, Map<String, String> labels, List<Taint> taints, long milliCpu) {
        ResourceVector resources = ResourceVector.of(Map.of("cpu", Quantity.ofMilli(milliCpu)));
        return new Node(meta(name, version, labels), "fake://" + name, false, taints, resources, resources, List.of());
    }

    static NodeClaim claim(String name, int version, String providerId, List<Taint> startupTaints, long milliCpu) {
        Map<String, Quantity> resources = Map.of("cpu", Quantity.ofMilli(milliCpu));
        return new NodeClaim(
                meta(name, version, Map.of("from", "claim")),
                new NodeClaim.Spec(
                        List.of(),
                        startupTaints,
                        List.of(),
                        new NodeClaim.Resources(Map.of()),
                        new NodeClassReference("group", "Kind", "default"),
                        null,
                        NillableDuration.parse("Never")),
                new NodeClaim.Status("", providerId, "", resources, resources, List.of(), null));
    }

    static Pod pod(String name, int version, @Nullable String nodeName, PodPhase phase) {
        PodShape shape = PodShape.builder("default")
                .requests(ResourceVector.of(Map.of("cpu", Quantity.ofMilli(500), "pods", Quantity.of(1))))
                .build();
        return new Pod(
                new PodKey("default", name),
                "uid-" + name,
                Integer.toString(version),
                shape,
                phase,
                nodeName,
                null,
                SchedulerVerdict.NONE,
                false,
                T0,
                null,
                null,
                null,
                0);
    }

    static Condition condition(String type, String status) {
        return new Condition(type, status, type, "", T0, 1);
    }
}
