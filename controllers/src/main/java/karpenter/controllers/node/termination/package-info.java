/**
 * Empties a Node that is being deleted and ends its machine: keeps new pods away, evicts or deletes pods tier by tier, waits
 * for volumes, terminates, and lets the Node go. From the watch to the eviction API and the cloud. Threads: the workers of
 * two controllers, one for nodes and one for evictions; what they remember only paces them and may be lost.
 */
@NullMarked
package karpenter.controllers.node.termination;

import org.jspecify.annotations.NullMarked;
