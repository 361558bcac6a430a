package karpenter.core.disruption;

import java.time.Duration;
import java.time.Instant;
import karpenter.api.GoDuration;
import karpenter.core.cluster.Pod;

/**
 * What a pod's do-not-disrupt annotation says at a moment: {@code true} protects it for good, a positive Go duration for that
 * long from its start.
 */
public sealed interface DoNotDisrupt {
    /** No annotation, or one that asks for nothing, {@code false} for example. */
    record Absent() implements DoNotDisrupt {
        private static final Absent INSTANCE = new Absent();
    }

    /** @param until when protection ends; {@link Instant#MAX} for never, or as long as the pod hasn't started */
    record Active(Instant until) implements DoNotDisrupt {}

    /** The grace period is over. */
    record Elapsed(Instant since) implements DoNotDisrupt {}

    /** Neither {@code true} nor a positive duration: ignored, and worth an event. */
    record Invalid(String value) implements DoNotDisrupt {}

    static DoNotDisrupt of(Pod pod, Instant now) {
        String value = pod.doNotDisrupt();
        if (value == null || value.isEmpty() || value.equals("false")) {
            return Absent.INSTANCE;
        }
        if (value.equals("true")) {
            return new Active(Instant.MAX);
        }
        Duration grace;
        try {
            grace = GoDuration.parse(value);
        } catch (IllegalArgumentException e) {
            return new Invalid(value);
        }
        if (grace.isZero() || grace.isNegative()) {
            return new Invalid(value);
        }
        Instant start = pod.startTime();
        if (start == null) {
            return new Active(Instant.MAX);
        }
        Instant until = start.plus(grace);
        return now.isBefore(until) ? new Active(until) : new Elapsed(until);
    }

    /** Whether the annotation protects an active pod at that moment; one that has ended or is going isn't protected. */
    static boolean protects(Pod pod, Instant now) {
        return !pod.phase().terminal() && !pod.terminating() && of(pod, now) instanceof Active;
    }
}
