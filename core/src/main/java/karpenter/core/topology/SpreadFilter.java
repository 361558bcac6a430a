package karpenter.core.topology;

/** Decides whether a topology spread constraint lets one more pod of its owners onto a node. */
final class SpreadFilter {
    private final Tallies tallies;

    SpreadFilter(Tallies tallies) {
        this.tallies = tallies;
    }

    /**
     * Whether the pod would be let in.
     *
     * @param certain whether that must hold whatever values open labels come to have, rather than only for the likeliest
     * @param growing whether there may be more nodes in the end, each of them a host without such pods
     */
    boolean admits(Membership.Part part, Place place, boolean certain, boolean growing) {
        if (!part.owns()) {
            return true;
        }
        TopologyGroup group = part.group();
        String value = place.label(group.key());
        if (value == null) {
            return false;
        }
        if (!certain) {
            return admitsLikely(part, value, growing);
        }
        if (!NodeInclusion.isOpen(group, place)) {
            return admitsForCertain(part, place, value, false, growing);
        }
        if (NodeInclusion.mayOrMayNotCount(group, place)) {
            return NodeInclusion.domains(group, place).stream()
                    .allMatch(each -> admitsForCertain(part, place, each, true, growing));
        }
        // Wherever it comes to be, there it is for certain.
        DomainTally tally = tallies.of(group);
        tally.settle(place);
        boolean everywhere = NodeInclusion.domains(group, place).stream()
                .allMatch(each -> admitsForCertain(part, place, each, false, growing));
        tally.reopen(place);
        return everywhere;
    }

    private boolean admitsLikely(Membership.Part part, String value, boolean growing) {
        TopologyGroup group = part.group();
        DomainTally tally = tallies.of(group);
        int there = tally.at(value).selected();
        // Without any domain that counts kube-scheduler lets everyone in.
        int least = fewestHasNone(group, tally.domains(), growing) ? 0 : tally.least();
        return isWithinSkew(part, there - least);
    }

    /** @param mayNotCount whether the group may come not to count the node, which then makes no domain be */
    private boolean admitsForCertain(
            Membership.Part part, Place place, String value, boolean mayNotCount, boolean growing) {
        TopologyGroup group = part.group();
        DomainTally tally = tallies.of(group);
        TopologyDomain domain = tally.at(value);
        boolean isNew = !mayNotCount && !domain.existsForCertain() && NodeInclusion.counts(group, place);
        int domains = tally.leastDomains() + (isNew ? 1 : 0);
        int above = fewestHasNone(group, domains, growing) ? domain.mostSelected() : tally.mostAbove(value);
        return isWithinSkew(part, above);
    }

    /** Whether the pod may come to be let in, if open labels come to have the right values; never false when it may. */
    boolean mayAdmit(Membership.Part part, Place place, boolean growing) {
        if (!part.owns()) {
            return true;
        }
        TopologyGroup group = part.group();
        String value = place.label(group.key());
        if (value == null) {
            return false;
        }
        if (NodeInclusion.isOpen(group, place)) {
            return true;
        }
        DomainTally tally = tallies.of(group);
        int there = tally.at(value).leastSelected();
        int least = fewestHasNone(group, tally.mostDomains(), growing) ? 0 : tally.mostAtLeast();
        return isWithinSkew(part, there - least);
    }

    /** Whether the least count is taken for 0, whatever the domains have. */
    private static boolean fewestHasNone(TopologyGroup group, int domains, boolean growing) {
        return domains < group.terms().minDomains() || (growing && group.perNode());
    }

    /** @param above how many pods the domain has more than that with fewest, without the one that is asked about */
    private static boolean isWithinSkew(Membership.Part part, int above) {
        return above + (part.selected() ? 1 : 0) <= part.group().terms().maxSkew();
    }
}
