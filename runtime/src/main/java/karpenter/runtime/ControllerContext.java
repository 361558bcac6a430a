package karpenter.runtime;

import java.util.List;
import java.util.function.Consumer;

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

    /**
     * Adds a computed gauge that only the leader shows: a standby knows the same cluster, and a sum over both would count
     * everything twice.
     *
     * @param series as {@link Metrics#computedGauge} takes it
     */
    public void leaderGauge(String name, String help, List<String> labels, Consumer<Metrics.GaugeSink> series) {
        metrics.computedGauge(name, help, labels, sink -> {
            if (gate.held()) {
                series.accept(sink);
            }
        });
    }
}
