/**
 * Notes on each NodeClaim when pods last came to or left its node, which is where {@code consolidateAfter} counts from. From
 * the watch of pods to {@code status.lastPodEventTime}. Threads: deltas are taken in by the threads that deliver them, written
 * by the controller's workers.
 */
@NullMarked
package karpenter.controllers.nodeclaim.podevents;

import org.jspecify.annotations.NullMarked;
