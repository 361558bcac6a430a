package karpenter.app.solve;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.ObjectMeta;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.SchedulerVerdict;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.core.scheduling.CostBound;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.Obstacle;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.RejectionReason;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.provider.kwok.KwokInstanceTypes;
import org.jspecify.annotations.Nullable;

/** Hand-made answers of the scheduler. */
final class Results {
    static final NodePool POOL = new NodePool(
            ObjectMeta.named("default"),
            new NodePool.Spec(
                    new NodePool.Template(
                            new NodePool.TemplateMetadata(null, null),
                            new NodePool.TemplateSpec(
                                    List.of(),
                                    List.of(),
                                    List.of(),
                                    new NodeClassReference("karpenter.kwok.sh", "KWOKNodeClass", "default"),
                                    null,
                                    NillableDuration.parse("720h"))),
                    NodePool.Disruption.DEFAULT,
                    null,
                    null,
                    null),
            NodePool.Status.EMPTY);

    private Results() {}

    static PodShape shape(@Nullable PodOwner owner, Map<String, String> labels, ResourceVector requests) {
        return PodShape.builder("default")
                .labels(labels)
                .owner(owner)
                .requests(requests)
                .build();
    }

    static Pod pod(String name, PodShape shape, @Nullable String nodeName) {
        return new Pod(
                new PodKey("default", name),
                "default/" + name,
                "",
                shape,
                PodPhase.PENDING,
                nodeName,
                null,
                nodeName == null ? SchedulerVerdict.UNSCHEDULABLE : SchedulerVerdict.NONE,
                false,
                Instant.EPOCH,
                null,
                null,
                null,
                0);
    }

    /** Pods of Deployment {@code owner}, named from 0 on. */
    static List<Pod> pods(String owner, int count) {
        PodShape shape = shape(
                new PodOwner("apps/v1", "Deployment", owner, ""),
                Map.of("app", owner),
                ResourceVector.of(500, 1L << 30).with(ResourceVector.PODS, 1));
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pods.add(pod(owner + "-" + i, shape, null));
        }
        return pods;
    }

    static InstanceType type(String name) {
        return KwokInstanceTypes.defaults().stream()
                .filter(type -> type.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static NodePlan plan(List<Pod> pods, String... types) {
        List<InstanceType> fitting = List.of(types).stream().map(Results::type).toList();
        Offering spot = fitting.getFirst().offerings().stream()
                .filter(offering -> offering.capacityType().equals(Labels.CAPACITY_TYPE_SPOT))
                .findFirst()
                .orElseThrow();
        ResourceVector requests = ResourceVector.ZERO;
        for (Pod pod : pods) {
            requests = requests.plus(pod.shape().requests());
        }
        return new NodePlan(
                POOL, "karpenter.kwok.sh/kwoknodeclass", Requirements.NONE, fitting, spot, requests, pods, false);
    }

    static NodeState machine(String name) {
        ResourceVector room = ResourceVector.of(4000, 8L << 30).with(ResourceVector.PODS, 110);
        return new NodeState(
                name,
                new Node(ObjectMeta.named(name), "", false, List.of(), room, room, List.of()),
                null,
                List.of(),
                List.of(),
                false,
                null,
                0);
    }

    /** Two equal nodes and a big one, two pods on a node that exists, three pods without a place. */
    static SolveAnswer mixed() {
        List<Pod> web = pods("web", 8);
        List<Pod> gpu = pods("gpu", 3);
        RejectionReason reason = new RejectionReason.NoPoolFits(List.of(new RejectionReason.NoPoolFits.PoolReason(
                "default", new Obstacle.Untolerated(Taint.of("gpu", "", Taint.NO_SCHEDULE)))));
        SchedulingResult result = new SchedulingResult(
                List.of(new SchedulingResult.Placement(machine("node-a"), web.subList(0, 2))),
                List.of(
                        plan(web.subList(2, 4), "s-2x-amd64-linux", "s-2x-arm64-linux"),
                        plan(web.subList(4, 6), "s-2x-amd64-linux", "s-2x-arm64-linux"),
                        plan(web.subList(6, 8), "m-4x-amd64-linux")),
                gpu.stream().map(pod -> new PodRejection(pod, reason)).toList(),
                List.of(),
                new CostBound(0.17, CostBound.Kind.WHOLE_NODES),
                false);
        return new SolveAnswer(11, result, Duration.ofMillis(12));
    }
}
