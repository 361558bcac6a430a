package karpenter.controllers.provisioning;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.launch.NodeClaimLauncher.Launch;
import karpenter.controllers.state.ClusterState;
import karpenter.core.buffer.BufferOutcome;
import karpenter.core.buffer.BufferPods;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.SchedulingResult;

/**
 * Carries out what a pass decided about the room of buffers: notes where it is, so that those machines don't go as empty and
 * room that is ordered isn't ordered again, and what each buffer is to be told. No event and no promise is about a virtual pod.
 */
final class BufferEffects {
    private final ClusterState state;

    BufferEffects(ClusterState state) {
        this.state = state;
    }

    /**
     * Notes where the room is.
     *
     * @param launches what became of the result's plans
     */
    void settle(PassQuestion question, SchedulingResult result, List<Launch> launches) {
        if (state.buffers().isEmpty()) {
            return;
        }
        Map<String, String> places = new HashMap<>();
        Set<String> ordered = new HashSet<>();
        for (Pod pod : question.orderedRoom()) {
            String claim = state.buffers().placeOf(pod.uid());
            if (claim != null) {
                places.put(pod.uid(), claim);
                ordered.add(pod.uid());
            }
        }
        for (SchedulingResult.Placement placement : result.placements()) {
            put(placement.pods(), targetOf(placement.machine()), places);
        }
        for (Launch launch : launches) {
            switch (launch) {
                case Launch.Created(NodePlan plan, NodeClaim claim) -> put(plan.pods(), claim.name(), places);
                case Launch.Open(NodePlan plan, NodeClaim claim, String why) -> put(plan.pods(), claim.name(), places);
                case Launch.Refused refused -> {
                    // There is no machine to keep; the next pass plans its pods anew.
                }
            }
        }
        state.settleBuffers(places, BufferOutcome.of(question.demands(), ordered, result));
    }

    /** What plans call a machine. */
    static String targetOf(NodeState machine) {
        NodeClaim claim = machine.claim();
        return claim == null ? machine.name() : claim.name();
    }

    private static void put(List<Pod> pods, String target, Map<String, String> places) {
        for (Pod pod : BufferPods.virtual(pods)) {
            places.put(pod.uid(), target);
        }
    }
}
