package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.Pod;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * A plain greedy that works as the reference implementation does, to be compared with: pods by cpu, memory and age, each onto the
 * node with the fewest pods of which some type still holds all, else onto a new one of the first pool that can take it. Knows
 * pools, taints, labels (first alternative only), resources and no more.
 */
final class ReferenceGreedy {
    private final SchedulingInput input;
    private final List<PoolCatalog> pools;
    private final List<Claim> claims = new ArrayList<>();
    private final Map<Pod, Requirements> asked = new HashMap<>();

    private static final class Claim {
        private final PoolCatalog pool;
        private Requirements requirements;
        private List<InstanceType> types;
        private ResourceVector requests = ResourceVector.ZERO;
        private int pods;

        Claim(PoolCatalog pool) {
            this.pool = pool;
            this.requirements = Requirements.of(
                            pool.pool().spec().template().spec().requirements())
                    .and(Requirements.ofLabels(
                            pool.pool().spec().template().metadata().labelsOrEmpty()))
                    .and(Requirements.ofLabels(
                            Map.of(karpenter.api.Labels.NODE_POOL, pool.pool().name())));
            this.types = pool.types();
        }
    }

    ReferenceGreedy(SchedulingInput input) {
        this.input = input;
        this.pools = input.pools().stream().sorted(PoolTemplate.ORDER).toList();
    }

    /** The price per hour of the plan, or infinity when a pod has no place. */
    double pricePerHourUsd() {
        List<Pod> queue = new ArrayList<>(input.pods());
        queue.sort(Comparator.comparingLong((Pod pod) -> pod.shape().requests().milliCpu())
                .thenComparingLong(pod -> pod.shape().requests().memoryBytes())
                .reversed()
                .thenComparing(Pod::creationTimestamp)
                .thenComparing(Pod::uid));
        for (Pod pod : queue) {
            asked.put(pod, PodRequirements.alternatives(pod.shape(), false).getFirst());
            claims.sort(Comparator.comparingInt((Claim claim) -> claim.pods));
            if (claims.stream().noneMatch(claim -> add(claim, pod)) && !open(pod)) {
                return Double.POSITIVE_INFINITY;
            }
        }
        return claims.stream()
                .mapToDouble(claim -> claim.types.stream()
                        .mapToDouble(type -> price(type, claim.requirements))
                        .min()
                        .orElse(Double.POSITIVE_INFINITY))
                .sum();
    }

    int nodes() {
        return claims.size();
    }

    private boolean open(Pod pod) {
        for (PoolCatalog pool : pools) {
            Claim claim = new Claim(pool);
            if (add(claim, pod)) {
                claims.add(claim);
                return true;
            }
        }
        return false;
    }

    private boolean add(Claim claim, Pod pod) {
        Set<String> wellKnown = input.options().wellKnownLabels();
        if (NodeAsk.untolerated(
                        claim.pool.pool().spec().template().spec().taints(),
                        pod.shape().tolerations(),
                        true)
                != null) {
            return false;
        }
        Requirements wanted = asked.getOrDefault(pod, Requirements.NONE);
        if (claim.requirements.compatible(wanted, wellKnown) != null) {
            return false;
        }
        Requirements both = claim.requirements.and(wanted);
        ResourceVector requests = claim.requests.plus(pod.shape().requests());
        List<InstanceType> left = new ArrayList<>();
        for (InstanceType type : claim.types) {
            if (type.requirements().intersects(both) == null
                    && requests.fitsIn(type.allocatable())
                    && price(type, both) < Double.POSITIVE_INFINITY) {
                left.add(type);
            }
        }
        if (left.isEmpty()) {
            return false;
        }
        claim.requirements = both;
        claim.requests = requests;
        claim.types = left;
        claim.pods++;
        return true;
    }

    private static double price(InstanceType type, Requirements requirements) {
        @Nullable Offering cheapest = null;
        for (Offering offering : type.offerings()) {
            if (offering.available()
                    && offering.requirements().intersects(requirements) == null
                    && (cheapest == null || offering.pricePerHourUsd() < cheapest.pricePerHourUsd())) {
                cheapest = offering;
            }
        }
        return cheapest == null ? Double.POSITIVE_INFINITY : cheapest.pricePerHourUsd();
    }
}
