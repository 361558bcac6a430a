/**
 * Deletes NodeClaims when their time is up, whatever budgets say; the drain that follows still spares what is protected. From
 * the claim's birth and {@code expireAfter} to a deletion. Threads: the controller's workers.
 */
@NullMarked
package karpenter.controllers.nodeclaim.expiration;

import org.jspecify.annotations.NullMarked;
