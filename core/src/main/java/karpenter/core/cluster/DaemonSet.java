package karpenter.core.cluster;

import karpenter.api.ObjectMeta;

/** A DaemonSet and the shape its template gives to pods; a live pod's shape is preferred where there is one. */
public record DaemonSet(ObjectMeta metadata, PodShape template) {}
