package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import org.jspecify.annotations.Nullable;

/**
 * Constraints that aren't planned for yet. A pod with a hard one is refused, soft ones are disregarded and named. Another pod's
 * required anti-affinity is a hard one too.
 */
final class UnsupportedTerms {
    /** A running pod for each shape with required anti-affinity. */
    private final IdentityHashMap<PodShape, Pod> keepingOthersOff = new IdentityHashMap<>();

    UnsupportedTerms(ClusterSnapshot snapshot) {
        for (Pod pod : snapshot.pods().values()) {
            if (pod.bound()
                    && !pod.phase().terminal()
                    && !pod.shape().podAntiAffinity().isEmpty()) {
                keepingOthersOff.merge(pod.shape(), pod, (a, b) -> a.key().compareTo(b.key()) <= 0 ? a : b);
            }
        }
    }

    /** The hard constraint of a pod that isn't supported, or null. */
    @Nullable
    String hardTerm(PodShape shape) {
        if (shape.topologySpread().stream().anyMatch(PodShape.TopologySpreadConstraint::isHard)) {
            return "topology spread with whenUnsatisfiable DoNotSchedule";
        }
        if (!shape.podAffinity().isEmpty()) {
            return "required pod affinity";
        }
        if (!shape.podAntiAffinity().isEmpty()) {
            return "required pod anti-affinity";
        }
        if (!shape.resourceClaims().isEmpty()) {
            return "dynamic resource claims";
        }
        return keeperOff(shape);
    }

    private @Nullable String keeperOff(PodShape shape) {
        List<Pod> keepers = new ArrayList<>();
        keepingOthersOff.forEach((other, pod) -> {
            if (other.podAntiAffinity().stream().anyMatch(term -> selects(term, other, shape))) {
                keepers.add(pod);
            }
        });
        return keepers.isEmpty()
                ? null
                : "a node outside the required anti-affinity of pod "
                        + Collections.min(keepers, Comparator.comparing(Pod::key))
                                .key();
    }

    /** Whether a term of one pod is about the other. Which namespaces a selector means isn't known here, so it means all. */
    private static boolean selects(PodAffinityTerm term, PodShape owner, PodShape other) {
        boolean namespace = term.namespaceSelector() != null
                || term.namespaces().contains(other.namespace())
                || (term.namespaces().isEmpty() && owner.namespace().equals(other.namespace()));
        if (!namespace || term.selector() == null || !term.selector().matches(other.labels())) {
            return false;
        }
        for (String key : term.matchLabelKeys()) {
            String own = owner.labels().get(key);
            if (own != null && !own.equals(other.labels().get(key))) {
                return false;
            }
        }
        for (String key : term.mismatchLabelKeys()) {
            String own = owner.labels().get(key);
            if (own != null && own.equals(other.labels().get(key))) {
                return false;
            }
        }
        return true;
    }

    /** Soft terms of these pods that are left out of account, each kind once. */
    static List<String> softTerms(Iterable<PodShape> shapes) {
        Set<String> found = new TreeSet<>();
        for (PodShape shape : shapes) {
            if (!shape.topologySpread().stream().allMatch(PodShape.TopologySpreadConstraint::isHard)) {
                found.add("topology spread with whenUnsatisfiable ScheduleAnyway");
            }
            if (!shape.preferredPodAffinity().isEmpty()) {
                found.add("preferred pod affinity");
            }
            if (!shape.preferredPodAntiAffinity().isEmpty()) {
                found.add("preferred pod anti-affinity");
            }
        }
        return List.copyOf(found);
    }
}
