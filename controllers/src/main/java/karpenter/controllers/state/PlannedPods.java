package karpenter.controllers.state;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import karpenter.controllers.state.ClusterState.PlannedPod;
import org.jspecify.annotations.Nullable;

/** Where plans put pods, and which of those pods are still on their way. Not thread-safe; {@link ClusterState} guards it. */
final class PlannedPods {
    private final Map<String, PlannedPod> byUid = new HashMap<>();
    private final Map<String, Set<String>> waitingByTarget = new HashMap<>();

    /**
     * Notes a plan, which replaces an earlier one for the pod.
     *
     * @return the earlier target when the pod was the last one on its way there, else null
     */
    @Nullable
    String plan(String podUid, String targetName, Instant now) {
        PlannedPod before = byUid.put(podUid, new PlannedPod(targetName, now));
        boolean moved = before != null && !before.targetName().equals(targetName);
        String left = moved ? leave(podUid, before.targetName()) : null;
        waitingByTarget.computeIfAbsent(targetName, name -> new HashSet<>()).add(podUid);
        return left;
    }

    /**
     * Notes that a pod waits no longer: it is bound somewhere, or won't be.
     *
     * @return its target when it was the last one on its way there, else null
     */
    @Nullable
    String settle(String podUid) {
        PlannedPod plan = byUid.remove(podUid);
        return plan == null ? null : leave(podUid, plan.targetName());
    }

    private @Nullable String leave(String podUid, String targetName) {
        Set<String> waiting = waitingByTarget.get(targetName);
        if (waiting == null || !waiting.remove(podUid) || !waiting.isEmpty()) {
            return null;
        }
        waitingByTarget.remove(targetName);
        return targetName;
    }

    @Nullable
    PlannedPod find(String podUid) {
        return byUid.get(podUid);
    }
}
