package karpenter.core.topology;

/**
 * Decides what kube-scheduler's PodTopologySpread and InterPodAffinity would say to one more pod in a cluster of these nodes.
 *
 * <p><b>Method.</b> For each group that is asked about, pods per domain, over all nodes, by kube-scheduler's rules: a spread asks
 * its owners alone, whoever else came; of domains only those count that have a node now; a host is a domain like any other. Counts
 * are made when first asked for, and kept up to date from then on ({@link Tallies}, a {@link DomainTally} for each group). Each
 * kind of group has its own rule: {@link SpreadFilter}, {@link AntiAffinityFilter} and {@link AffinityFilter}.
 *
 * <p><b>Differs from</b> {@link DomainCounts}, which decides where pods go before there are nodes, reckons with domains that could
 * still come, and keeps pods from those that they would spoil a spread for.
 *
 * <p><b>Complexity.</b> Nodes × kinds of pods there for each group when it is first asked about; the logarithm of the domains for
 * each group of a pod from then on, and for each group that was asked about when a node comes or goes.
 *
 * <p><b>Sources.</b> {@code podtopologyspread/filtering.go} and {@code interpodaffinity/filtering.go} of kube-scheduler 1.36.
 */
public final class TopologyFilters {
    private final Tallies tallies = new Tallies();
    private final SpreadFilter spread = new SpreadFilter(tallies);
    private final AntiAffinityFilter antiAffinity = new AntiAffinityFilter(tallies);
    private final AffinityFilter affinity = new AffinityFilter(tallies);

    /** A node is there from now on, with the pods on it. */
    public void enter(Place place) {
        tallies.enter(place);
    }

    /** A node is gone, or is going to have other labels; the pods on it go with it. */
    public void leave(Place place) {
        tallies.leave(place);
    }

    /** Puts pods on a node that is among the places, or takes them away when negative. */
    public void add(Place place, Membership membership, int count) {
        tallies.add(place, membership, count);
    }

    /** How many nodes were looked at so far, once for each group that has to do with them, and how many domains. */
    public long looks() {
        return tallies.looks();
    }

    /**
     * Whether one more pod would be let in.
     *
     * @param place one of the places, or one more that nobody is on
     * @param certain whether that must hold whatever values open labels come to have, rather than only for the likeliest
     * @param growing whether there may be more nodes in the end, each of them a host without such pods
     */
    public boolean admits(Membership membership, Place place, boolean certain, boolean growing) {
        for (Membership.Part part : membership.parts()) {
            if (!admits(part, place, certain, growing)) {
                return false;
            }
        }
        return hasCompany(membership, place, certain, true);
    }

    private boolean admits(Membership.Part part, Place place, boolean certain, boolean growing) {
        return switch (part.group().kind()) {
            case SPREAD -> spread.admits(part, place, certain, growing);
            case ANTI_AFFINITY -> antiAffinity.admits(part, place, certain);
            // Asked about all of it at once.
            case AFFINITY -> true;
        };
    }

    /** Whether one more pod may come to be let in, if open labels come to have the right values; never false when it may. */
    public boolean mayAdmit(Membership membership, Place place, boolean growing) {
        for (Membership.Part part : membership.parts()) {
            boolean may = switch (part.group().kind()) {
                case SPREAD -> spread.mayAdmit(part, place, growing);
                case ANTI_AFFINITY -> antiAffinity.mayAdmit(part, place);
                case AFFINITY -> true;
            };
            if (!may) {
                return false;
            }
        }
        return hasCompany(membership, place, false, true);
    }

    /**
     * Whether the company that a pod needs is there, whatever else is.
     *
     * @param certain as for {@link #admits}
     * @param starting whether a pod that is its own company may be the first of it anywhere
     */
    public boolean hasCompany(Membership membership, Place place, boolean certain, boolean starting) {
        return affinity.admits(membership, place, certain, starting);
    }

    /** How many groups may refuse one more pod, all that it needs company of counted as one. */
    public int refusals(Membership membership, Place place) {
        int refusals = hasCompany(membership, place, true, true) ? 0 : 1;
        for (Membership.Part part : membership.parts()) {
            refusals += admits(part, place, true, false) ? 0 : 1;
        }
        return refusals;
    }

    /** The same for a pod that is there, all others in place. */
    public int refusalsAgain(Membership membership, Place place) {
        add(place, membership, -1);
        int refusals = refusals(membership, place);
        add(place, membership, 1);
        return refusals;
    }

    /** Whether a pod that is there would be let in again, all others in place, whatever values open labels come to have. */
    public boolean allows(Membership membership, Place place) {
        add(place, membership, -1);
        boolean allowed = admits(membership, place, true, false);
        add(place, membership, 1);
        return allowed;
    }
}
