package karpenter.core.lifecycle;

import static karpenter.core.lifecycle.Samples.T0;
import static karpenter.core.lifecycle.Samples.claim;
import static karpenter.core.lifecycle.Samples.condition;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import karpenter.api.Condition;
import karpenter.api.v1.NodeClaim;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("nodeclaim/lifecycle: liveness")
final class LivenessTest {
    @Test
    void givesALaunchFiveMinutesFromItsConditionsLastChange() {
        NodeClaim claim = claim(null, null, condition(NodeClaim.LAUNCHED, Condition.UNKNOWN, T0.plusSeconds(100)));
        assertThat(Liveness.of(claim, T0.plusSeconds(399)))
                .isEqualTo(new Liveness.Verdict.Waiting(Duration.ofSeconds(1)));
        assertThat(Liveness.of(claim, T0.plusSeconds(400)))
                .isEqualTo(new Liveness.Verdict.TimedOut("launch_timeout", Duration.ofMinutes(5)));
    }

    @Test
    void countsFromTheCreationOfAClaimThatNobodyHasLookedAt() {
        assertThat(Liveness.of(claim(null, null), T0.plusSeconds(299)))
                .isEqualTo(new Liveness.Verdict.Waiting(Duration.ofSeconds(1)));
    }

    @Test
    void givesARegistrationFifteenMinutes() {
        NodeClaim claim = claim(
                null,
                null,
                condition(NodeClaim.LAUNCHED, Condition.TRUE, T0.plusSeconds(200)),
                condition(NodeClaim.REGISTERED, Condition.UNKNOWN, T0));
        assertThat(Liveness.of(claim, T0.plusSeconds(899)))
                .isEqualTo(new Liveness.Verdict.Waiting(Duration.ofSeconds(1)));
        assertThat(Liveness.of(claim, T0.plusSeconds(900)))
                .isEqualTo(new Liveness.Verdict.TimedOut("registration_timeout", Duration.ofMinutes(15)));
    }

    @Test
    void leavesARegisteredClaimAlone() {
        NodeClaim claim = claim(
                null,
                null,
                condition(NodeClaim.LAUNCHED, Condition.TRUE, T0),
                condition(NodeClaim.REGISTERED, Condition.TRUE, T0));
        assertThat(Liveness.of(claim, T0.plus(Duration.ofDays(100)))).isEqualTo(new Liveness.Verdict.Alive());
    }
}
