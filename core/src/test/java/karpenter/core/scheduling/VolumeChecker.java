package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import karpenter.api.Labels;
import karpenter.core.cluster.CsiNode;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.VolumeReference;
import karpenter.core.cluster.Storage;
import karpenter.core.cluster.StorageClass;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;

/** Checks what {@link SolutionChecker} does, for volumes: whether they are reached from where their pods are, and not too many. */
final class VolumeChecker {
    private final Storage storage;

    VolumeChecker(Storage storage) {
        this.storage = storage;
    }

    private List<NodeSelectorTerm> terms(Pod pod, VolumeReference volume) {
        String className = volume.storageClassName();
        if (!volume.ephemeral()) {
            PersistentVolumeClaim claim = storage.claims().get(volume.claimOf(pod.key()));
            assertThat(claim).as("%s has %s", pod.key(), volume).isNotNull();
            if (claim.volumeName() != null) {
                return Objects.requireNonNull(storage.volumes().get(claim.volumeName()))
                        .nodeAffinity();
            }
            className = claim.storageClassName();
        }
        StorageClass storageClass = Objects.requireNonNull(storage.classes().get(className));
        assertThat(storageClass.waitsForConsumer()).isTrue();
        return storageClass.allowedTopologies();
    }

    /** Whether each volume of the pod can be reached, where {@code meets} says which labels a node has. */
    private boolean reaches(Pod pod, Predicate<Requirements> meets) {
        return pod.shape().volumes().stream().allMatch(volume -> {
            List<NodeSelectorTerm> terms = terms(pod, volume);
            return terms.isEmpty()
                    || terms.stream().anyMatch(term -> meets.test(Requirements.of(term.matchExpressions())));
        });
    }

    void checkPlacement(SchedulingResult.Placement placement) {
        Map<String, String> labels = placement.machine().labels();
        for (Pod pod : placement.pods()) {
            assertThat(reaches(
                            pod,
                            term -> term.all().stream().allMatch(requirement -> {
                                String value = labels.get(requirement.key());
                                return value != null && requirement.contains(value);
                            })))
                    .as("%s from %s", pod.shape().volumes(), labels)
                    .isTrue();
        }
        CsiNode csiNode = storage.csiNodes().get(placement.machine().name());
        if (csiNode != null && placement.machine().node() != null) {
            Set<PodKey> before = attached(placement.machine().pods());
            Set<PodKey> after = attached(placement.pods());
            if (!before.containsAll(after)) {
                after.addAll(before);
                assertThat(after)
                        .hasSizeLessThanOrEqualTo(csiNode.volumeLimits().getOrDefault(Volumes.DRIVER, 999));
            }
        }
    }

    private static Set<PodKey> attached(List<Pod> pods) {
        Set<PodKey> claims = new HashSet<>();
        pods.forEach(pod -> pod.shape().volumes().forEach(volume -> claims.add(volume.claimOf(pod.key()))));
        return claims;
    }

    /** In whatever zone the plan's node comes to be, the volumes must be there. */
    void checkPlan(NodePlan plan) {
        for (Pod pod : plan.pods()) {
            for (String zone : plan.requirements().get(Labels.ZONE).values()) {
                Map<String, Requirement> node = new HashMap<>();
                plan.requirements().all().forEach(requirement -> node.put(requirement.key(), requirement));
                node.put(Labels.ZONE, Requirement.in(Labels.ZONE, zone));
                assertThat(reaches(
                                pod,
                                term -> term.all().stream().allMatch(wanted -> {
                                    Requirement own = node.get(wanted.key());
                                    return own != null && own.intersect(wanted).equals(own);
                                })))
                        .as("%s from %s", pod.shape().volumes(), plan.requirements())
                        .isTrue();
            }
        }
    }

    /** Whether some node within these requirements reaches the pod's volumes; of volumes whose terms are about zones only. */
    boolean mayReach(Pod pod, Requirements node) {
        for (String zone : Types.ZONES) {
            Requirement inZone = Requirement.in(Labels.ZONE, zone);
            if (node.get(Labels.ZONE).intersects(inZone)
                    && reaches(pod, term -> term.get(Labels.ZONE).contains(zone))) {
                return true;
            }
        }
        return false;
    }
}
