package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyGroup;
import karpenter.core.topology.TopologyGroup.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Labels that planned nodes leave open, and pods for which they matter.
 *
 * <p><b>Problem.</b> A node that may be bought in several zones is in nobody knows which of a spread's domains, or of those that
 * pods are to be kept out of, so that whether a pod would be let in can't be said.
 *
 * <p><b>Method.</b> If it would be let in were the labels what they are likeliest to be, they are settled as that; else those that
 * can are settled as the domain that the pod itself is in.
 */
final class OpenLabels {
    private final Sites sites;
    private final NodeAsk.Interner interner;

    OpenLabels(Sites sites, NodeAsk.Interner interner) {
        this.sites = sites;
        this.interner = interner;
    }

    /** Whether the filters let the pod in; labels of planned nodes on which that depends are settled. */
    boolean admits(Membership groups, Site site) {
        if (groups.parts().isEmpty() || sites.filters().admits(groups, site, true, sites.growing())) {
            return true;
        }
        if (!sites.filters().mayAdmit(groups, site, sites.growing())) {
            return false;
        }
        return (sites.filters().admits(groups, site, false, sites.growing()) && settle(groups, site, false))
                || settle(groups, site, true);
    }

    /**
     * Settles what planned nodes leave open of the labels that matter to a pod, if that lets it in.
     *
     * @param together whether they come into the pod's own domain where they can, rather than into the likeliest
     */
    private boolean settle(Membership groups, Site site, boolean together) {
        Set<String> keys = keys(groups);
        if (keys.isEmpty()) {
            return false;
        }
        sites.spend(sites.all().size() - sites.firstPlanned());
        Map<Integer, Requirements> settled = new LinkedHashMap<>();
        Map<Integer, Site> before = new LinkedHashMap<>();
        for (int at = sites.firstPlanned(); at < sites.all().size(); at++) {
            Requirements open = settleable(at, open(sites.all().get(at), keys, together ? site : null));
            Narrowing narrowing = open.all().isEmpty() ? null : sites.node(at).settled(open, interner);
            if (narrowing != null) {
                before.put(at, sites.all().get(at));
                settled.put(at, open);
                sites.replace(at, narrowing);
            }
        }
        boolean possible = !settled.isEmpty() && sites.filters().admits(groups, site, true, sites.growing());
        if (possible) {
            settled.forEach((at, labels) -> sites.node(at).settle(labels, interner));
        } else {
            before.forEach(sites::replace);
        }
        return possible;
    }

    /** Those of the labels that a planned node can be settled by; one that minValues doesn't let be settled stays as open as it is. */
    private Requirements settleable(int at, Requirements labels) {
        PlannedNode node = sites.node(at);
        if (labels.all().size() == 1 || node.settled(labels, interner) != null) {
            return labels;
        }
        Requirements settleable = Requirements.NONE;
        for (Requirement label : labels.all()) {
            Requirements more = settleable.and(label);
            settleable = node.settled(more, interner) == null ? settleable : more;
        }
        return settleable;
    }

    /** Labels of others on which it depends whether such pods are let in. */
    private static Set<String> keys(Membership groups) {
        Set<String> keys = spreadKeys(groups);
        for (Membership.Part part : groups.parts()) {
            if (part.group().kind() == Kind.ANTI_AFFINITY && !part.group().perNode()) {
                keys.add(part.group().key());
            }
        }
        return keys;
    }

    /** Labels on which the spreads depend that such pods have. */
    static Set<String> spreadKeys(Membership groups) {
        Set<String> keys = new TreeSet<>();
        for (Membership.Part part : groups.parts()) {
            TopologyGroup group = part.group();
            if (part.owns() && group.kind() == Kind.SPREAD) {
                keys.add(group.key());
                keys.addAll(group.terms().filter().alternativeKeys());
            }
        }
        return keys;
    }

    /** Values for those of the labels that are open on a node. */
    private static Requirements open(Site node, Set<String> keys, @Nullable Site near) {
        List<Requirement> open = new ArrayList<>();
        for (String key : keys) {
            Set<String> possible = node.possible(key);
            String value = near == null ? null : near.label(key);
            String chosen = value != null && possible.contains(value) ? value : node.label(key);
            if (chosen != null && possible.size() > 1) {
                open.add(Requirement.in(key, chosen));
            }
        }
        return Requirements.of(open);
    }
}
