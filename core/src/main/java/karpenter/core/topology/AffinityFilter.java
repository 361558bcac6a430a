package karpenter.core.topology;

import karpenter.core.topology.TopologyGroup.Kind;

/** Decides whether all pod affinity terms of one more pod find company on a node, or the pod may be the first of its company. */
final class AffinityFilter {
    private final Tallies tallies;

    AffinityFilter(Tallies tallies) {
        this.tallies = tallies;
    }

    /**
     * Whether the pod would be let in.
     *
     * @param certain whether that must hold whatever values open labels come to have, rather than only for the likeliest
     * @param starting whether a pod that is its own company may be the first of it anywhere
     */
    boolean admits(Membership membership, Place place, boolean certain, boolean starting) {
        boolean first = false;
        for (Membership.Part part : membership.parts()) {
            if (part.owns() && part.group().kind() == Kind.AFFINITY && !isCompany(part.group(), place, certain)) {
                if (!starting || !mayBeFirst(part, place)) {
                    return false;
                }
                first |= !part.group().terms().wish();
            }
        }
        return !first || hasNoCompanyAnywhere(membership);
    }

    private boolean isCompany(TopologyGroup group, Place place, boolean certain) {
        String value = place.label(group.key());
        if (value == null) {
            return false;
        }
        DomainTally tally = tallies.of(group);
        if (!certain) {
            return tally.at(value).selected() > 0;
        }
        if (!NodeInclusion.isOpen(group, place)) {
            return tally.at(value).leastSelected() > 0;
        }
        if (tally.onOpenNode(place) > 0) {
            return true;
        }
        return NodeInclusion.domains(group, place).stream()
                .map(tally::at)
                .allMatch(domain -> domain.leastSelected() > 0);
    }

    private boolean mayBeFirst(Membership.Part part, Place place) {
        return place.label(part.group().key()) != null
                && part.selected()
                && tallies.of(part.group()).total() == 0;
    }

    /** A pod is the first of its company in all terms or in none. */
    private boolean hasNoCompanyAnywhere(Membership membership) {
        for (Membership.Part part : membership.parts()) {
            TopologyGroup group = part.group();
            if (part.owns()
                    && group.kind() == Kind.AFFINITY
                    && !group.terms().wish()
                    && tallies.of(group).total() > 0) {
                return false;
            }
        }
        return true;
    }
}
