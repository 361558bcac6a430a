package karpenter.core.cluster;

/** The controlling owner of a pod. */
public record PodOwner(String apiVersion, String kind, String name, String uid) {
    public boolean isDaemonSet() {
        return kind.equals("DaemonSet") && apiVersion.equals("apps/v1");
    }

    /** A static pod's mirror is owned by its Node. */
    public boolean isNode() {
        return kind.equals("Node") && apiVersion.equals("v1");
    }

    public boolean isStatefulSet() {
        return kind.equals("StatefulSet") && apiVersion.equals("apps/v1");
    }
}
