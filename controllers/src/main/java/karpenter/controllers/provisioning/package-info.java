/**
 * Buys nodes for pods that have no place: gathers pods into batches, asks the scheduler, and has the claims of its plans
 * created. From pods in the image to NodeClaims, nominations and events. One pass at a time, on the provisioner's thread;
 * triggers come from any thread. While a claim is ordered but not launched no pass runs that could buy for its pods again.
 */
@NullMarked
package karpenter.controllers.provisioning;

import org.jspecify.annotations.NullMarked;
