package karpenter.core.cluster;

/** What the cluster's scheduler has said about a pod that is not bound. */
public enum SchedulerVerdict {
    /** Nothing yet. */
    NONE,
    /** It doesn't look at the pod before all of the pod's scheduling gates are gone. */
    GATED,
    /** No node takes the pod. */
    UNSCHEDULABLE
}
