package karpenter.core.scheduling;

/** Places pods. */
public final class Scheduler {
    private Scheduler() {}

    /**
     * Solves one problem. Deterministic: equal input gives an equal answer.
     *
     * @return each pod of the input in exactly one placement, plan or rejection
     */
    public static SchedulingResult schedule(SchedulingInput input) {
        DefaultConstraints defaults = new DefaultConstraints(input);
        return defaults.restored(new SchedulingPass(defaults.spelledOut(input)).run());
    }
}
