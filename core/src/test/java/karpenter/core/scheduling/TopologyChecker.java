package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * Asks, pod by pod and node by node, what kube-scheduler's PodTopologySpread and InterPodAffinity filters would say of a cluster
 * in which an answer has come true. Shares no code with the scheduler.
 */
final class TopologyChecker {
    /** Orders in which pods are tried that can't come in any. */
    private static final int ORDERS = 20;

    private final List<Site> sites = new ArrayList<>();

    /** A node and the pods on it. */
    static final class Site {
        final Map<String, String> labels;
        final List<Taint> taints;
        /** For pods that are not counted among these. */
        ResourceVector room;

        final List<Pod> pods = new ArrayList<>();

        Site(Map<String, String> labels, List<Taint> taints, ResourceVector room) {
            this.labels = labels;
            this.taints = taints;
            this.room = room;
        }
    }

    TopologyChecker(SchedulingInput input, SchedulingResult result) {
        Set<String> moving = new HashSet<>();
        input.pods().forEach(pod -> moving.add(pod.uid()));
        Map<NodeState, Site> byMachine = new HashMap<>();
        for (NodeState machine : input.snapshot().machines()) {
            Map<String, String> labels = new HashMap<>(machine.labels());
            labels.putIfAbsent(Labels.HOSTNAME, machine.name());
            Site site = new Site(labels, machine.taints(), machine.available());
            machine.pods().stream()
                    .filter(pod -> !moving.contains(pod.uid()) && !pod.terminating())
                    .forEach(site.pods::add);
            byMachine.put(machine, site);
            sites.add(site);
            addDaemons(input, site, machine.pods());
        }
        result.placements()
                .forEach(placement -> siteOf(byMachine, placement).pods.addAll(placement.pods()));
        for (NodePlan plan : result.plans()) {
            Site site = new Site(
                    labels(plan.requirements(), plan.instanceTypes().getFirst(), plan.cheapest(), sites.size()),
                    plan.pool().spec().template().spec().taints(),
                    plan.instanceTypes().getFirst().allocatable(plan.cheapest()));
            site.pods.addAll(plan.pods());
            sites.add(site);
            addDaemons(input, site, List.of());
        }
    }

    /** A pod of each DaemonSet that belongs on a node and has none there. */
    private static void addDaemons(SchedulingInput input, Site site, List<Pod> running) {
        for (DaemonSet set : input.snapshot().daemonSets()) {
            PodShape shape = set.template();
            boolean there = running.stream()
                    .anyMatch(pod -> pod.shape().owner() != null
                            && pod.shape().owner().uid().equals(set.metadata().uid()));
            boolean tolerated = site.taints.stream()
                    .allMatch(taint -> taint.effect().equals("PreferNoSchedule")
                            || shape.tolerations().stream().anyMatch(each -> each.tolerates(taint)));
            if (!there && tolerated && matches(shape, site.labels)) {
                String node = site.labels.getOrDefault(Labels.HOSTNAME, "");
                site.pods.add(Pods.of(set.metadata().uid() + " on " + node, shape, node, Pods.BIRTH));
                site.room = site.room.minus(shape.requests());
            }
        }
    }

    private static Site siteOf(Map<NodeState, Site> byMachine, SchedulingResult.Placement placement) {
        Site site = byMachine.get(placement.machine());
        assertThat(site).isNotNull();
        if (site == null) {
            throw new IllegalStateException("no such machine");
        }
        return site;
    }

    private static Map<String, String> labels(
            Requirements requirements, InstanceType type, Offering offering, int number) {
        Map<String, String> labels = new HashMap<>(type.requirements().labels());
        labels.putAll(offering.requirements().labels());
        labels.putAll(requirements.labels());
        for (Requirement requirement : requirements.all()) {
            String value = requirement.representative();
            if (!labels.containsKey(requirement.key()) && !requirement.isComplement() && value != null) {
                labels.put(requirement.key(), value);
            }
        }
        labels.put(Labels.INSTANCE_TYPE, type.name());
        labels.put(Labels.ZONE, offering.zone());
        labels.put(Labels.CAPACITY_TYPE, offering.capacityType());
        labels.put(Labels.HOSTNAME, "planned-" + number);
        return labels;
    }

    /** A pod that was placed, and where. */
    private record Placed(Pod pod, Site site) {}

