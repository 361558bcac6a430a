/** Tests of what CapacityBuffers ask for and are told. */
@NullMarked
package karpenter.core.buffer;

import org.jspecify.annotations.NullMarked;
