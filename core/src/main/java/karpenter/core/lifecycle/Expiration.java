package karpenter.core.lifecycle;

import java.time.Duration;
import java.time.Instant;
import karpenter.api.v1.NodeClaim;
import org.jspecify.annotations.Nullable;

/** The end that a claim was given at its birth. */
public final class Expiration {
    private Expiration() {}

    /** When the claim expires, or null for never. */
    public static @Nullable Instant of(NodeClaim claim) {
        Duration lifetime = claim.spec().expireAfter().duration();
        Instant created = claim.metadata().creationTimestamp();
        return lifetime == null || created == null ? null : created.plus(lifetime);
    }
}
