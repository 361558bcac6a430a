package karpenter.core.topology;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
 * <p><b>Complexity.</b> Nodes × kinds of pods there for each group when it is first asked about; the logarithm of the domains for
 * each group of a pod from then on, and for each group that was asked about when a node comes or goes.
 *
 * <p><b>Sources.</b> {@code podtopologyspread/filtering.go} and {@code interpodaffinity/filtering.go} of kube-scheduler 1.36.
 */
public final class TopologyFilters {
    /** Of labels that are open, beyond which they aren't looked at one by one. */
    private static final int MOST_OUTCOMES = 256;

    private final Set<Place> places = new LinkedHashSet<>();
    private final Map<TopologyGroup, Tally> tallies = new HashMap<>();
    private long looks;

    /** A domain of one group. */
    private static final class Domain {
        private static final Domain NONE = new Domain();

        /** Of those that stay; and of these, those whose label is settled. */
        private int nodes;

        private int settled;

        private int selected;
        /** Those of the selected whose nodes may come to be in other domains. */
        private int open;

        private int owners;
        /** Those of the owners whose nodes may come to be in other domains. */
        private int openOwners;
        /** Pods that may come to be here, though their nodes are likelier to be elsewhere; and those of them that own the group. */
        private int mayCome;

        private int ownersMayCome;

        boolean exists() {
            return nodes > 0 || selected > 0;
        }

        /** Whether it does whatever values open labels come to have. */
        boolean existsForCertain() {
            return settled > 0 || selected > open;
        }

        boolean isForgotten() {
            return nodes == 0 && selected == 0 && owners == 0 && mayCome == 0 && ownersMayCome == 0;
        }
    }

    /** How many domains or nodes have each count. */
    private static final class Histogram {
        private final TreeMap<Integer, Integer> numbers = new TreeMap<>();

        void change(int count, int by) {
            numbers.merge(count, by, (one, other) -> one + other == 0 ? null : one + other);
        }

        boolean isEmpty() {
            return numbers.isEmpty();
        }

        int least() {
            return numbers.isEmpty() ? Integer.MAX_VALUE : numbers.firstKey();
        }
    }

    /** One group's pods per domain. */
    private final class Tally {
        private final TopologyGroup group;
        private final Map<String, Domain> domains = new HashMap<>();
        /** How many pods are on each node whose label isn't settled, by the values that it may come to have. */
        private final Map<Set<String>, Histogram> openNodes = new HashMap<>();

        private final Map<Place, Integer> onOpenNode = new HashMap<>();
        private final Histogram counts = new Histogram();

        private int existing;
        private int existingForCertain;
        private int total;

        Tally(TopologyGroup group) {
            this.group = group;
        }

        Domain at(@Nullable String value) {
            return value == null ? Domain.NONE : domains.getOrDefault(value, Domain.NONE);
        }

        private Domain beginChange(String value) {
            Domain domain = domains.computeIfAbsent(value, fresh -> new Domain());
            enter(domain, -1);
            return domain;
        }

        private void endChange(String value, Domain domain) {
            enter(domain, 1);
            if (domain.isForgotten()) {
                domains.remove(value);
            }
        }

        private void enter(Domain domain, int by) {
            if (domain.exists()) {
                existing += by;
                existingForCertain += domain.existsForCertain() ? by : 0;
                counts.change(domain.selected, by);
            }
        }

        /** Counts a node that no pods are counted on, or no longer when {@code by} is −1. */
        void countNode(Place place, int by) {
            boolean isOpen = isOpen(group, place);
            if (isOpen) {
                changeOpen(place, 0, by);
                if (by > 0) {
                    onOpenNode.put(place, 0);
                } else {
                    onOpenNode.remove(place);
                }
            }
            String value = place.label(group.key());
            if (value != null && place.stays() && counts(group, place)) {
                Domain domain = beginChange(value);
                domain.nodes += by;
                domain.settled += isOpen ? 0 : by;
                endChange(value, domain);
            }
        }

        private void changeOpen(Place place, int pods, int by) {
            Set<String> values = values(group, place);
            Histogram nodes = openNodes.computeIfAbsent(values, fresh -> new Histogram());
            nodes.change(pods, by);
            if (nodes.isEmpty()) {
                openNodes.remove(values);
            }
        }

