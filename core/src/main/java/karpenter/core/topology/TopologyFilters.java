package karpenter.core.topology;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.topology.TopologyGroup.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What kube-scheduler's PodTopologySpread and InterPodAffinity would say to one more pod in a cluster of these nodes.
 *
 * <p><b>Method.</b> For each group that is asked about, pods per domain, over all nodes, by kube-scheduler's rules: a spread asks
 * its owners alone, whoever else came; of domains only those count that have a node now; a host is a domain like any other. Counts
 * are made when first asked for, and kept up to date from then on.
 *
 * <p><b>Differs from</b> {@link DomainCounts}, which decides where pods go before there are nodes, reckons with domains that could
 * still come, and keeps pods from those that they would spoil a spread for.
 *
 * <p><b>Complexity.</b> Nodes × kinds of pods there for each group, then a look at each domain when the least count has changed.
 *
 * <p><b>Sources.</b> {@code podtopologyspread/filtering.go} and {@code interpodaffinity/filtering.go} of kube-scheduler 1.36.
 */
public final class TopologyFilters {
    private final List<? extends Place> places;
    private final Map<TopologyGroup, Tally> tallies = new HashMap<>();

    /** One group's pods per domain. */
    private static final class Tally {
        private final Map<String, Domain> domains = new HashMap<>();
        /** Values of nodes whose label isn't settled. */
        private final Set<String> possible = new HashSet<>();

        /** Pods that count and are on such nodes. */
        private int open;

        private int total;
        /** Least counts without and with the possible domains; −1 when not known. */
        private final int[] least = {-1, -1};

        Domain at(@Nullable String value) {
            return value == null ? Domain.NONE : domains.getOrDefault(value, Domain.NONE);
        }

        int least(boolean certain) {
            int index = certain ? 1 : 0;
            if (least[index] < 0) {
                int min = Integer.MAX_VALUE;
                for (Domain domain : domains.values()) {
                    min = Math.min(min, domain.selected - (certain ? domain.open : 0));
                }
                if (certain && !domains.keySet().containsAll(possible)) {
                    min = 0;
                }
                least[index] = min;
            }
            return least[index];
        }
    }

    private static final class Domain {
        private static final Domain NONE = new Domain();

        private int selected;
        /** Those of the selected whose nodes may come to be in other domains. */
        private int open;

        private int owners;
    }

    /** @param places all nodes; when one is added or changes its labels, {@link #forget} must be called */
    public TopologyFilters(List<? extends Place> places) {
        this.places = places;
    }

    /** Makes all counts anew when they are next asked for. */
    public void forget() {
        tallies.clear();
    }

    /** Puts pods on a node that is among the places, or takes them away when negative. */
    public void add(Place place, Membership membership, int count) {
        place.add(membership, count);
        for (Membership.Part part : membership.parts()) {
            Tally tally = tallies.get(part.group());
            if (tally != null) {
                count(tally, place, part, count);
            }
        }
    }

    private static void count(Tally tally, Place place, Membership.Part part, int count) {
        String value = place.label(part.group().key());
        if (value == null || !counts(part.group(), place)) {
            return;
        }
        Domain domain = tally.domains.computeIfAbsent(value, fresh -> new Domain());
        if (part.selected()) {
            domain.selected += count;
            tally.total += count;
            if (isOpen(part.group(), place)) {
                domain.open += count;
                tally.open += count;
            }
            tally.least[0] = -1;
            tally.least[1] = -1;
        }
        if (part.owns() && !part.group().terms().wish()) {
            domain.owners += count;
        }
    }

    private Tally tally(TopologyGroup group) {
        Tally tally = tallies.get(group);
        if (tally == null) {
            tally = new Tally();
            for (Place place : places) {
                enter(tally, group, place);
            }
            tallies.put(group, tally);
        }
        return tally;
    }

