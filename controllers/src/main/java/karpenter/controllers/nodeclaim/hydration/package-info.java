/**
 * Labels NodeClaims with their NodeClass where the label is missing: claims that people write by hand, and old ones. From the
 * claim's reference to its label, by which nodes are known as managed. Threads: the controller's workers.
 */
@NullMarked
package karpenter.controllers.nodeclaim.hydration;

import org.jspecify.annotations.NullMarked;
