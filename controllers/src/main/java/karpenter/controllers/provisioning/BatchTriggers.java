package karpenter.controllers.provisioning;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.Labels;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodPhase;
import karpenter.runtime.Batcher;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;

/**
 * Opens batches: when a pod waits for capacity, while a node that is being disrupted has pods to give away, when a pool becomes
 * able to serve, and when the room of a capacity buffer has to be looked after. Pods and nodes are looked at again every ten seconds as long as that lasts, so that no lost answer
 * and no failed pass leaves a pod behind.
 */
final class BatchTriggers {
    private static final Duration AGAIN = Duration.ofSeconds(10);
    private static final int LEAST_CONCURRENCY = 10;
    private static final int MOST_CONCURRENCY = 1_000;

    private final ClusterState state;
    private final Batcher<String> batcher;
    private final RecentPods recent;
    private final Controller<PodKey> pods;
    private final Controller<String> nodes;
    /** By pool name, what the pool was like when it last opened a batch. */
    private final Map<String, String> servingPools = new ConcurrentHashMap<>();

    BatchTriggers(
            ControllerContext context,
            ClusterState state,
            Batcher<String> batcher,
            RecentPods recent,
            int cpuRequestsMilli) {
        this.state = state;
        this.batcher = batcher;
        this.recent = recent;
        int concurrency = ConcurrencyScale.of(LEAST_CONCURRENCY, MOST_CONCURRENCY, cpuRequestsMilli);
        pods = Controller.<PodKey>named("provisioner.trigger.pod")
                .concurrency(concurrency)
                .logField("controllerKind", "Pod")
                .reconciler(this::lookAtPod)
                .build(context);
        nodes = Controller.<String>named("provisioner.trigger.node")
                .concurrency(concurrency)
                .logField("controllerKind", "Node")
                .reconciler(this::lookAtNode)
                .build(context);
        state.listen(this::heard);
        state.buffers().listenForPasses(batcher::trigger);
    }

    List<Controller<?>> controllers() {
        return List.of(pods, nodes);
    }

    private void heard(ClusterDelta delta) {
        switch (delta) {
            case ClusterDelta.PodChanged(Pod pod) when pod.provisionable() -> pods.enqueue(pod.key());
            case ClusterDelta.PodChanged(Pod pod) when tookRoom(pod) -> batcher.trigger(pod.uid());
            case ClusterDelta.NodeChanged(Node node) when isDisrupted(node) -> nodes.enqueue(node.name());
            case ClusterDelta.NodePoolChanged(NodePool pool) -> heardOf(pool);
            case ClusterDelta.NodePoolGone(String name, String uid) -> servingPools.remove(name);
            default -> {
                // Nothing else makes pods wait for capacity.
            }
        }
    }

    private Outcome lookAtPod(PodKey key) {
        Pod pod = state.pod(key);
        if (pod == null || !pod.provisionable()) {
            return Outcome.done();
        }
        state.waits().acknowledge(pod.uid());
        batcher.trigger(pod.uid(), recent.cameNanos(pod.uid()));
        return Outcome.requeueAfter(AGAIN);
    }

    private Outcome lookAtNode(String name) {
        Node node = state.node(name);
        if (node == null || !isDisrupted(node)) {
            return Outcome.done();
        }
        batcher.trigger(node.metadata().uid());
        return Outcome.requeueAfter(AGAIN);
    }

    /** A pool that became ready, or whose spec changed, may serve pods that were refused a moment ago. */
    private void heardOf(NodePool pool) {
        if (!pool.isTrue(NodePool.READY)) {
            servingPools.remove(pool.name());
            return;
        }
        String likeness = pool.metadata().uid() + "/" + pool.metadata().generation();
        if (!likeness.equals(servingPools.put(pool.name(), likeness))) {
            batcher.trigger("nodepool/" + likeness);
        }
    }

    /** A pod that was bound a moment ago to a node with a buffer's room on it may have used that room: it is kept anew. */
    private boolean tookRoom(Pod pod) {
        return pod.nodeName() != null
                && pod.phase() == PodPhase.PENDING
                && !state.buffers().isEmpty()
                && state.bufferPodsOn(pod.nodeName()) > 0;
    }

    private static boolean isDisrupted(Node node) {
        return node.taints().stream().anyMatch(taint -> taint.key().equals(Labels.DISRUPTED_TAINT));
    }
}
