package karpenter.core.scheduling;

import karpenter.core.cluster.Pod;

/** A pod that has no place, and why. */
public record PodRejection(Pod pod, RejectionReason reason) {}
