package karpenter.core.lifecycle;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.NillableDuration;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.SchedulerVerdict;
import karpenter.core.cluster.Toleration;
import org.jspecify.annotations.Nullable;

/** Small records for this package's tests. */
final class Samples {
    static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    static final PodOwner DAEMON_SET = new PodOwner("apps/v1", "DaemonSet", "agent", "agent-uid");
    static final PodOwner NODE = new PodOwner("v1", "Node", "n", "n-uid");

    private Samples() {}

    /** A running pod with 30 seconds of grace. */
    static Pod pod(String name) {
        return pod(name, null, "", List.of(), PodPhase.RUNNING, null, null);
    }

    static Pod pod(
            String name,
            @Nullable PodOwner owner,
            String priorityClass,
            List<Toleration> tolerations,
            PodPhase phase,
            @Nullable Instant deletion,
            @Nullable String doNotDisrupt) {
        PodShape shape = PodShape.builder("default")
                .owner(owner)
                .tolerations(tolerations)
                .priorityClassName(priorityClass)
                .build();
        return new Pod(
                new PodKey("default", name),
                "uid-" + name,
                "1",
                shape,
                phase,
                "n",
                null,
                SchedulerVerdict.NONE,
                true,
                T0,
                deletion,
                T0,
                doNotDisrupt,
                0);
    }

    static NodeClaim claim(
            @Nullable String terminationGracePeriod, @Nullable Instant deletion, Condition... conditions) {
        ObjectMeta metadata =
                new ObjectMeta("a", "", "", "uid-a", "1", 1, T0, deletion, Map.of(), Map.of(), List.of(), List.of());
        return new NodeClaim(
                metadata,
                new NodeClaim.Spec(
                        List.of(),
                        List.of(),
                        List.of(),
                        new NodeClaim.Resources(Map.of()),
                        new NodeClassReference("group", "Kind", "default"),
                        terminationGracePeriod,
                        NillableDuration.parse("720h")),
                NodeClaim.Status.EMPTY.withConditions(List.of(conditions)));
    }

    static Condition condition(String type, String status, Instant since) {
        return new Condition(type, status, type, "", since, 1);
    }
}
