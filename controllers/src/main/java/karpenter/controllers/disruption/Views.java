package karpenter.controllers.disruption;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.disruption.DisruptionView;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/** The newest image, as decisions about disruption read it. */
final class Views {
    /** How long a promise protects a machine before it has to be renewed; more than any loop here waits. */
    private static final Duration PROMISE = Duration.ofSeconds(20);

    private static final Duration RENEW_BEFORE = Duration.ofSeconds(10);

    private final ClusterState state;
    private final CloudProvider cloud;
    private final TimeSource time;

    Views(ClusterState state, CloudProvider cloud, TimeSource time) {
        this.state = state;
        this.cloud = cloud;
        this.time = time;
    }

    /** @param owned keys of machines that belong to running commands */
    DisruptionView newest(Set<String> owned) {
        renewPromises();
        ClusterSnapshot snapshot = state.snapshot();
        return new DisruptionView(snapshot, time.instant(), owned, unresolvable(snapshot));
    }

    /**
     * Nominates the machines that waiting pods were promised to. The pass that promised them nominated them for a while, but a
     * pod can wait longer, and passes can be held up: a machine must not go as empty while pods are on their way to it.
     */
    private void renewPromises() {
        ClusterSnapshot snapshot = state.snapshot();
        Instant soon = time.instant().plus(RENEW_BEFORE);
        for (Pod pod : snapshot.pendingPods()) {
            ClusterState.PlannedPod plan = state.plannedFor(pod.uid());
            NodeState machine = plan == null ? null : machine(snapshot, plan.targetName());
            if (machine != null && !machine.nominated(soon)) {
                state.nominate(machine.key(), PROMISE);
            }
        }
    }

    private static @Nullable NodeState machine(ClusterSnapshot snapshot, String name) {
        NodeState machine = snapshot.machinesByClaimName().get(name);
        return machine == null ? snapshot.machinesByNodeName().get(name) : machine;
    }

    private Map<String, String> unresolvable(ClusterSnapshot snapshot) {
        Map<String, String> unresolvable = new HashMap<>();
        for (NodePool pool : snapshot.nodePools().values()) {
            switch (cloud.instanceTypes(pool)) {
                case InstanceTypesResult.Found _ -> {
                    // As it should be.
                }
                case InstanceTypesResult.Failed(String message) -> unresolvable.put(pool.name(), message);
                case InstanceTypesResult.NotEvaluated _ ->
                    unresolvable.put(pool.name(), "its NodeOverlays are not evaluated yet");
            }
        }
        return unresolvable;
    }
}
