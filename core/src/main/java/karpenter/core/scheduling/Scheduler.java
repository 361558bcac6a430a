package karpenter.core.scheduling;

import java.util.function.BooleanSupplier;

/** Places pods. */
public final class Scheduler {
    private Scheduler() {}

    /**
     * Solves one problem. Deterministic: equal input gives an equal answer.
     *
     * @return each pod of the input in exactly one placement, plan or rejection
     */
    public static SchedulingResult schedule(SchedulingInput input) {
        return schedule(input, () -> false);
    }

    /**
     * Solves one problem in limited time: once that is over, what has been found is the answer, and pods that had no turn are
     * rejected for it ({@link RejectionReason.OutOfTime}). The first plan that is found is improved as long as there is time.
     *
     * @param outOfTime asked often, from this thread; with one that counts the questions the answer is deterministic
     */
    public static SchedulingResult schedule(SchedulingInput input, BooleanSupplier outOfTime) {
        DefaultConstraints defaults = new DefaultConstraints(input);
        return defaults.restored(new SchedulingPass(defaults.spelledOut(input), new Cutoff(outOfTime)).run());
    }
}
