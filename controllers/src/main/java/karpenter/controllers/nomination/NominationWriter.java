package karpenter.controllers.nomination;

import karpenter.controllers.state.OwnNominations;
import karpenter.core.cluster.Pod;
import karpenter.core.port.PodNominator;

/** Writes nominations, and has the image know of them before the cluster does. */
final class NominationWriter {
    private final OwnNominations nominations;
    private final PodNominator nominator;

    NominationWriter(OwnNominations nominations, PodNominator nominator) {
        this.nominations = nominations;
        this.nominator = nominator;
    }

    /** Answers whether it was written; if not, nobody waits to hear of it. */
    boolean write(Pod pod, String nodeName) {
        nominations.note(pod.uid(), nodeName);
        boolean written = nominator.nominate(pod.key(), pod.uid(), nodeName);
        if (!written) {
            nominations.giveUp(pod.uid());
        }
        return written;
    }
}
