package karpenter.core.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.cluster.Pod;
import karpenter.core.disruption.DoNotDisrupt;
import org.jspecify.annotations.Nullable;

/**
 * Which pods of a terminating node are asked to go now, which are made to go, and how many are waited for.
 *
 * <p>Method: four tiers, each begun when the ones before are gone: ordinary pods, their daemons, critical pods, critical
 * daemons. Pods that do-not-disrupt protects are waited for. A deadline overrides all of that: each pod is deleted early
 * enough to get as much of its own grace period as is left, whatever its tier or protection.
 *
 * <p>Complexity: O(pods of the node).
 */
public final class Drain {
    private static final Taint DISRUPTED = Taint.of(Labels.DISRUPTED_TAINT, "", Taint.NO_SCHEDULE);

    /** A pod that is still there so long after its end was due hangs on a dead kubelet; nobody waits for it. */
    private static final Duration STUCK_AFTER = Duration.ofMinutes(1);

    /** Zero would take the pod out of the API at once while its containers may still run. */
    private static final Duration LEAST_GRACE = Duration.ofSeconds(1);

    private static final int TIERS = 4;

    private Drain() {}

    /**
     * One step of a drain.
     *
     * @param evict pods to ask politely, of the first tier that is not gone
     * @param force pods to delete now, of any tier
     * @param waiting pods that must be gone before the drain is over
     */
    public record Step(List<Pod> evict, List<ForcedDeletion> force, int waiting) {
        public Step {
            evict = List.copyOf(evict);
            force = List.copyOf(force);
        }

        public boolean isDone() {
            return waiting == 0;
        }
    }

    /** @param grace what the pod gets instead of its own grace period, at least one second */
    public record ForcedDeletion(Pod pod, Duration grace) {}

    /**
     * Says what to do next.
     *
     * @param pods all pods bound to the node
     * @param deadline when pods must be gone, null for never
     */
    public static Step next(List<Pod> pods, Instant now, @Nullable Instant deadline) {
        List<List<Pod>> tiers = new ArrayList<>();
        for (int tier = 0; tier < TIERS; tier++) {
            tiers.add(new ArrayList<>());
        }
        List<ForcedDeletion> force = new ArrayList<>();
        int waiting = 0;
        for (Pod pod : pods) {
            if (pod.phase().terminal() || !isDrainable(pod, now)) {
                continue;
            }
            waiting++;
            tiers.get(tier(pod)).add(pod);
            if (deadline != null && mustGo(pod, now, deadline)) {
                force.add(new ForcedDeletion(pod, graceLeft(now, deadline)));
            }
        }
        List<Pod> evict = new ArrayList<>();
        for (Pod pod : firstOf(tiers)) {
            boolean forced = force.stream().anyMatch(deletion -> deletion.pod().equals(pod));
            if (!pod.terminating() && !forced && !DoNotDisrupt.protects(pod, now)) {
                evict.add(pod);
            }
        }
        return new Step(evict, force, waiting);
    }

    /** Whether a drain ends the pod: not one that stays whatever happens, nor one that is stuck in its end. */
    public static boolean isDrainable(Pod pod, Instant now) {
        Instant end = pod.deletionTimestamp();
        boolean stuck = end != null && now.isAfter(end.plus(STUCK_AFTER));
        return !stuck
                && !pod.mirror()
                && pod.shape().tolerations().stream().noneMatch(toleration -> toleration.tolerates(DISRUPTED));
    }

    private static List<Pod> firstOf(List<List<Pod>> tiers) {
        for (List<Pod> tier : tiers) {
            if (!tier.isEmpty()) {
                return tier;
            }
        }
        return List.of();
    }

    private static int tier(Pod pod) {
        boolean critical = switch (pod.shape().priorityClassName()) {
            case "system-cluster-critical", "system-node-critical" -> true;
            default -> false;
        };
        return (critical ? 2 : 0) + (pod.daemon() ? 1 : 0);
    }

    private static boolean mustGo(Pod pod, Instant now, Instant deadline) {
        Instant end = pod.deletionTimestamp();
        if (end == null) {
            return now.isAfter(deadline.minusSeconds(pod.shape().terminationGracePeriodSeconds()));
        }
        // Asking again helps only if it brings the end forward.
        return end.isAfter(now.plus(graceLeft(now, deadline))) && end.isAfter(deadline);
    }

    private static Duration graceLeft(Instant now, Instant deadline) {
        Duration left = Duration.between(now, deadline);
        return left.compareTo(LEAST_GRACE) < 0 ? LEAST_GRACE : left;
    }
}
