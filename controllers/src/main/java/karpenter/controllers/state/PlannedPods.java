package karpenter.controllers.state;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.controllers.state.ClusterState.PlannedPod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import org.jspecify.annotations.Nullable;

/**
 * Where plans put pods, and which of those pods are still on their way. Not thread-safe; {@link ClusterState} guards it.
 *
 * <p>A pod that waits is on its way until it is bound or given up. A pod that runs on a machine that leaves doesn't come itself:
 * its successor will, under another uid and some time after the pod's end. So its end says nothing about the target.
 *
 * <p>The cluster's scheduler knows nothing of plans: among like machines it binds a pod to any. A pod whose place another pod
 * took then needs the place that this one left, so they exchange their plans.
 */
final class PlannedPods {
    private final Map<String, PlannedPod> byUid = new HashMap<>();
    private final Map<String, Waiting> waiting = new HashMap<>();
    /** How many pods wait of each shape; siblings share theirs. */
    private final IdentityHashMap<PodShape, Integer> shapes = new IdentityHashMap<>();

    private final Map<String, Set<String>> waitingByTarget = new HashMap<>();
    private final Map<String, Set<String>> movingByTarget = new HashMap<>();

    /** A pod that waits. */
    private record Waiting(PodKey key, PodShape shape) {}

    /**
     * Notes a plan, which replaces an earlier one for the pod.
     *
     * @param moves whether the pod runs elsewhere and its successor is meant
     * @return the earlier target when the pod was the last one on its way there, else null
     */
    @Nullable
    String plan(String podUid, String targetName, boolean moves, Instant now) {
        PlannedPod before = byUid.put(podUid, new PlannedPod(targetName, now));
        boolean moved = before != null && !before.targetName().equals(targetName);
        String left = moved ? leave(podUid, before.targetName()) : null;
        (moves ? movingByTarget : waitingByTarget)
                .computeIfAbsent(targetName, name -> new HashSet<>())
                .add(podUid);
        return left;
    }

    /**
     * Notes that a pod is bound. If it took the place of another, that one is on its way to this one's target now.
     *
     * @param landedOn what plans call the machine that it is bound to
     * @return the targets that no pod is on its way to any more
     */
    Set<String> bind(String podUid, String landedOn) {
        PlannedPod plan = byUid.get(podUid);
        if (plan == null) {
            return Set.of();
        }
        Set<String> left = new HashSet<>();
        String displaced = plan.targetName().equals(landedOn) ? null : anyWaitingFor(landedOn);
        if (displaced != null) {
            add(left, plan(displaced, plan.targetName(), false, plan.plannedAt()));
        }
        add(left, settle(podUid));
        return Set.copyOf(left);
    }

    private @Nullable String anyWaitingFor(String targetName) {
        Set<String> uids = waitingByTarget.get(targetName);
        return uids == null ? null : uids.iterator().next();
    }

    private static void add(Set<String> targets, @Nullable String target) {
        if (target != null) {
            targets.add(target);
        }
    }

    /**
     * Notes that a pod waits no longer: it is bound somewhere, or won't be.
     *
     * @return its target when it was the last one on its way there, else null
     */
    @Nullable
    String settle(String podUid) {
        forget(waiting.remove(podUid));
        PlannedPod plan = byUid.remove(podUid);
        return plan == null ? null : leave(podUid, plan.targetName());
    }

    private @Nullable String leave(String podUid, String targetName) {
        remove(movingByTarget, targetName, podUid);
        boolean waited = remove(waitingByTarget, targetName, podUid);
        boolean last = !waitingByTarget.containsKey(targetName) && !movingByTarget.containsKey(targetName);
        return waited && last ? targetName : null;
    }

    private static boolean remove(Map<String, Set<String>> byTarget, String targetName, String podUid) {
        Set<String> pods = byTarget.get(targetName);
        boolean removed = pods != null && pods.remove(podUid);
        if (pods != null && pods.isEmpty()) {
            byTarget.remove(targetName);
        }
        return removed;
    }

    /** Notes which pod it is that waits. */
    void waits(String podUid, PodKey key, PodShape shape) {
        forget(waiting.put(podUid, new Waiting(key, shape)));
        shapes.merge(shape, 1, Integer::sum);
    }

    private void forget(@Nullable Waiting pod) {
        if (pod != null) {
            shapes.computeIfPresent(pod.shape(), (shape, count) -> count > 1 ? count - 1 : null);
        }
    }

    /** Whether all pods that wait are of one shape, so that any two of them may change places. */
    boolean waitAlike() {
        return shapes.size() < 2;
    }

    /** The names of pods on their way to a target, by uid. */
    Map<String, PodKey> waitingFor(String targetName) {
        Map<String, PodKey> names = new TreeMap<>();
        for (String uid : waitingByTarget.getOrDefault(targetName, Set.of())) {
            Waiting pod = waiting.get(uid);
            if (pod != null) {
                names.put(uid, pod.key());
            }
        }
        return names;
    }

    @Nullable
    PlannedPod find(String podUid) {
        return byUid.get(podUid);
    }
}
