package karpenter.core.topology;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One group's nodes and pods per domain. Decides how many domains there are, what the least count is, and how far a domain can
 * come to be above it, for the likeliest values of open labels and for any.
 */
final class DomainTally {
    private final TopologyGroup group;
    private final Looks looks;
    private final Map<String, TopologyDomain> domains = new HashMap<>();
    /** How many pods are on each node that is open for the group, by the domains that it may come to be in. */
    private final Map<Set<String>, Histogram> openNodes = new HashMap<>();

    private final Map<Place, Integer> onOpenNode = new HashMap<>();
    /** The counts of the domains that exist. */
    private final Histogram counts = new Histogram();

    private int existing;
    private int existingForCertain;
    private int total;

    DomainTally(TopologyGroup group, Looks looks) {
        this.group = group;
        this.looks = looks;
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

    /** Counts a node that no pods are counted on. */
    void enter(Place place) {
        boolean isOpen = NodeInclusion.isOpen(group, place);
        if (isOpen) {
            changeOpen(place, 0, 1);
            onOpenNode.put(place, 0);
        }
        countNode(place, isOpen, 1);
    }

    /** Counts a node no longer that no pods are counted on. */
    void leave(Place place) {
        boolean isOpen = NodeInclusion.isOpen(group, place);
        if (isOpen) {
            changeOpen(place, 0, -1);
            onOpenNode.remove(place);
        }
        countNode(place, isOpen, -1);
    }

    private void countNode(Place place, boolean isOpen, int by) {
        String value = place.label(group.key());
        if (value != null && place.stays() && NodeInclusion.counts(group, place)) {
            TopologyDomain domain = beginChange(value);
            domain.addNodes(by, isOpen);
            endChange(value, domain);
        }
    }

    /** Counts pods on a node, or no longer when {@code count} is negative. */
    void countPods(Place place, Membership.Part part, int count) {
        int selected = part.selected() ? count : 0;
        // Wishes bind their owners alone, so that nobody need know who has them.
        int owners = part.owns() && !group.terms().wish() ? count : 0;
        boolean isOpen = NodeInclusion.isOpen(group, place);
        String value = NodeInclusion.counts(group, place) ? place.label(group.key()) : null;
        if (value != null) {
            TopologyDomain domain = beginChange(value);
            domain.addPods(selected, owners, isOpen);
            endChange(value, domain);
            total += selected;
        }
        if (isOpen) {
            int before = onOpenNode.getOrDefault(place, 0);
            changeOpen(place, before, -1);
            changeOpen(place, before + selected, 1);
            onOpenNode.put(place, before + selected);
            for (String other : NodeInclusion.domains(group, place)) {
                if (!other.equals(value)) {
                    TopologyDomain domain = beginChange(other);
                    domain.addComing(selected, owners);
                    endChange(other, domain);
                }
            }
        }
    }

    private TopologyDomain beginChange(String value) {
        TopologyDomain domain = domains.computeIfAbsent(value, fresh -> new TopologyDomain());
        countDomain(domain, -1);
        return domain;
    }

    private void endChange(String value, TopologyDomain domain) {
        countDomain(domain, 1);
        if (domain.isForgotten()) {
            domains.remove(value);
        }
    }

    private void countDomain(TopologyDomain domain, int by) {
        if (domain.exists()) {
            existing += by;
            existingForCertain += domain.existsForCertain() ? by : 0;
            counts.change(domain.selected(), by);
        }
    }

    private void changeOpen(Place place, int pods, int by) {
        Set<String> values = NodeInclusion.domains(group, place);
        Histogram nodes = openNodes.computeIfAbsent(values, fresh -> new Histogram());
        nodes.change(pods, by);
        if (nodes.isEmpty()) {
            openNodes.remove(values);
        }
    }

    /** @param value null for nodes that don't have the label */
    TopologyDomain at(@Nullable String value) {
        return value == null ? TopologyDomain.NONE : domains.getOrDefault(value, TopologyDomain.NONE);
    }

    /** Pods that the group selects in any domain. */
    int total() {
        return total;
    }

    /** Pods that the group selects on a node that is open for it. */
    int onOpenNode(Place place) {
        return onOpenNode.getOrDefault(place, 0);
    }

    /** How many domains there are. */
    int domains() {
        return existing;
    }

    /** How many domains there are whatever values open labels come to have. */
    int leastDomains() {
        return existingForCertain;
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

    /** The count of the domain with fewest; the largest integer when there is no domain. */
    int least() {
        return counts.least();
    }

    /** What the least count can come to be at most. */
    int mostAtLeast() {
        if (openNodes.isEmpty()) {
            return counts.least();
        }
        int least = Integer.MAX_VALUE;
        for (TopologyDomain domain : domains.values()) {
            if (domain.existsForCertain()) {
                least = Math.min(least, domain.mostSelected());
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
        int most = at(value).mostSelected();
        if (onOpenNode.isEmpty()) {
            return most - counts.least();
        }
        int above = 0;
        looks.add(domains.size() + openNodes.size());
        for (Map.Entry<String, TopologyDomain> other : domains.entrySet()) {
            if (!other.getKey().equals(value) && other.getValue().existsForCertain()) {
                above = Math.max(above, most - other.getValue().leastSelected());
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
