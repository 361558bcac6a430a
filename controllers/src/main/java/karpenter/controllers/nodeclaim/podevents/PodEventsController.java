package karpenter.controllers.nodeclaim.podevents;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.lifecycle.PodEvents;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * The controller {@code nodeclaim.podevents}.
 *
 * <p>Method: how far each pod is, is remembered by uid, so that only a step forward is an event: bound to a node, ending. The
 * event's time is now, but for pods of the first list it is the time that the pod itself bears.
 *
 * <p>Differs from upstream: a restart is not an event. Upstream stamps every node that has pods then, and so delays all
 * consolidation by {@code consolidateAfter}.
 */
public final class PodEventsController {
    private static final int CONCURRENCY = 10;

    private final ClusterState state;
    private final ObjectWriter<NodeClaim> claims;
    private final CloudProvider cloud;
    private final TimeSource time;
    private final Map<String, PodEvents.Stage> stageByPodUid = new ConcurrentHashMap<>();
    private final Map<String, Instant> latestByNode = new ConcurrentHashMap<>();

    private PodEventsController(
            ClusterState state, ObjectWriter<NodeClaim> claims, CloudProvider cloud, TimeSource time) {
        this.state = state;
        this.claims = new ImageWriter<>(claims, state);
        this.cloud = cloud;
        this.time = time;
    }

    /** Makes the controller; keys are names of Nodes. */
    public static Controller<String> controller(
            ClusterState state, ObjectWriter<NodeClaim> claims, CloudProvider cloud, ControllerContext context) {
        PodEventsController podEvents = new PodEventsController(state, claims, cloud, context.time());
        Controller<String> controller = Controller.<String>named("nodeclaim.podevents")
                .logField("controllerKind", Node.KIND.kind())
                .concurrency(CONCURRENCY)
                .reconciler(podEvents::reconcile)
                .build(context);
        state.listen(delta -> podEvents.hear(delta, controller));
        return controller;
    }

    private void hear(ClusterDelta delta, Controller<String> controller) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod) -> {
                String node = pod.nodeName();
                Instant event = event(pod);
                if (node != null && event != null) {
                    latestByNode.merge(node, event, (a, b) -> a.isAfter(b) ? a : b);
                    controller.enqueue(node);
                }
            }
            case ClusterDelta.PodGone(PodKey key, String uid) -> stageByPodUid.remove(uid);
            case ClusterDelta.NodeChanged(Node node) -> {
                if (latestByNode.containsKey(node.name())) {
                    controller.enqueue(node.name());
                }
            }
            case ClusterDelta.NodeGone(String name, String uid) -> latestByNode.remove(name);
            case ClusterDelta.Listed() -> latestByNode.keySet().forEach(controller::enqueue);
            default -> {
                // nothing about pods
            }
        }
    }

    /** When the pod took the step that this change shows, or null when it shows none. */
    private @Nullable Instant event(Pod pod) {
        PodEvents.Stage stage = PodEvents.stage(pod);
        if (stage == PodEvents.Stage.UNBOUND) {
            return null;
        }
        PodEvents.Stage before = stageByPodUid.put(pod.uid(), stage);
        if (before != null && before.compareTo(stage) >= 0) {
            return null;
        }
        return state.listed() ? time.instant() : PodEvents.reached(pod);
    }

    private Outcome reconcile(String nodeName) {
        Node node = state.node(nodeName);
        Instant latest = latestByNode.get(nodeName);
        if (!state.listed() || node == null || latest == null) {
            // The end of the first list, or the node when it comes, brings the key back.
            return Outcome.done();
        }
        List<NodeClaim> owners = state.claimsOf(node.providerId());
        NodeClaim claim = owners.size() == 1 ? owners.getFirst() : null;
        Instant event = latest.truncatedTo(ChronoUnit.SECONDS);
        if (claim == null
                || claim.metadata().deleting()
                || !cloud.manages(claim)
                || !PodEvents.isNews(claim.status().lastPodEventTime(), event)) {
            latestByNode.remove(nodeName, latest);
            return Outcome.done();
        }
        WriteResult<NodeClaim> result =
                claims.patchStatus(claim, claim.withStatus(claim.status().withLastPodEventTime(event)), Lock.NONE);
        if (result instanceof WriteResult.Written<NodeClaim>) {
            latestByNode.remove(nodeName, latest);
        }
        return WriteOutcomes.of(result);
    }
}