        /** Counts pods on a node, or no longer when {@code count} is negative. */
        void countPods(Place place, Membership.Part part, int count) {
            int selected = part.selected() ? count : 0;
            int owners = part.owns() && !group.terms().wish() ? count : 0;
            if (selected == 0 && owners == 0) {
                return;
            }
            boolean isOpen = isOpen(group, place);
            String value = counts(group, place) ? place.label(group.key()) : null;
            if (value != null) {
                Domain domain = beginChange(value);
                domain.selected += selected;
                domain.owners += owners;
                domain.open += isOpen ? selected : 0;
                domain.openOwners += isOpen ? owners : 0;
                endChange(value, domain);
                total += selected;
            }
            if (isOpen) {
                int before = onOpenNode.getOrDefault(place, 0);
                changeOpen(place, before, -1);
                changeOpen(place, before + selected, 1);
                onOpenNode.put(place, before + selected);
                for (String other : values(group, place)) {
                    if (!other.equals(value)) {
                        Domain domain = beginChange(other);
                        domain.mayCome += selected;
                        domain.ownersMayCome += owners;
                        endChange(other, domain);
                    }
                }
            }
        }

        /** How many domains there can come to be. */
        int mostDomains() {
            return existing
                    + (int) openNodes.keySet().stream()
                            .flatMap(Set::stream)
                            .distinct()
                            .filter(value -> !at(value).exists())
                            .count();
        }

        /** What the least count can come to be at most. */
        int mostAtLeast() {
            if (openNodes.isEmpty()) {
                return counts.least();
            }
            int least = Integer.MAX_VALUE;
            for (Domain domain : domains.values()) {
                if (domain.existsForCertain()) {
                    least = Math.min(least, domain.selected + domain.mayCome);
                }
            }
            return least;
        }

        /** Leaves a node out of those that may come to be in other domains than one that is asked about. */
        void settle(Place place) {
            Integer pods = onOpenNode.get(place);
            if (pods != null) {
                changeOpen(place, pods, -1);
            }
        }

        /** Takes it in again. */
        void reopen(Place place) {
            Integer pods = onOpenNode.get(place);
            if (pods != null) {
                changeOpen(place, pods, 1);
            }
        }

        /** How far a domain can come to be above the least count at most. */
        int mostAbove(String value) {
            Domain domain = at(value);
            int most = domain.selected + domain.mayCome;
            if (onOpenNode.isEmpty()) {
                return most - counts.least();
            }
            int above = 0;
            looks += domains.size() + openNodes.size();
            for (Map.Entry<String, Domain> other : domains.entrySet()) {
                if (!other.getKey().equals(value) && other.getValue().existsForCertain()) {
                    above = Math.max(above, most - (other.getValue().selected - other.getValue().open));
                }
            }
            for (Map.Entry<Set<String>, Histogram> nodes : openNodes.entrySet()) {
                for (String other : nodes.getKey()) {
                    if (!other.equals(value) && !at(other).existsForCertain()) {
                        // One of the nodes makes the other domain be, and is not in this one.
                        int there = nodes.getValue().least();
                        above = Math.max(above, most - there - (nodes.getKey().contains(value) ? there : 0));
                    }
                }
            }
            return above;
        }
    }

    /** A node is there from now on, with the pods on it. */
    public void enter(Place place) {
        places.add(place);
        change(place, 1);
    }

    /** A node is gone, or is going to have other labels; the pods on it go with it. */
    public void leave(Place place) {
        places.remove(place);
        change(place, -1);
    }

    private void change(Place place, int by) {
        looks += tallies.size();
        if (by > 0) {
            tallies.values().forEach(tally -> tally.countNode(place, by));
        }
        place.pods().forEach((membership, count) -> count(place, membership, by * count));
        if (by < 0) {
            tallies.values().forEach(tally -> tally.countNode(place, by));
        }
    }

    /** Puts pods on a node that is among the places, or takes them away when negative. */
    public void add(Place place, Membership membership, int count) {
        place.add(membership, count);
        count(place, membership, count);
    }

