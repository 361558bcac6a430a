package karpenter.controllers.nodeclaim.lifecycle;

import java.util.ArrayList;
import java.util.List;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.runtime.Outcome;

/** One pass over one claim: the claim as stored, as it shall be stored, and when to look again. Used by one thread. */
final class ClaimPass {
    private NodeClaim stored;
    private NodeClaim claim;
    private Outcome outcome = Outcome.done();
    private boolean ended;
    private final List<Runnable> onceStored = new ArrayList<>();

    ClaimPass(NodeClaim stored) {
        this.stored = stored;
        this.claim = stored;
    }

    /** What the API server has. */
    NodeClaim stored() {
        return stored;
    }

    /** What it shall have. */
    NodeClaim claim() {
        return claim;
    }

    void change(NodeClaim next) {
        claim = next;
    }

    /** Starts over with a newer version, before any stage has changed something. */
    void restart(NodeClaim newer) {
        stored = newer;
        claim = newer;
    }

    Outcome outcome() {
        return outcome;
    }

    /** Asks for another look; the most urgent wish wins. */
    void lookAgain(Outcome wish) {
        outcome = WriteOutcomes.soonest(outcome, wish);
    }

    /** Ends the pass: nothing is written, no further stage runs. */
    void end(Outcome last) {
        outcome = last;
        ended = true;
    }

    boolean ended() {
        return ended;
    }

    /** Runs that when the claim has been stored as it shall be; for what is counted or told once. */
    void onceStored(Runnable action) {
        onceStored.add(action);
    }

    void runOnceStored() {
        onceStored.forEach(Runnable::run);
    }
}
