/**
 * Watches the conditions of NodeClaims, NodePools, Nodes and CapacityBuffers: an event and a count for each transition, and metrics of how
 * long things are as they are, named as upstream's library operatorpkg names them. From the image to events and the
 * registry; nothing is written to the objects.
 */
@NullMarked
package karpenter.controllers.status;

import org.jspecify.annotations.NullMarked;
