package karpenter.core.disruption;

import java.time.Duration;
import java.time.Instant;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Pod;

/** How much it hurts to move pods; compares nodes, has no unit. */
public final class DisruptionCost {
    /** Upstream's scale: a pod-deletion-cost of 2^27 weighs as much as the pod itself. */
    private static final double DELETION_COST_UNIT = Math.scalb(1.0, 27);

    /** Upstream's scale: a priority of 2^25 weighs as much as the pod itself. */
    private static final double PRIORITY_UNIT = Math.scalb(1.0, 25);

    private static final double LIMIT = 10;

    private DisruptionCost() {}

    /** 1 for an ordinary pod, more for a higher deletion cost or priority; between -10 and 10. */
    public static double ofEviction(Pod pod) {
        double cost = 1 + pod.deletionCost() / DELETION_COST_UNIT + pod.shape().priority() / PRIORITY_UNIT;
        return Math.clamp(cost, -LIMIT, LIMIT);
    }

    /** 1 for the node, plus what its reschedulable pods cost; pods that are glad to go count nothing. */
    public static double ofRescheduling(Iterable<Pod> pods) {
        double sum = 1;
        for (Pod pod : pods) {
            if (pod.reschedulable()) {
                sum += Math.max(0, ofEviction(pod));
            }
        }
        return sum;
    }

    /** The fraction of its life that a claim still has before it, 1 when it never expires. */
    public static double lifetimeRemaining(NodeClaim claim, Instant now) {
        Duration life = claim.spec().expireAfter().duration();
        Instant born = claim.metadata().creationTimestamp();
        if (life == null || born == null || life.isZero()) {
            return 1;
        }
        double lived = (double) Duration.between(born, now).toMillis() / life.toMillis();
        return Math.clamp(1 - lived, 0, 1);
    }

    /** What all pods on a node cost together, less as the node comes to its natural end. */
    public static double ofNode(NodeClaim claim, Iterable<Pod> pods, Instant now) {
        double sum = 0;
        for (Pod pod : pods) {
            sum += ofEviction(pod);
        }
        return sum * lifetimeRemaining(claim, now);
    }
}
