/** Tests of the controller that serves CapacityBuffers. */
@NullMarked
package karpenter.controllers.capacitybuffer;

import org.jspecify.annotations.NullMarked;
