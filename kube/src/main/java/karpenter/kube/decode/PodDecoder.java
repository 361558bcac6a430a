package karpenter.kube.decode;

import java.time.Instant;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.SchedulerVerdict;
import org.jspecify.annotations.Nullable;

/** Decodes Pods. */
final class PodDecoder {
    private static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

    private final PodShapes shapes;

    PodDecoder(PodShapes shapes) {
        this.shapes = shapes;
    }

    /** @param asWritten whether a person wrote it, so that the API server's and the scheduler's part is still missing */
    Pod pod(Tree pod, boolean asWritten) {
        Tree metadata = pod.get("metadata");
        Tree spec = pod.get("spec");
        Tree status = pod.get("status");
        String name = metadata.get("name").requiredText();
        Map<String, String> labels = metadata.get("labels").textMap();
        PodShape shape = shapes.shape(
                metadata.get("namespace").text("default"), labels, controller(metadata), spec, status, asWritten);
        Tree scheduled = condition(status, "PodScheduled");
        String nodeName = spec.get("nodeName").nameOrNull();
        String uid = metadata.get("uid").text("");
        Tree annotations = metadata.get("annotations");
        Instant created = metadata.get("creationTimestamp").time();
        return new Pod(
                // The shape's namespace is one object for all siblings.
                new PodKey(shape.namespace(), name),
                uid.isEmpty() ? shape.namespace() + "/" + name : uid,
                metadata.get("resourceVersion").text(""),
                shape,
                phase(status.get("phase")),
                nodeName,
                status.get("nominatedNodeName").nameOrNull(),
                verdict(scheduled, asWritten && nodeName == null),
                isTrue(condition(status, "Ready")),
                created == null ? Instant.EPOCH : created,
                metadata.get("deletionTimestamp").time(),
                status.get("startTime").time(),
                doNotDisrupt(annotations),
                deletionCost(annotations));
    }

    /** @param waits what to take for granted when nothing was said */
    private static SchedulerVerdict verdict(@Nullable Tree scheduled, boolean waits) {
        if (scheduled == null) {
            return waits ? SchedulerVerdict.UNSCHEDULABLE : SchedulerVerdict.NONE;
        }
        return switch (scheduled.get("reason").text("")) {
            case "Unschedulable" -> SchedulerVerdict.UNSCHEDULABLE;
            case "SchedulingGated" -> SchedulerVerdict.GATED;
            default -> SchedulerVerdict.NONE;
        };
    }

    private static @Nullable PodOwner controller(Tree metadata) {
        for (Tree owner : metadata.get("ownerReferences").items()) {
            if (owner.get("controller").flag()) {
                return new PodOwner(
                        owner.get("apiVersion").text(""),
                        owner.get("kind").text(""),
                        owner.get("name").text(""),
                        owner.get("uid").text(""));
            }
        }
        return null;
    }

    private static @Nullable Tree condition(Tree status, String type) {
        for (Tree condition : status.get("conditions").items()) {
            if (condition.get("type").text("").equals(type)) {
                return condition;
            }
        }
        return null;
    }

    private static boolean isTrue(@Nullable Tree condition) {
        return condition != null && condition.get("status").text("").equals("True");
    }

    private static PodPhase phase(Tree phase) {
        return switch (phase.text("")) {
            case "", "Pending" -> PodPhase.PENDING;
            case "Running" -> PodPhase.RUNNING;
            case "Succeeded" -> PodPhase.SUCCEEDED;
            case "Failed" -> PodPhase.FAILED;
            default -> PodPhase.UNKNOWN;
        };
    }

    static @Nullable String doNotDisrupt(Tree annotations) {
        return annotations.get(Labels.DO_NOT_DISRUPT).textOrNull();
    }

    static double deletionCost(Tree annotations) {
        String text = annotations.get(DELETION_COST).textOrNull();
        if (text == null) {
            return 0;
        }
        try {
            double cost = Double.parseDouble(text);
            return Double.isFinite(cost) ? cost : 0;
        } catch (NumberFormatException e) {
            return 0; // Kubernetes ignores a malformed cost too
        }
    }
}
