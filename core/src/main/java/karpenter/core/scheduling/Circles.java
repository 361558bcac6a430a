package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyFilters;
import karpenter.core.topology.TopologyGroup;
import karpenter.core.topology.TopologyGroup.Kind;

/**
 * Finds pods of a finished plan that wait for each other.
 *
 * <p><b>Problem.</b> Once all are in place each may have the company it needs, and yet none could come first: one needs the other
 * on its node, which needs the one in its zone.
 *
 * <p><b>Method.</b> All pods of the plan are taken off their nodes, and by affinity alone let in again, those that find company
 * until nobody does any more, then those that may be the first of theirs where most wait, and so on. Those that are left wait in
 * vain. More pods are never in the way of anyone's company, so that the order doesn't matter, except of who is first.
 *
 * <p><b>Complexity.</b> Kinds of pods on each node × the length of the longest chain of pods of which each needs the next.
 */
final class Circles {
    private final Sites sites;
    private final TopologyFilters filters;

    /** Pods alike on a node. */
    record Kindred(Site site, Membership groups, int count) {}

    private record Domain(TopologyGroup group, String value) {}

    Circles(Sites sites) {
        this.sites = sites;
        this.filters = sites.filters();
    }

    /** Whether pods of the class must have company somewhere. */
    static boolean needsCompany(PodClass podClass) {
        return podClass.asks().getLast().groups().parts().stream().anyMatch(Circles::needsCompany);
    }

    private static boolean needsCompany(Membership.Part part) {
        return part.owns() && part.group().kind() == Kind.AFFINITY;
    }

    /** The pods that wait in vain; all are in place again. */
    List<Kindred> waiting() {
        List<Kindred> all = planned();
        all.forEach(each -> filters.add(each.site, each.groups, -each.count));
        List<Kindred> waiting = new ArrayList<>(all);
        letIn(waiting, false);
        Map<Domain, Integer> crowds = crowds(waiting);
        waiting.sort(Comparator.comparingInt((Kindred each) -> -crowd(each, crowds)));
        boolean progress = true;
        while (progress && !waiting.isEmpty()) {
            progress = letIn(waiting, true);
        }
        waiting.forEach(each -> filters.add(each.site, each.groups, each.count));
        return waiting;
    }

    private List<Kindred> planned() {
        List<Kindred> all = new ArrayList<>();
        for (int at = 0; at < sites.all().size(); at++) {
            Site site = sites.all().get(at);
            Map<Membership, Integer> counts = new LinkedHashMap<>();
            switch (site) {
                case Site.OfMachine there ->
                    there.machine()
                            .shares()
                            .forEach((share, count) -> counts.merge(Site.groups(share), count, Integer::sum));
                case Site.OfLeavingMachine _ -> {}
                case Site.OfNode _ ->
                    sites.node(at)
                            .parts()
                            .forEach(part -> counts.merge(Site.groups(part.podClass()), part.count(), Integer::sum));
            }
            counts.forEach((groups, count) -> all.add(new Kindred(site, groups, count)));
            sites.spend(counts.size());
        }
        return all;
    }

    /** Lets in whom it can, and whom that lets in; whether there was anybody. */
    private boolean letIn(List<Kindred> waiting, boolean starting) {
        boolean any = false;
        boolean progress = true;
        while (progress) {
            sites.spend(waiting.size());
            boolean first = starting && !any;
            progress = waiting.removeIf(each -> {
                boolean comes = filters.hasCompany(each.groups, each.site, true, first);
                if (comes) {
                    filters.add(each.site, each.groups, each.count);
                }
                return comes;
            });
            any |= progress;
        }
        return any;
    }

    /** How many pods wait for company in each domain. */
    private static Map<Domain, Integer> crowds(List<Kindred> waiting) {
        Map<Domain, Integer> crowds = new HashMap<>();
        for (Kindred each : waiting) {
            for (Membership.Part part : each.groups.parts()) {
                String value = each.site.label(part.group().key());
                if (needsCompany(part) && value != null) {
                    crowds.merge(new Domain(part.group(), value), each.count, Integer::sum);
                }
            }
        }
        return crowds;
    }

    private static int crowd(Kindred each, Map<Domain, Integer> crowds) {
        int most = 0;
        for (Membership.Part part : each.groups.parts()) {
            String value = each.site.label(part.group().key());
            if (value != null) {
                most = Math.max(most, crowds.getOrDefault(new Domain(part.group(), value), 0));
            }
        }
        return most;
    }
}
