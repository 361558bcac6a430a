/**
 * What CapacityBuffers ask for: from a buffer and the pod template that it refers to, to pods that exist nowhere but in
 * questions to the scheduler, and from its answers to the buffer's conditions. Pure functions, any thread; equal buffers and
 * templates give equal pods.
 */
@NullMarked
package karpenter.core.buffer;

import org.jspecify.annotations.NullMarked;
