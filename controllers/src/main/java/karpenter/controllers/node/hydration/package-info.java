/**
 * Labels Nodes with the NodeClass of their claim where the label is missing: by it nodes are known as managed. From the claim
 * to the label. Threads: the controller's workers.
 */
@NullMarked
package karpenter.controllers.node.hydration;

import org.jspecify.annotations.NullMarked;
