package karpenter.runtime;

/**
 * What every controller shares.
 *
 * @param time the clock
 * @param metrics where the controller counts
 * @param gate whether this process may act; leader-only controllers wait for it
 */
public record ControllerContext(TimeSource time, Metrics metrics, LeaderGate gate) {
    /** Returns a context with metrics of its own and an open gate: for tests and one-off tools. */
    public static ControllerContext standalone(TimeSource time) {
        return new ControllerContext(time, Metrics.create(), LeaderGate.open());
    }
}
