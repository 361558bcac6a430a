/**
 * The API server behind the ports of {@code core.port}: from the watch to deltas, and from decisions' results to requests.
 *
 * <p>Callers block on their own (virtual) threads, every call has a deadline, and every write first asks the leader gate. The
 * watches run on one virtual thread per kind. Nothing here decides.
 */
@NullMarked
package karpenter.kube;

import org.jspecify.annotations.NullMarked;
