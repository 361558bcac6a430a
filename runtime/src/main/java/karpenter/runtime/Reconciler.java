package karpenter.runtime;

/**
 * Brings one key a step closer to what is wanted.
 *
 * <p>Runs on a virtual thread and may block on I/O that has a deadline. It must be idempotent: keys are merged, so one
 * call may answer many adds, and after a restart every key comes again. What can be expected to go wrong is an
 * {@link Outcome}; an exception is taken for a bug, logged with its stack, counted and retried.
 *
 * @param <K> the key; needs {@code equals} and {@code hashCode}
 */
@FunctionalInterface
public interface Reconciler<K> {
    /** Looks at {@code key} once. Never called for the same key by two threads at once. */
    Outcome reconcile(K key);
}