    private static void enter(Tally tally, TopologyGroup group, Place place) {
        String value = place.label(group.key());
        if (isOpen(group, place)) {
            tally.possible.addAll(place.possible(group.key()));
        }
        if (value != null && place.stays() && counts(group, place)) {
            tally.domains.computeIfAbsent(value, fresh -> new Domain());
        }
        place.pods().forEach((membership, count) -> {
            for (Membership.Part part : membership.parts()) {
                if (part.group().equals(group)) {
                    count(tally, place, part, count);
                }
            }
        });
    }

    /** Whether a spread may come to count the node in other domains, or not at all. */
    private static boolean isOpen(TopologyGroup group, Place place) {
        if (group.kind() != Kind.SPREAD) {
            return false;
        }
        return place.possible(group.key()).size() > 1
                || group.terms().filter().alternativeKeys().stream()
                        .anyMatch(key -> place.possible(key).size() > 1);
    }

    private static Set<String> keys(NodeFilter filter) {
        Set<String> keys = filter.alternativeKeys();
        keys.addAll(filter.keys());
        return keys;
    }

    /** Whether a spread counts the node; other groups count each. */
    private static boolean counts(TopologyGroup group, Place place) {
        NodeFilter filter = group.terms().filter();
        if (group.kind() != Kind.SPREAD || filter.equals(NodeFilter.ANY)) {
            return true;
        }
        Map<String, String> labels = new HashMap<>();
        for (String key : keys(filter)) {
            String value = place.label(key);
            if (value != null) {
                labels.put(key, value);
            }
        }
        return filter.counts(labels, place.taints());
    }

    /**
     * Whether one more pod would be let in.
     *
     * @param place one of the places, or one more that nobody is on
     * @param certain whether that must hold whatever values open labels come to have, rather than only for the likeliest
     * @param growing whether there may be more nodes in the end, each of them a host without such pods
     */
    public boolean admits(Membership membership, Place place, boolean certain, boolean growing) {
        boolean first = false;
        for (Membership.Part part : membership.parts()) {
            TopologyGroup group = part.group();
            String value = place.label(group.key());
            switch (group.kind()) {
                case SPREAD -> {
                    if (part.owns() && (value == null || !spreads(part, place, value, certain, growing))) {
                        return false;
                    }
                }
                case ANTI_AFFINITY -> {
                    Domain domain = tally(group).at(value);
                    if ((part.owns() && domain.selected > 0) || (part.selected() && domain.owners > 0)) {
                        return false;
                    }
                }
                case AFFINITY -> {
                    if (part.owns() && (value == null || tally(group).at(value).selected == 0)) {
                        if (value == null || !part.selected() || tally(group).total > 0) {
                            return false;
                        }
                        first |= !group.terms().wish();
                    }
                }
            }
        }
        return !first || isFirst(membership);
    }

    private boolean spreads(Membership.Part part, Place place, String value, boolean certain, boolean growing) {
        TopologyGroup group = part.group();
        Tally tally = tally(group);
        Domain domain = tally.at(value);
        // At worst all whose domain is open come here.
        int there = domain.selected + (certain ? tally.open - domain.open : 0);
        int least = tally.least(certain);
        int domains = tally.domains.size();
        if (!tally.domains.containsKey(value) && counts(group, place)) {
            least = 0;
            domains++;
        }
        // Without any domain that counts kube-scheduler lets everyone in.
        if (domains < group.terms().minDomains() || (growing && group.perNode())) {
            least = 0;
        }
        return (long) there + (part.selected() ? 1 : 0) - least <= group.terms().maxSkew();
    }

    private boolean isFirst(Membership membership) {
        for (Membership.Part part : membership.parts()) {
            if (part.owns()
                    && part.group().kind() == Kind.AFFINITY
                    && !part.group().terms().wish()
                    && tally(part.group()).total > 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether a pod that is there would be let in again, all others in place, whatever values open labels come to have. */
    public boolean allows(Membership membership, Place place) {
        add(place, membership, -1);
        boolean allowed = admits(membership, place, true, false);
        add(place, membership, 1);
        return allowed;
    }
}
