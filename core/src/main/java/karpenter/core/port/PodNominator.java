package karpenter.core.port;

import karpenter.core.cluster.PodKey;

/** Tells the cluster's scheduler which node a waiting pod is meant for ({@code status.nominatedNodeName}). */
public interface PodNominator {
    /**
     * Nominates exactly the pod with this uid.
     *
     * @return whether it is written; it is a wish, so nobody tries again
     */
    boolean nominate(PodKey pod, String uid, String nodeName);
}
