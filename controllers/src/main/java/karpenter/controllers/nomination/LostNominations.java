package karpenter.controllers.nomination;

import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.port.PodNominator;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;

/**
 * The controller {@code pod.nomination}: nominates pods again whose nomination the scheduler took back.
 *
 * <p>kube-scheduler takes a nomination back whenever it tries the pod in vain, and each node that opens has it try all pods that
 * wait, those too whose own nodes open a moment later. Without their nominations they would take the room of others. A pod that
 * was planned elsewhere since, because its place is really gone, is left alone.
 */
public final class LostNominations {
    private static final int CONCURRENCY = 10;

    private final ClusterState state;
    private final NominationWriter writer;

    private LostNominations(ClusterState state, PodNominator nominator) {
        this.state = state;
        this.writer = new NominationWriter(state.nominations(), nominator);
    }

    /** Makes the controller. */
    public static Controller<PodKey> controller(ClusterState state, PodNominator nominator, ControllerContext context) {
        LostNominations lost = new LostNominations(state, nominator);
        Controller<PodKey> controller = Controller.<PodKey>named("pod.nomination")
                .logField("controllerKind", "Pod")
                .concurrency(CONCURRENCY)
                .reconciler(lost::reconcile)
                .build(context);
        state.listen(delta -> {
            if (delta instanceof ClusterDelta.PodChanged(Pod pod)
                    && state.nominations().lost(pod.uid()) != null) {
                controller.enqueue(pod.key());
            }
        });
        return controller;
    }

    private Outcome reconcile(PodKey key) {
        Pod pod = state.pod(key);
        String nodeName = pod == null ? null : state.nominations().lost(pod.uid());
        if (pod != null && nodeName != null && state.isPlannedOn(pod.uid(), nodeName)) {
            writer.write(pod, nodeName);
        }
        return Outcome.done();
    }
}
