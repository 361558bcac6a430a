/**
 * Takes each NodeClaim from its creation to its end: finalizer, launch, registration and initialization of its Node, the
 * clock that ends what never joins, and the removal of Node and machine. From the watch to the cloud and back to the API
 * server. Threads: the controller's workers, one claim each; what a stage remembers is by claim uid.
 *
 * <p>Every step may be repeated: after a crash at any point the next pass over the claim leads to the same end, because the
 * finalizer is there before the machine is, a launch is known to the provider by the claim's uid, the Node is written before
 * the claim says so, and the finalizer goes last.
 */
@NullMarked
package karpenter.controllers.nodeclaim.lifecycle;

import org.jspecify.annotations.NullMarked;
