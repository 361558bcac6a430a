package karpenter.controllers.disruption;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.disruption.DisruptionMethod;
import karpenter.core.disruption.Emptiness;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.ObjectWriter;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Singleton;

/** Makes the controllers of voluntary disruption. */
public final class Disruption {
    private Disruption() {}

    /** The methods in the order in which they are asked; the first that has a command ends a pass. */
    private static List<DisruptionMethod> methods() {
        return List.of(new Emptiness());
    }

    /**
     * The controllers {@code disruption} and {@code disruption.queue}, listening to the image already; they run once they are
     * started.
     *
     * @param cpuRequestsMilli CPU_REQUESTS, which scales concurrency
     */
    public static List<Controller<?>> controllers(
            ControllerContext context,
            ClusterState state,
            CloudProvider cloud,
            ObjectWriter<Node> nodes,
            ObjectWriter<NodeClaim> claims,
            ClaimDeletions deletions,
            EventRecorder events,
            int cpuRequestsMilli) {
        DisruptionMetrics metrics = new DisruptionMetrics(context.metrics());
        DisruptionEvents said = new DisruptionEvents(events);
        DisruptionMarks marks = new DisruptionMarks(state, nodes, claims, context.time());
        Views views = new Views(state, cloud, context.time());
        DisruptionQueue queue =
                new DisruptionQueue(context, state, views, marks, deletions, said, metrics, cpuRequestsMilli);
        DisruptionLoop loop = new DisruptionLoop(context, state, views, marks, queue, methods(), said, metrics);
        Controller<Singleton> controller =
                Controller.singleton("disruption", loop::run).build(context);
        wakeOnNews(state, controller);
        return List.of(controller, queue.controller());
    }

    /** A node that has just become consolidatable, or a budget that has just become free, needn't wait for the next look. */
    private static void wakeOnNews(ClusterState state, Controller<Singleton> loop) {
        Set<String> consolidatable = ConcurrentHashMap.newKeySet();
        state.listen(delta -> {
            boolean news = switch (delta) {
                case ClusterDelta.NodeClaimChanged(NodeClaim claim) -> {
                    String uid = claim.metadata().uid();
                    if (claim.isTrue(NodeClaim.CONSOLIDATABLE)) {
                        yield consolidatable.add(uid);
                    }
                    consolidatable.remove(uid);
                    yield false;
                }
                case ClusterDelta.NodeClaimGone(String name, String uid) -> {
                    consolidatable.remove(uid);
                    yield true;
                }
                case ClusterDelta.NodePoolChanged _, ClusterDelta.Listed _ -> true;
                default -> false;
            };
            if (news) {
                loop.enqueue(Singleton.INSTANCE);
            }
        });
    }
}
