package karpenter.controllers.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Outcome;
import org.junit.jupiter.api.Test;

final class WriteOutcomesTest {
    private static final Outcome SHORT = Outcome.requeueAfter(Duration.ofSeconds(1));
    private static final Outcome LONG = Outcome.requeueAfter(Duration.ofSeconds(2));

    @Test
    void choosesTheMostUrgent() {
        Outcome failure = Outcome.retry("away");
        assertThat(WriteOutcomes.soonest(SHORT, LONG)).isEqualTo(SHORT);
        assertThat(WriteOutcomes.soonest(LONG, SHORT)).isEqualTo(SHORT);
        assertThat(WriteOutcomes.soonest(Outcome.done(), LONG)).isEqualTo(LONG);
        assertThat(WriteOutcomes.soonest(LONG, Outcome.done())).isEqualTo(LONG);
        assertThat(WriteOutcomes.soonest(SHORT, Outcome.conflict())).isEqualTo(Outcome.conflict());
        assertThat(WriteOutcomes.soonest(Outcome.conflict(), failure)).isEqualTo(failure);
        assertThat(WriteOutcomes.soonest(failure, Outcome.conflict())).isEqualTo(failure);
    }

    @Test
    void readsEveryAnswerToAWrite() {
        assertThat(WriteOutcomes.of(new WriteResult.Written<>("x"))).isEqualTo(Outcome.done());
        assertThat(WriteOutcomes.of(new WriteResult.NotFound<>())).isEqualTo(Outcome.done());
        assertThat(WriteOutcomes.of(new WriteResult.Conflict<>("changed"))).isEqualTo(Outcome.conflict());
        assertThat(WriteOutcomes.of(new WriteResult.Unavailable<>("away", null)))
                .isEqualTo(Outcome.retry("away"));
        assertThat(WriteOutcomes.of(new WriteResult.Unavailable<>("busy", Duration.ofSeconds(2))))
                .isEqualTo(LONG);
        assertThat(WriteOutcomes.of(new WriteResult.Refused<>(422, "invalid")))
                .isEqualTo(Outcome.retry("the API server refuses with status 422: invalid"));
    }
}
