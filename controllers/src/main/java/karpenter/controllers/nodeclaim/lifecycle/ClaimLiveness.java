package karpenter.controllers.nodeclaim.lifecycle;

import java.time.Duration;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.lifecycle.Liveness;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends claims that got no machine, or whose machine didn't join, in time. */
final class ClaimLiveness {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimLiveness.class);

    private final ClaimDeletions deletions;
    private final RegistrationOutcomes outcomes;
    private final TimeSource time;

    ClaimLiveness(ClaimDeletions deletions, RegistrationOutcomes outcomes, TimeSource time) {
        this.deletions = deletions;
        this.outcomes = outcomes;
        this.time = time;
    }

    void advance(ClaimPass pass) {
        switch (Liveness.of(pass.claim(), time.instant())) {
            case Liveness.Verdict.Alive _ -> {}
            case Liveness.Verdict.Waiting(Duration left) -> pass.lookAgain(Outcome.requeueAfter(left));
            case Liveness.Verdict.TimedOut(String reason, Duration timeout) -> giveUp(pass, reason, timeout);
        }
    }

    private void giveUp(ClaimPass pass, String reason, Duration timeout) {
        NodeClaim claim = pass.claim();
        LOG.atDebug()
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue("timeout", timeout)
                .addKeyValue("reason", reason)
                .log("terminating due to timeout");
        WriteResult<NodeClaim> result = deletions.delete(pass.stored(), reason);
        if (result instanceof WriteResult.Written<NodeClaim>) {
            Condition launched = claim.condition(NodeClaim.LAUNCHED);
            if (launched == null || launched.isTrue()) {
                outcomes.failed(claim, "RegistrationFailed", "Failed to register node");
            } else {
                outcomes.failed(claim, launched.reason(), launched.message());
            }
        }
        pass.end(WriteOutcomes.of(result));
    }
}
