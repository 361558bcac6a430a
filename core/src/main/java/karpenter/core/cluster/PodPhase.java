package karpenter.core.cluster;

/** A pod's phase as its status says; an empty phase counts as Pending. */
public enum PodPhase {
    PENDING,
    RUNNING,
    SUCCEEDED,
    FAILED,
    UNKNOWN;

    public boolean terminal() {
        return this == SUCCEEDED || this == FAILED;
    }
}
