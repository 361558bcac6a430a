/**
 * The controller runtime: the queues, loops, leader gate, clock, metrics and probes that every controller stands on.
 *
 * <p><b>Place on the line:</b> from "something changed" (a key put into a {@link karpenter.runtime.WorkQueue} or a
 * {@link karpenter.runtime.Batcher}) to "someone looks at it" (a {@link karpenter.runtime.Reconciler} called with that
 * key). The package knows neither Kubernetes nor nodes, pods and clouds.
 *
 * <p><b>Threads:</b> a reconcile runs on a virtual thread named {@code <controller>-<n>}; timers run on one daemon
 * thread named {@code timer}, so what is given to {@link karpenter.runtime.TimeSource#schedule} must be short and must
 * not block; probes are served on virtual threads. Waiting is always on a condition: nothing polls and nothing sleeps.
 *
 * <p><b>Invariants:</b> one key is never worked on by two threads at once; a key that was added is worked on after the
 * add, unless the queue is closed first; a failed key comes back later with a growing delay; once leadership is lost no
 * leader-only controller takes another key; all time comes from {@link karpenter.runtime.TimeSource}, except the
 * deadlines for stopping, which wait for real threads and therefore use real time.
 */
@NullMarked
package karpenter.runtime;

import org.jspecify.annotations.NullMarked;
