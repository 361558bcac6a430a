package karpenter.kube.watch;

/** Kinds that only a feature looks at, and that are watched only when it is on. */
public enum OptionalKind {
    NODE_OVERLAYS,
    /** Services, ReplicaSets, StatefulSets and ReplicationControllers, for their selectors. */
    WORKLOADS,
    CAPACITY_BUFFERS,
    POD_TEMPLATES
}
