package karpenter.controllers.nomination;

import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Pod;
import karpenter.core.port.PodNominator;

/** Writes nominations, and has the image know of them before the cluster does. */
final class NominationWriter {
    private final ClusterState state;
    private final PodNominator nominator;

    NominationWriter(ClusterState state, PodNominator nominator) {
        this.state = state;
        this.nominator = nominator;
    }

    /** Answers whether it was written; if not, nobody waits to hear of it. */
    boolean write(Pod pod, String nodeName) {
        state.noteNomination(pod.uid(), nodeName);
        boolean written = nominator.nominate(pod.key(), pod.uid(), nodeName);
        if (!written) {
            state.giveUpNomination(pod.uid());
        }
        return written;
    }
}
