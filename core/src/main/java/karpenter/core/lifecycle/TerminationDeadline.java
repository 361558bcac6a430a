package karpenter.core.lifecycle;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import karpenter.api.GoDuration;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import org.jspecify.annotations.Nullable;

/** When a terminating node's pods must be gone at the latest. Kept as an annotation, so that a restart doesn't move it. */
public final class TerminationDeadline {
    private TerminationDeadline() {}

    /** The deadline the claim carries, or null when it has none or one that can't be read: then pods are waited for. */
    public static @Nullable Instant of(NodeClaim claim) {
        String written = claim.metadata().annotations().get(Labels.TERMINATION_TIMESTAMP);
        if (written == null) {
            return null;
        }
        try {
            return Instant.parse(written);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** A deleting claim with its deadline; unchanged when it has one already, or no grace period to count from. */
    public static NodeClaim annotated(NodeClaim claim) {
        String grace = claim.spec().terminationGracePeriod();
        Instant deletion = claim.metadata().deletionTimestamp();
        if (grace == null
                || deletion == null
                || claim.metadata().annotations().containsKey(Labels.TERMINATION_TIMESTAMP)) {
            return claim;
        }
        return claim.withMetadata(claim.metadata()
                .withAnnotation(Labels.TERMINATION_TIMESTAMP, text(deletion.plus(GoDuration.parse(grace)))));
    }

    /** As the annotation and events write a time: RFC 3339 in whole seconds. */
    public static String text(Instant deadline) {
        return deadline.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
