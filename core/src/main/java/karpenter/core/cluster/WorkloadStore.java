package karpenter.core.cluster;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of the image that says which pods belong together. One owner; a frozen copy is made only after a change. */
final class WorkloadStore {
    private final Map<PodKey, Service> services = new HashMap<>();
    private final Map<String, Workload> ownersByUid = new HashMap<>();
    private @Nullable Workloads frozen = Workloads.NONE;

    boolean apply(ClusterDelta.OfWorkloads delta) {
        boolean changed = switch (delta) {
            case ClusterDelta.ServiceChanged(Service service) -> !service.equals(services.put(service.key(), service));
            case ClusterDelta.ServiceGone(PodKey key) -> services.remove(key) != null;
            case ClusterDelta.WorkloadChanged(Workload workload) ->
                !workload.equals(ownersByUid.put(workload.uid(), workload));
            case ClusterDelta.WorkloadGone(String uid) -> ownersByUid.remove(uid) != null;
        };
        if (changed) {
            frozen = null;
        }
        return changed;
    }

    Workloads snapshot() {
        Workloads current = frozen;
        if (current == null) {
            current = Workloads.of(services.values(), ownersByUid);
            frozen = current;
        }
        return current;
    }
}
