package karpenter.core.cluster;

import org.jspecify.annotations.Nullable;

/**
 * How a ReplicaSet, StatefulSet or ReplicationController selects the pods it owns.
 *
 * @param selector null selects nothing
 */
public record Workload(PodKey key, String uid, @Nullable LabelSelector selector) {}
