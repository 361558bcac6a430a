package karpenter.core.scheduling;

import java.util.List;

/** Places pods. */
public final class Scheduler {
    private Scheduler() {}

    /**
     * Solves one problem. Deterministic: equal input gives an equal answer.
     *
     * @return each pod of the input in exactly one placement, plan or rejection
     */
    public static SchedulingResult schedule(SchedulingInput input) {
        List<PodRejection> rejections = input.pods().stream()
                .map(pod -> new PodRejection(pod, new RejectionReason.NoPools()))
                .toList();
        return new SchedulingResult(List.of(), List.of(), rejections, List.of(), List.of());
    }
}
