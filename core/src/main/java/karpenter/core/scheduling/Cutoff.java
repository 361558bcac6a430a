package karpenter.core.scheduling;

import java.util.function.BooleanSupplier;

/** Tells when a pass has to come to its end with what it has; stays passed once it is. */
final class Cutoff {
    private final BooleanSupplier outOfTime;
    private boolean passed;

    Cutoff(BooleanSupplier outOfTime) {
        this.outOfTime = outOfTime;
    }

    /** Asks anew until the answer is yes. */
    boolean passed() {
        passed = passed || outOfTime.getAsBoolean();
        return passed;
    }

    /** Whether it was ever found passed; doesn't ask. */
    boolean wasPassed() {
        return passed;
    }
}
