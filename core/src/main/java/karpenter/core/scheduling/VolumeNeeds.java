package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.cluster.PodKey;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * What the volumes of a pod ask of its node. Pods of which each has a claim to itself have equal needs when their volumes are in
 * the same place, however the claims are called.
 *
 * @param places where all volumes can be reached: one of these must hold; at least one
 * @param own how many volumes that only this pod uses each driver is to attach; of drivers that have a limit somewhere
 * @param shared claims that other pods use too, by driver; they take one attachment a node, however many use them there
 */
record VolumeNeeds(List<Requirements> places, Map<String, Integer> own, Map<String, Set<PodKey>> shared) {
    static final VolumeNeeds NONE = new VolumeNeeds(List.of(Requirements.NONE), Map.of(), Map.of());

    VolumeNeeds {
        places = List.copyOf(places);
        own = Map.copyOf(own);
        shared = Map.copyOf(shared);
    }

    /** Whether every node will do, as far as labels go. */
    boolean anywhere() {
        return places.equals(NONE.places);
    }

    /**
     * What remains of a pod's alternatives when its volumes are to be reached as well: each with each place, in the order of the
     * alternatives, contradictions left out.
     */
    List<Requirements> within(List<Requirements> alternatives) {
        if (anywhere()) {
            return alternatives;
        }
        LinkedHashSet<Requirements> both = new LinkedHashSet<>();
        for (Requirements alternative : alternatives) {
            for (Requirements place : places) {
                if (alternative.intersects(place) == null) {
                    both.add(alternative.and(place));
                }
            }
        }
        return List.copyOf(both);
    }

    /**
     * Alternatives with as few entries as are easily had: those that differ in the values of one key become one.
     *
     * <p>A disk of two zones whose driver writes a term for each is as good as one with a term of both, and leaves the
     * choice of the cheaper zone to the scheduler.
     */
    static List<Requirements> united(Iterable<Requirements> alternatives) {
        List<Requirements> united = new ArrayList<>();
        for (Requirements alternative : alternatives) {
            Requirements next = alternative;
            for (int i = 0; i < united.size(); ) {
                Requirements both = union(united.get(i), next);
                if (both == null) {
                    i++;
                } else {
                    // The union may go together with an earlier one.
                    united.remove(i);
                    next = both;
                    i = 0;
                }
            }
            united.add(next);
        }
        return united;
    }

    private static @Nullable Requirements union(Requirements left, Requirements right) {
        if (left.equals(right)) {
            return left;
        }
        if (!left.keys().equals(right.keys())) {
            return null;
        }
        Requirement differing = null;
        for (Requirement requirement : left.all()) {
            if (!requirement.equals(right.get(requirement.key()))) {
                if (differing != null) {
                    return null;
                }
                differing = requirement;
            }
        }
        if (differing == null) {
            return left;
        }
        Requirement other = right.get(differing.key());
        if (!differing.operator().equals(Requirement.IN) || !other.operator().equals(Requirement.IN)) {
            return null;
        }
        Set<String> values = new LinkedHashSet<>(differing.values());
        values.addAll(other.values());
        return left.with(Requirement.in(differing.key(), values));
    }
}