    /** Each pod that was placed passes with all others in place, or at least when it comes in its turn. */
    void checkPlaced(SchedulingResult result) {
        Set<String> placed = new HashSet<>();
        result.placements().forEach(each -> each.pods().forEach(pod -> placed.add(pod.uid())));
        result.plans().forEach(each -> each.pods().forEach(pod -> placed.add(pod.uid())));
        List<Placed> all = new ArrayList<>();
        String objection = null;
        for (Site site : sites) {
            for (Pod pod : List.copyOf(site.pods)) {
                if (placed.contains(pod.uid())) {
                    all.add(new Placed(pod, site));
                    String here = objection(pod, site);
                    objection = here == null ? objection : pod.key() + " on " + site.labels + ": " + here;
                }
            }
        }
        if (objection != null) {
            assertThat(haveAnOrder(all)).as(objection).isTrue();
        }
    }

    /** Looks for an order from its end: who comes last is welcome among all others. */
    private boolean haveAnOrder(List<Placed> all) {
        for (int attempt = 0; attempt < ORDERS; attempt++) {
            List<Placed> there = new ArrayList<>(all);
            Collections.shuffle(there, new Random(attempt));
            Placed last = last(there);
            while (last != null) {
                there.remove(last);
                last.site.pods.remove(last.pod);
                last = last(there);
            }
            all.stream().filter(each -> !there.contains(each)).forEach(each -> each.site.pods.add(each.pod));
            if (there.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** Of those who may have come last, the one without whom the fewest of the others would be unwelcome; or null. */
    private @Nullable Placed last(List<Placed> there) {
        Placed best = null;
        long fewest = Long.MAX_VALUE;
        for (Placed each : there) {
            if (fewest > 0 && objection(each.pod, each.site) == null) {
                each.site.pods.remove(each.pod);
                long unwelcome = there.stream()
                        .filter(other ->
                                !other.pod.uid().equals(each.pod.uid()) && objection(other.pod, other.site) != null)
                        .count();
                each.site.pods.add(each.pod);
                if (unwelcome < fewest) {
                    best = each;
                    fewest = unwelcome;
                }
            }
        }
        return best;
    }

    /** Whether a new node of this kind would take a pod that was turned away, and nobody who was placed would have to go. */
    boolean wouldTake(PodRejection rejection, PoolCatalog pool, Requirements both, InstanceType type, Offering offer) {
        Site fresh = new Site(
                labels(both, type, offer, sites.size()),
                pool.pool().spec().template().spec().taints(),
                type.allocatable(offer));
        fresh.labels.putIfAbsent(Labels.NODE_POOL, pool.pool().name());
        sites.add(fresh);
        fresh.pods.add(rejection.pod());
        boolean welcome = objection(rejection.pod(), fresh) == null;
        if (welcome) {
            for (Site site : sites) {
                for (Pod pod : List.copyOf(site.pods)) {
                    welcome &= pod.bound() || objection(pod, site) == null;
                }
            }
        }
        sites.removeLast();
        return welcome;
    }

    /** Whether a node that is there or planned has room for a pod that was turned away and would take it now. */
    boolean welcomes(PodRejection rejection) {
        PodShape shape = rejection.pod().shape();
        for (Site site : sites) {
            ResourceVector used = site.pods.stream()
                    .filter(pod -> !pod.bound())
                    .map(pod -> pod.shape().requests())
                    .reduce(ResourceVector.ZERO, ResourceVector::plus);
            if (matches(shape, site.labels) && used.plus(shape.requests()).fitsIn(site.room)) {
                site.pods.add(rejection.pod());
                boolean welcome = objection(rejection.pod(), site) == null;
                site.pods.remove(rejection.pod());
                if (welcome) {
                    return true;
                }
            }
        }
        return false;
    }

    /** What kube-scheduler would say to a pod that is on the site, were it to come now; null when it would let it in. */
    private @Nullable String objection(Pod pod, Site site) {
        site.pods.remove(pod);
        try {
            String spread = spreadObjection(pod.shape(), site);
            return spread == null ? affinityObjection(pod.shape(), site) : spread;
        } finally {
            site.pods.add(pod);
        }
    }

    private @Nullable String spreadObjection(PodShape shape, Site site) {
        List<TopologySpreadConstraint> hard = shape.topologySpread().stream()
                .filter(TopologySpreadConstraint::isHard)
                .toList();
        for (TopologySpreadConstraint constraint : hard) {
            String value = site.labels.get(constraint.topologyKey());
            if (value == null) {
                return "no label " + constraint.topologyKey();
            }
            Map<String, Integer> counts = new HashMap<>();
            for (Site other : sites) {
                if (counted(constraint, hard, shape, other)) {
                    int count = 0;
                    for (Pod pod : other.pods) {
                        count += counts(constraint, shape, pod.shape()) ? 1 : 0;
                    }
                    counts.merge(other.labels.getOrDefault(constraint.topologyKey(), ""), count, Integer::sum);
                }
            }
            int least =
                    counts.values().stream().mapToInt(Integer::intValue).min().orElse(0);
            if (constraint.minDomains() != null && counts.size() < constraint.minDomains()) {
                least = 0;
            }
            int self = counts(constraint, shape, shape) ? 1 : 0;
            if (counts.getOrDefault(value, 0) + self - least > constraint.maxSkew()) {
                return "skew of " + constraint.topologyKey() + " " + counts + " at " + value + " over "
                        + constraint.maxSkew();
            }
        }
        return null;
    }

    private static boolean counted(
            TopologySpreadConstraint constraint, List<TopologySpreadConstraint> hard, PodShape shape, Site site) {
        for (TopologySpreadConstraint each : hard) {
            if (!site.labels.containsKey(each.topologyKey())) {
                return false;
            }
        }
        if (!"Ignore".equals(constraint.nodeAffinityPolicy()) && !matches(shape, site.labels)) {
            return false;
        }
        if ("Honor".equals(constraint.nodeTaintsPolicy())) {
            for (Taint taint : site.taints) {
                if (!taint.effect().equals("PreferNoSchedule")
                        && shape.tolerations().stream().noneMatch(each -> each.tolerates(taint))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean matches(PodShape shape, Map<String, String> labels) {
        for (Map.Entry<String, String> wanted : shape.nodeSelector().entrySet()) {
            if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
                return false;
            }
        }
        boolean any = shape.requiredNodeAffinity().isEmpty();
        for (NodeSelectorTerm term : shape.requiredNodeAffinity()) {
            any |= !term.matchExpressions().isEmpty()
                    && Requirements.of(term.matchExpressions()).all().stream().allMatch(requirement -> {
                        String value = labels.get(requirement.key());
                        return value == null ? requirement.allowsAbsence() : requirement.contains(value);
                    });
        }
        return any;
    }

    private static boolean counts(TopologySpreadConstraint constraint, PodShape owner, PodShape pod) {
        if (constraint.selector() == null || !owner.namespace().equals(pod.namespace())) {
            return false;
        }
        for (String key : constraint.matchLabelKeys()) {
            String own = owner.labels().get(key);
            if (own != null && !own.equals(pod.labels().get(key))) {
                return false;
            }
        }
        return constraint.selector().matches(pod.labels());
    }

    private static boolean selects(PodAffinityTerm term, PodShape owner, PodShape pod) {
        boolean namespace = term.namespaces().contains(pod.namespace())
                || (term.namespaces().isEmpty()
                        && term.namespaceSelector() == null
                        && owner.namespace().equals(pod.namespace()))
                || (term.namespaceSelector() != null
                        && term.namespaceSelector().matches(Map.of("kubernetes.io/metadata.name", pod.namespace())));
        if (!namespace || term.selector() == null || !term.selector().matches(pod.labels())) {
            return false;
        }
        for (String key : term.matchLabelKeys()) {
            String own = owner.labels().get(key);
            if (own != null && !own.equals(pod.labels().get(key))) {
                return false;
            }
        }
        for (String key : term.mismatchLabelKeys()) {
            String own = owner.labels().get(key);
            if (own != null && own.equals(pod.labels().get(key))) {
                return false;
            }
        }
        return true;
    }

    private @Nullable String affinityObjection(PodShape shape, Site site) {
        for (Site other : sites) {
            for (Pod pod : other.pods) {
                for (PodAffinityTerm term : pod.shape().podAntiAffinity()) {
                    if (share(term, site, other) && selects(term, pod.shape(), shape)) {
                        return "anti-affinity of " + pod.key() + " over " + term.topologyKey();
                    }
                }
                for (PodAffinityTerm term : shape.podAntiAffinity()) {
                    if (share(term, site, other) && selects(term, shape, pod.shape())) {
                        return "anti-affinity to " + pod.key() + " over " + term.topologyKey();
                    }
                }
            }
        }
        boolean anywhere = false;
        boolean here = true;
        for (PodAffinityTerm term : shape.podAffinity()) {
            if (!site.labels.containsKey(term.topologyKey())) {
                return "no label " + term.topologyKey();
            }
            boolean inDomain = false;
            for (Site other : sites) {
                for (Pod pod : other.pods) {
                    if (isCompany(shape, pod.shape())) {
                        anywhere |= other.labels.containsKey(term.topologyKey());
                        inDomain |= share(term, site, other);
                    }
                }
            }
            here &= inDomain;
        }
        return here || (!anywhere && isCompany(shape, shape)) ? null : "no company";
    }

    private static boolean isCompany(PodShape owner, PodShape pod) {
        return owner.podAffinity().stream().allMatch(term -> selects(term, owner, pod));
    }

    private static boolean share(PodAffinityTerm term, Site site, Site other) {
        String value = site.labels.get(term.topologyKey());
        return value != null && value.equals(other.labels.get(term.topologyKey()));
    }
}
