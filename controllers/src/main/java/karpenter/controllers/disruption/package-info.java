/**
 * Takes nodes away that are no longer worth their price: asks the methods of {@link karpenter.core.disruption} what may go, and
 * carries their commands out. From snapshots to taints, conditions and deleted claims. The loop decides and never waits; the
 * queue carries commands out, several at once, each checked against the newest image before every step that can't be taken back.
 * What a dead process left half done is undone by the loop of the next one.
 */
@NullMarked
package karpenter.controllers.disruption;

import org.jspecify.annotations.NullMarked;
