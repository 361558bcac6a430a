package karpenter.app.solve;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Tells when time is over. */
final class Deadline {
    private Deadline() {}

    /**
     * Says yes once so much time has gone by from now on.
     *
     * @param nanoTime a clock, in nanoseconds from any origin
     */
    static BooleanSupplier after(Duration time, LongSupplier nanoTime) {
        long end = nanoTime.getAsLong() + time.toNanos();
        return () -> nanoTime.getAsLong() - end >= 0;
    }
}
