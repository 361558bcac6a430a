package karpenter.app.controller;

import org.jspecify.annotations.Nullable;

/**
 * Whether the heap keeps within the memory limit.
 *
 * <p>Differs from upstream: Go's runtime takes a soft limit while it runs, and upstream sets 90 % of the memory limit; a JVM's
 * heap has the size that it was started with, so that all there is to do here is to say that it is too large. Whoever starts
 * the program gives the limit to the JVM: a container by its own limit, {@code ./x karpenter controller} by a flag.
 */
final class MemoryLimit {
    /** Beside the heap there are threads, code and classes. */
    private static final double HEAP_SHARE = 0.9;

    private MemoryLimit() {}

    /**
     * What to warn of, or null.
     *
     * @param limitBytes not positive for none
     * @param mostHeapBytes how far the heap may grow
     */
    static @Nullable String warning(long limitBytes, long mostHeapBytes) {
        return limitBytes <= 0 || mostHeapBytes <= HEAP_SHARE * limitBytes
                ? null
                : "the heap may grow to " + mostHeapBytes + " bytes, which the memory limit of " + limitBytes
                        + " bytes leaves no room for; limit the container's memory, or start the JVM with -XX:MaxRAM="
                        + limitBytes;
    }
}
