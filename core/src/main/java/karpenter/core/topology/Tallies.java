package karpenter.core.topology;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Keeps the tallies of all groups that were asked about up to date, as nodes and pods come and go. Decides nothing. */
final class Tallies {
    private final Set<Place> places = new LinkedHashSet<>();
    private final Map<TopologyGroup, DomainTally> tallies = new HashMap<>();
    private final Looks looks = new Looks();

    /** A node is there from now on, with the pods on it. */
    void enter(Place place) {
        places.add(place);
        looks.add(tallies.size());
        tallies.values().forEach(tally -> tally.enter(place));
        place.pods().forEach((membership, count) -> count(place, membership, count));
    }

    /** A node is gone, with the pods on it. */
    void leave(Place place) {
        places.remove(place);
        looks.add(tallies.size());
        place.pods().forEach((membership, count) -> count(place, membership, -count));
        tallies.values().forEach(tally -> tally.leave(place));
    }

    /** Puts pods on a node that is among the places, or takes them away when negative. */
    void add(Place place, Membership membership, int count) {
        place.add(membership, count);
        count(place, membership, count);
    }

    private void count(Place place, Membership membership, int count) {
        for (Membership.Part part : membership.parts()) {
            DomainTally tally = tallies.get(part.group());
            if (tally != null) {
                tally.countPods(place, part, count);
            }
        }
    }

    /** The group's tally, made when first asked for. */
    DomainTally of(TopologyGroup group) {
        DomainTally known = tallies.get(group);
        if (known != null) {
            return known;
        }
        DomainTally tally = new DomainTally(group, looks);
        tallies.put(group, tally);
        looks.add(places.size());
        for (Place place : places) {
            tally.enter(place);
            place.pods().forEach((membership, count) -> {
                for (Membership.Part part : membership.parts()) {
                    if (part.group().equals(group)) {
                        tally.countPods(place, part, count);
                    }
                }
            });
        }
        return tally;
    }

    /** How many nodes and domains were looked at so far. */
    long looks() {
        return looks.count();
    }
}
