package karpenter.controllers.node.termination;

import java.time.Instant;
import java.util.function.BiFunction;
import karpenter.api.Condition;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;
import karpenter.core.lifecycle.TerminationDeadline;
import org.jspecify.annotations.Nullable;

/** One pass over one node that ends, with its claim if there is exactly one. Used by one thread. */
final class TerminationPass {
    private final Node node;
    private final @Nullable NodeClaim stored;
    private final Instant now;
    private @Nullable NodeClaim claim;

    TerminationPass(Node node, @Nullable NodeClaim claim, Instant now) {
        this.node = node;
        this.stored = claim;
        this.claim = claim;
        this.now = now;
    }

    Node node() {
        return node;
    }

    Instant now() {
        return now;
    }

    /** The claim as the API server has it, or null. */
    @Nullable
    NodeClaim stored() {
        return stored;
    }

    /** The claim as it shall be, or null. */
    @Nullable
    NodeClaim claim() {
        return claim;
    }

    /** When pods and volumes must be gone, or null for never. */
    @Nullable
    Instant deadline() {
        return claim == null ? null : TerminationDeadline.of(claim);
    }

    /** Changes the claim's conditions; nothing without a claim. */
    void show(BiFunction<NodeClaim, Instant, NodeClaim> change) {
        if (claim != null) {
            claim = change.apply(claim, now);
        }
    }

    /** The claim's condition, or null without one. */
    @Nullable
    Condition condition(String type) {
        return claim == null ? null : claim.condition(type);
    }

    boolean isTrue(String type) {
        return claim != null && claim.isTrue(type);
    }
}
