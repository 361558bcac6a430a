/**
 * Replaces nodes that have been sick for too long, by force, as long as few are. From a Node's conditions and the provider's
 * repair policies to the deletion of the claim. Threads: the controller's workers. Runs only with the gate NodeRepair.
 */
@NullMarked
package karpenter.controllers.node.health;

import org.jspecify.annotations.NullMarked;
