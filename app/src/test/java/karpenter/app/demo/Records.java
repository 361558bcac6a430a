package karpenter.app.demo;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.SchedulerVerdict;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** Small records for this package's tests. */
final class Records {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final PodShape NGINX =
            PodShape.builder("default").labels(Map.of("app", "nginx")).build();

    private Records() {}

    private static ObjectMeta meta(String name, Map<String, String> labels) {
        return ObjectMeta.named(name).withLabels(labels);
    }

    /** A node of the story's pool. */
    static Node node(String name, String price, boolean ready) {
        return new Node(
                meta(
                        name,
                        Map.of(
                                Labels.NODE_POOL,
                                "default",
                                Labels.INSTANCE_TYPE,
                                "c-4x-amd64-linux",
                                Labels.ZONE,
                                "test-zone-a",
                                Labels.CAPACITY_TYPE,
                                "spot",
                                "eks-node-viewer/instance-price",
                                price)),
                "kwok://" + name,
                false,
                List.of(),
                ResourceVector.ZERO,
                ResourceVector.ZERO,
                List.of(new Condition("Ready", ready ? "True" : "False", "", "", T0, 1)));
    }

    /**
     * A NodeClaim of the story's pool.
     *
     * @param nodeName empty while it launches
     */
    static NodeClaim claim(String name, String nodeName, int plannedPods) {
        return new NodeClaim(
                meta(name, Map.of(Labels.NODE_POOL, "default")),
                new NodeClaim.Spec(
                        List.of(),
                        List.of(),
                        List.of(),
                        new NodeClaim.Resources(Map.of("pods", Quantity.of(plannedPods))),
                        new NodeClassReference("group", "Kind", "default"),
                        null,
                        NillableDuration.parse("Never")),
                NodeClaim.Status.EMPTY.withNodeName(nodeName));
    }

    /** A pod of the story. */
    static Pod pod(String name, @Nullable String nodeName, boolean ready) {
        return new Pod(
                new PodKey("default", name),
                "uid-" + name,
                "1",
                NGINX,
                ready ? PodPhase.RUNNING : PodPhase.PENDING,
                nodeName,
                null,
                nodeName == null ? SchedulerVerdict.UNSCHEDULABLE : SchedulerVerdict.NONE,
                ready,
                T0,
                null,
                null,
                null,
                0);
    }
}
