/**
 * Serves CapacityBuffers: from buffers and the pod templates they refer to, to what the provisioner has to keep room for, and
 * from what its passes found to the buffers' status. Any number of buffers at once; the status of a buffer has this one
 * writer.
 */
@NullMarked
package karpenter.controllers.capacitybuffer;

import org.jspecify.annotations.NullMarked;
