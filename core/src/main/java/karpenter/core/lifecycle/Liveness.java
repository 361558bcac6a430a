package karpenter.core.lifecycle;

import java.time.Duration;
import java.time.Instant;
import karpenter.api.Condition;
import karpenter.api.v1.NodeClaim;
import org.jspecify.annotations.Nullable;

/**
 * How long a claim may take to get a machine, and its machine to join.
 *
 * <p>Differs from upstream: a claim that missed its launch is not also judged by its registration.
 */
public final class Liveness {
    public static final Duration LAUNCH_TIMEOUT = Duration.ofMinutes(5);
    public static final Duration REGISTRATION_TIMEOUT = Duration.ofMinutes(15);

    private Liveness() {}

    /** What the clock says of a claim. */
    public sealed interface Verdict {
        /** It is registered: nothing to wait for. */
        record Alive() implements Verdict {}

        /** @param left until the claim counts as dead if nothing happens */
        record Waiting(Duration left) implements Verdict {}

        /** @param reason as metrics write it */
        record TimedOut(String reason, Duration timeout) implements Verdict {}
    }

    /** Judges by the time since the condition that is missing last changed, which is not the claim's age. */
    public static Verdict of(NodeClaim claim, Instant now) {
        if (claim.isTrue(NodeClaim.REGISTERED)) {
            return new Verdict.Alive();
        }
        boolean launched = claim.isTrue(NodeClaim.LAUNCHED);
        Duration timeout = launched ? REGISTRATION_TIMEOUT : LAUNCH_TIMEOUT;
        Instant since = transition(claim, launched ? NodeClaim.REGISTERED : NodeClaim.LAUNCHED, now);
        Duration left = Duration.between(now, since.plus(timeout));
        if (left.isPositive()) {
            return new Verdict.Waiting(left);
        }
        return new Verdict.TimedOut(launched ? "registration_timeout" : "launch_timeout", timeout);
    }

    private static Instant transition(NodeClaim claim, String type, Instant now) {
        Condition condition = claim.conditions().get(type);
        @Nullable Instant since = condition == null ? null : condition.lastTransitionTime();
        return since == null ? now : since;
    }
}
