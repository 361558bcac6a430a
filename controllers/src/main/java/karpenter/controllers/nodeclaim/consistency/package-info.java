/**
 * Compares initialized Nodes with what their claims were promised, and tells when a node is smaller. From claim and node to a
 * condition and an event; nothing else acts on it. Threads: the controller's workers.
 */
@NullMarked
package karpenter.controllers.nodeclaim.consistency;

import org.jspecify.annotations.NullMarked;
