package karpenter.core.topology;

/** Decides whether a pod anti-affinity term lets one more pod onto a node: of its owners, and of those that it selects. */
final class AntiAffinityFilter {
    private final Tallies tallies;

    AntiAffinityFilter(Tallies tallies) {
        this.tallies = tallies;
    }

    /**
     * Whether the pod would be let in.
     *
     * @param certain whether that must hold whatever values open labels come to have, rather than only for the likeliest
     */
    boolean admits(Membership.Part part, Place place, boolean certain) {
        TopologyGroup group = part.group();
        DomainTally tally = tallies.of(group);
        TopologyDomain likeliest = tally.at(place.label(group.key()));
        if (!certain) {
            return !repels(part, likeliest.selected(), likeliest.owners());
        }
        if (!NodeInclusion.isOpen(group, place)) {
            return !repels(part, likeliest.mostSelected(), likeliest.mostOwners());
        }
        return NodeInclusion.domains(group, place).stream()
                .map(tally::at)
                .noneMatch(domain -> repels(part, domain.mostSelected(), domain.mostOwners()));
    }

    /** Whether the pod may come to be let in, if open labels come to have the right values; never false when it may. */
    boolean mayAdmit(Membership.Part part, Place place) {
        TopologyGroup group = part.group();
        if (NodeInclusion.isOpen(group, place)) {
            return true;
        }
        TopologyDomain domain = tallies.of(group).at(place.label(group.key()));
        return !repels(part, domain.leastSelected(), domain.leastOwners());
    }

    private static boolean repels(Membership.Part part, int selected, int owners) {
        return (part.owns() && selected > 0) || (part.selected() && owners > 0);
    }
}
