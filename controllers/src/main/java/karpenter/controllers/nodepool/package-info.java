/**
 * Keeps what a NodePool says about itself true: its hash, its conditions, and the count of what it has. From pools,
 * NodeClasses and claims in the image to annotations and status. Several pools at once, each by one thread.
 */
@NullMarked
package karpenter.controllers.nodepool;

import org.jspecify.annotations.NullMarked;
