/**
 * Keeps the conditions of NodeClaims that say whether a node may be disrupted voluntarily: Drifted and Consolidatable. From
 * claim, pool and provider to conditions, which the disruption loop reads. Threads: the controller's workers.
 */
@NullMarked
package karpenter.controllers.nodeclaim.disruption;

import org.jspecify.annotations.NullMarked;
