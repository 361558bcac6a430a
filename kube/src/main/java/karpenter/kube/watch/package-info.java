/**
 * The watches: from the API server's lists and events to deltas, each kind on a virtual thread of its own, for as long as the
 * source is open, whatever the server does meanwhile.
 */
@NullMarked
package karpenter.kube.watch;

import org.jspecify.annotations.NullMarked;
