package karpenter.core.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which pods belong together, frozen: what default spread constraints go by. Empty unless there are such constraints.
 *
 * @param servicesByNamespace those that select by some label
 * @param ownersByUid what pods name as their controller
 */
public record Workloads(Map<String, List<Service>> servicesByNamespace, Map<String, Workload> ownersByUid) {
    public static final Workloads NONE = new Workloads(Map.of(), Map.of());

    public Workloads {
        servicesByNamespace = Map.copyOf(servicesByNamespace);
        ownersByUid = Map.copyOf(ownersByUid);
    }

    static Workloads of(Collection<Service> services, Map<String, Workload> ownersByUid) {
        Map<String, List<Service>> byNamespace = new HashMap<>();
        for (Service service : services) {
            if (!service.selector().isEmpty()) {
                byNamespace
                        .computeIfAbsent(service.key().namespace(), namespace -> new ArrayList<>())
                        .add(service);
            }
        }
        return new Workloads(byNamespace, ownersByUid);
    }

    /**
     * The labels by which the pod's siblings are found, as kube-scheduler does it: those of all Services that select the pod,
     * and the selector of its controller; null when there is neither.
     */
    public @Nullable LabelSelector siblings(PodShape pod) {
        Map<String, String> labels = new HashMap<>();
        for (Service service : servicesByNamespace.getOrDefault(pod.namespace(), List.of())) {
            if (pod.labels().entrySet().containsAll(service.selector().entrySet())) {
                labels.putAll(service.selector());
            }
        }
        PodOwner owner = pod.owner();
        Workload workload = owner == null ? null : ownersByUid.get(owner.uid());
        LabelSelector owned = workload == null ? null : workload.selector();
        List<LabelSelector.Expression> expressions = new ArrayList<>();
        if (owned != null) {
            expressions.addAll(owned.matchExpressions());
            owned.matchLabels().forEach((key, value) -> {
                String known = labels.putIfAbsent(key, value);
                if (known != null && !known.equals(value)) {
                    // Both are asked for, so nothing is selected; a map can't say that.
                    expressions.add(new LabelSelector.Expression(key, "In", List.of(value)));
                }
            });
        }
        return labels.isEmpty() && expressions.isEmpty() ? null : new LabelSelector(labels, expressions);
    }
}