    private void count(Place place, Membership membership, int count) {
        for (Membership.Part part : membership.parts()) {
            Tally tally = tallies.get(part.group());
            if (tally != null) {
                tally.countPods(place, part, count);
            }
        }
    }

    /** How many nodes were looked at so far, once for each group that has to do with them. */
    public long looks() {
        return looks;
    }

    private Tally tally(TopologyGroup group) {
        Tally known = tallies.get(group);
        if (known != null) {
            return known;
        }
        Tally tally = new Tally(group);
        for (Place place : places) {
            tally.countNode(place, 1);
            place.pods().forEach((membership, count) -> {
                for (Membership.Part part : membership.parts()) {
                    if (part.group().equals(group)) {
                        tally.countPods(place, part, count);
                    }
                }
            });
        }
        looks += places.size();
        tallies.put(group, tally);
        return tally;
    }

    /** Whether the group may come to count the node in other domains, or not at all. */
    private static boolean isOpen(TopologyGroup group, Place place) {
        if (group.kind() == Kind.SPREAD && !group.terms().filter().toleratesAll(place.taints())) {
            return false;
        }
        return place.possible(group.key()).size() > 1 || mayOrMayNotCount(group, place);
    }

    /** Whether it depends on labels that are still open whether the group counts the node. */
    private static boolean mayOrMayNotCount(TopologyGroup group, Place place) {
        NodeFilter filter = group.terms().filter();
        if (filter.alternatives().isEmpty()) {
            return false;
        }
        List<String> open = filter.alternativeKeys().stream()
                .filter(key -> place.possible(key).size() > 1)
                .toList();
        if (open.isEmpty()) {
            return false;
        }
        List<Map<String, String>> outcomes = List.of(labels(filter, place));
        for (String key : open) {
            outcomes = outcomes.stream()
                    .flatMap(labels -> place.possible(key).stream().map(value -> {
                        Map<String, String> more = new HashMap<>(labels);
                        more.put(key, value);
                        return more;
                    }))
                    .toList();
            if (outcomes.size() > MOST_OUTCOMES) {
                return true;
            }
        }
        return outcomes.stream()
                        .map(labels -> filter.counts(labels, place.taints()))
                        .distinct()
                        .count()
                > 1;
    }

    private static Set<String> values(TopologyGroup group, Place place) {
        String value = place.label(group.key());
        Set<String> possible = place.possible(group.key());
        return possible.isEmpty() && value != null ? Set.of(value) : possible;
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
        return filter.counts(labels(filter, place), place.taints());
    }

