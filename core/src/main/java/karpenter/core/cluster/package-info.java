/**
 * One image of the cluster: compact records for pods, nodes and what governs them, deltas that change the image, and frozen
 * snapshots that decisions read. From the watch (deltas) to the decision (snapshots). Records are immutable and may be read
 * by any thread; only {@link karpenter.core.cluster.ClusterStore} is mutable and has one owner.
 */
@NullMarked
package karpenter.core.cluster;

import org.jspecify.annotations.NullMarked;
