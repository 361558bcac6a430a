package karpenter.app.solve;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import karpenter.api.OwnerReference;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.kube.decode.Manifest;

/**
 * Which pods are to be placed: those given as such, and what the workloads add to them.
 *
 * <p>A dump of a cluster holds a Deployment, its ReplicaSets and their Pods. Each pod must count once: a workload adds only
 * as many pods as it asks for beyond the children that the input shows. A ReplicaSet that isn't shown is seen through: its
 * name is its Deployment's with the pods' {@code pod-template-hash} at the end.
 */
final class PendingPods {
    private static final String REPLICA_SET = "ReplicaSet";
    private static final String DEPLOYMENT = "Deployment";
    private static final String TEMPLATE_HASH = "pod-template-hash";

    private final List<Pod> pods = new ArrayList<>();
    private final Set<PodKey> taken = new HashSet<>();
    private final List<Manifest.OfWorkload> workloads = new ArrayList<>();
    /** How many children of an owner the input shows. */
    private final Map<Owner, Integer> children = new HashMap<>();
    /** Deployments by the ReplicaSets that pods name as their owner. */
    private final Map<Owner, Owner> deployments = new HashMap<>();

    private record Owner(String kind, String namespace, String name) {
        static Owner of(Manifest.OfWorkload workload) {
            return new Owner(
                    workload.kind(),
                    workload.metadata().namespace(),
                    workload.metadata().name());
        }
    }

    /** A pod that has no node yet. */
    void add(Pod pod) {
        addRunning(pod);
        pods.add(pod);
    }

    /** A pod that has one; it counts for its owner. */
    void addRunning(Pod pod) {
        taken.add(pod.key());
        PodOwner reference = pod.shape().owner();
        if (reference == null) {
            return;
        }
        Owner owner = new Owner(reference.kind(), pod.key().namespace(), reference.name());
        children.merge(owner, 1, Integer::sum);
        String ending = "-" + pod.shape().labels().get(TEMPLATE_HASH);
        if (owner.kind().equals(REPLICA_SET) && owner.name().endsWith(ending)) {
            String deployment = owner.name().substring(0, owner.name().length() - ending.length());
            deployments.put(owner, new Owner(DEPLOYMENT, owner.namespace(), deployment));
        }
    }

    void add(Manifest.OfWorkload workload) {
        workloads.add(workload);
    }

    /** All pods to be placed, those given as such first. */
    List<Pod> all() {
        Map<Owner, Integer> shown = new HashMap<>(children);
        Map<Owner, Owner> hidden = new HashMap<>(deployments);
        for (Manifest.OfWorkload workload : workloads) {
            hidden.remove(Owner.of(workload));
            for (OwnerReference reference : workload.metadata().ownerReferences()) {
                shown.merge(
                        new Owner(reference.kind(), workload.metadata().namespace(), reference.name()),
                        workload.pods().size(),
                        Integer::sum);
            }
        }
        hidden.forEach((replicaSet, deployment) ->
                shown.merge(deployment, children.getOrDefault(replicaSet, 0), Integer::sum));
        List<Pod> all = new ArrayList<>(pods);
        for (Manifest.OfWorkload workload : workloads) {
            int missing = workload.pods().size() - shown.getOrDefault(Owner.of(workload), 0);
            for (Pod pod : workload.pods().subList(0, Math.max(0, missing))) {
                all.add(free(pod, workload.kind()));
            }
        }
        return all;
    }

    /** The pod under a name that no other pod has: a StatefulSet and a Deployment may share theirs. */
    private Pod free(Pod pod, String kind) {
        PodKey key = pod.key();
        while (!taken.add(key)) {
            key = new PodKey(key.namespace(), key.name() + "-" + kind.toLowerCase(Locale.ROOT));
        }
        if (key.equals(pod.key())) {
            return pod;
        }
        return pod.named(key, pod.uid() + "-" + kind);
    }
}
