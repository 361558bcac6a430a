package karpenter.core.buffer;

import java.util.List;
import java.util.function.Function;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingResult;

/**
 * Places pods and the room of buffers together, and never at the expense of a pod that exists.
 *
 * <p><b>Problem.</b> Pods and room are packed best together, but where a pool's limits leave too little for both, the
 * scheduler, which knows no difference, may give a machine to room and none to a pod.
 *
 * <p><b>Method.</b> All together first. When a pod that exists has no place then, those alone: if more of them have one so,
 * that is the answer, and the room has to wait. <b>Complexity.</b> One solve, a second one only when a pod is refused.
 *
 * <p><b>Differs from upstream</b>, where virtual pods compete with the others.
 */
public final class BufferSolve {
    private BufferSolve() {}

    /**
     * Answers a question that may contain virtual pods. Deterministic if the scheduler is.
     *
     * @return each pod that exists in exactly one placement, plan or rejection; virtual pods likewise, or not at all when
     *     they had to stand back
     */
    public static SchedulingResult schedule(
            SchedulingInput input, Function<SchedulingInput, SchedulingResult> scheduler) {
        SchedulingResult together = scheduler.apply(input);
        long refused = refused(together);
        if (refused == 0) {
            return together;
        }
        List<Pod> existing = BufferPods.existing(input.pods());
        if (existing.size() == input.pods().size()) {
            return together;
        }
        SchedulingResult alone = scheduler.apply(new SchedulingInput(
                input.snapshot(), input.machines(), existing, input.pools(), input.promised(), input.options()));
        return refused(alone) < refused ? alone : together;
    }

    private static long refused(SchedulingResult result) {
        return result.rejections().stream()
                .filter(rejection -> !BufferPods.isVirtual(rejection.pod()))
                .count();
    }
}