    /** The likeliest, as far as the filter asks for them. */
    private static Map<String, String> labels(NodeFilter filter, Place place) {
        Map<String, String> labels = new HashMap<>();
        for (String key : keys(filter)) {
            String value = place.label(key);
            if (value != null) {
                labels.put(key, value);
            }
        }
        return labels;
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
        String value = place.label(part.group().key());
        return switch (part.group().kind()) {
            case SPREAD -> !part.owns() || (value != null && spreads(part, place, value, certain, growing));
            case ANTI_AFFINITY -> !repels(part, place, value, certain);
            // Asked about all of it at once.
            case AFFINITY -> true;
        };
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

    /**
     * Whether the company that a pod needs is there, whatever else is.
     *
     * @param certain as for {@link #admits}
     * @param starting whether a pod that is its own company may be the first of it anywhere
     */
    public boolean hasCompany(Membership membership, Place place, boolean certain, boolean starting) {
        boolean first = false;
        for (Membership.Part part : membership.parts()) {
            TopologyGroup group = part.group();
            if (part.owns() && group.kind() == Kind.AFFINITY) {
                String value = place.label(group.key());
                if (value == null || !isCompany(group, place, value, certain)) {
                    if (value == null || !starting || !part.selected() || tally(group).total > 0) {
                        return false;
                    }
                    first |= !group.terms().wish();
                }
            }
        }
        return !first || isFirst(membership);
    }

    /** Whether one more pod may come to be let in, if open labels come to have the right values; never false when it may. */
    public boolean mayAdmit(Membership membership, Place place, boolean growing) {
        for (Membership.Part part : membership.parts()) {
            String value = place.label(part.group().key());
            boolean may = switch (part.group().kind()) {
                case SPREAD -> !part.owns() || (value != null && maySpread(part, place, value, growing));
                case ANTI_AFFINITY ->
                    isOpen(part.group(), place)
                            || !repelsAnyway(part, tally(part.group()).at(value));
                case AFFINITY -> true;
            };
            if (!may) {
                return false;
            }
        }
        return hasCompany(membership, place, false, true);
    }

    private boolean maySpread(Membership.Part part, Place place, String value, boolean growing) {
        TopologyGroup group = part.group();
        if (isOpen(group, place)) {
            return true;
        }
        Tally tally = tally(group);
        Domain domain = tally.at(value);
        boolean isNew = !domain.exists() && counts(group, place);
        boolean zero = isNew
                || tally.mostDomains() + (isNew ? 1 : 0) < group.terms().minDomains()
                || (growing && group.perNode());
        int least = zero ? 0 : tally.mostAtLeast();
        return (long) domain.selected - domain.open + (part.selected() ? 1 : 0) - least
                <= group.terms().maxSkew();
    }

    private static boolean repelsAnyway(Membership.Part part, Domain domain) {
        return (part.owns() && domain.selected > domain.open) || (part.selected() && domain.owners > domain.openOwners);
    }

    private boolean repels(Membership.Part part, Place place, @Nullable String value, boolean certain) {
        Tally tally = tally(part.group());
        if (!certain || !isOpen(part.group(), place)) {
            return repels(part, tally.at(value), certain);
        }
        return place.possible(part.group().key()).stream().anyMatch(each -> repels(part, tally.at(each), true));
    }

    private static boolean repels(Membership.Part part, Domain domain, boolean certain) {
        int selected = domain.selected + (certain ? domain.mayCome : 0);
        int owners = domain.owners + (certain ? domain.ownersMayCome : 0);
        return (part.owns() && selected > 0) || (part.selected() && owners > 0);
    }

    private boolean isCompany(TopologyGroup group, Place place, String value, boolean certain) {
        Tally tally = tally(group);
        Domain there = tally.at(value);
        if (!certain || !isOpen(group, place)) {
            return there.selected > (certain ? there.open : 0);
        }
        if (tally.onOpenNode.getOrDefault(place, 0) > 0) {
            return true;
        }
        return values(group, place).stream().map(tally::at).allMatch(domain -> domain.selected > domain.open);
    }

    private boolean spreads(Membership.Part part, Place place, String value, boolean certain, boolean growing) {
        TopologyGroup group = part.group();
        if (!certain || !isOpen(group, place)) {
            return spreads(part, place, value, certain, false, growing);
        }
        if (mayOrMayNotCount(group, place)) {
            return values(group, place).stream().allMatch(each -> spreads(part, place, each, true, true, growing));
        }
        // Wherever it comes to be, there it is for certain.
        Tally tally = tally(group);
        tally.settle(place);
        boolean everywhere =
                values(group, place).stream().allMatch(each -> spreads(part, place, each, true, false, growing));
        tally.reopen(place);
        return everywhere;
    }

    private boolean spreads(
            Membership.Part part, Place place, String value, boolean certain, boolean mayNotCount, boolean growing) {
        TopologyGroup group = part.group();
        Tally tally = tally(group);
        Domain domain = tally.at(value);
        boolean known = mayNotCount || (certain ? domain.existsForCertain() : domain.exists());
        boolean isNew = !known && counts(group, place);
        int domains = (certain ? tally.existingForCertain : tally.existing) + (isNew ? 1 : 0);
        int there = domain.selected + (certain ? domain.mayCome : 0);
        // Without any domain that counts kube-scheduler lets everyone in.
        int above = certain ? tally.mostAbove(value) : there - tally.counts.least();
        if (domains < group.terms().minDomains() || (growing && group.perNode())) {
            above = there;
        } else if (isNew) {
            // The domain itself has the least count, or another has less.
            above = Math.max(above, 0);
        }
        return above + (part.selected() ? 1 : 0) <= group.terms().maxSkew();
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
