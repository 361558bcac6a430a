package karpenter.core.lifecycle;

import static karpenter.core.lifecycle.Samples.T0;
import static karpenter.core.lifecycle.Samples.claim;
import static org.assertj.core.api.Assertions.assertThat;

import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import org.junit.jupiter.api.Test;

final class TerminationDeadlineTest {
    private static NodeClaim withTimestamp(NodeClaim claim, String text) {
        return claim.withMetadata(claim.metadata().withAnnotation(Labels.TERMINATION_TIMESTAMP, text));
    }

    @Test
    void liesAGracePeriodAfterTheDeletion() {
        NodeClaim annotated = TerminationDeadline.annotated(claim("1h30m", T0));
        assertThat(annotated.metadata().annotations())
                .containsEntry(Labels.TERMINATION_TIMESTAMP, "2026-01-01T01:30:00Z");
        assertThat(TerminationDeadline.of(annotated)).isEqualTo(T0.plusSeconds(5400));
    }

    @Test
    void isNotMovedOnceItIsThere() {
        NodeClaim claim = withTimestamp(claim("1h", T0), "2026-01-01T00:00:05Z");
        assertThat(TerminationDeadline.annotated(claim)).isSameAs(claim);
    }

    @Test
    void isMissingWithoutGracePeriodOrDeletion() {
        assertThat(TerminationDeadline.of(TerminationDeadline.annotated(claim(null, T0))))
                .isNull();
        assertThat(TerminationDeadline.of(TerminationDeadline.annotated(claim("1h", null))))
                .isNull();
    }

    @Test
    void isReadInAnyTimeZoneAndIgnoredWhenItIsNoTime() {
        assertThat(TerminationDeadline.of(withTimestamp(claim(null, T0), "2026-01-01T02:00:00+02:00")))
                .isEqualTo(T0);
        assertThat(TerminationDeadline.of(withTimestamp(claim(null, T0), "tomorrow")))
                .isNull();
    }
}
