package karpenter.controllers.state;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;
import karpenter.runtime.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the machines of each pool cost per hour, by the provider's list of offerings.
 *
 * <p>Method: remembers the price of each claim's offering, found by the claim's labels for instance type, zone and capacity
 * type; looks again every hour and when a claim appears whose price isn't known. The sum is taken over the claims of a
 * snapshot when somebody asks, so claims that are gone need no bookkeeping.
 *
 * <p>Differs from upstream: a running machine keeps its last price when its offering is no longer on the list, and memory
 * grows with the machines, not with everything that could be bought.
 *
 * <p>Threads: any.
 */
public final class PoolCosts {
    private static final Logger LOG = LoggerFactory.getLogger(PoolCosts.class);
    private static final Duration REFRESH = Duration.ofHours(1);
    private static final Duration RETRY = Duration.ofMinutes(1);
    private static final Prices NO_PRICES = new Prices(Map.of(), Set.of());

    private final ControllerContext context;
    private final ClusterState state;
    private final CloudProvider provider;
    private final Metrics.Counter errors;
    private final ConcurrentMap<String, Prices> byPool = new ConcurrentHashMap<>();

    /** @param unknown claims, by uid, whose offering is not on the provider's list */
    private record Prices(Map<String, Double> perHourUsdByClaimUid, Set<String> unknown) {
        boolean lookedFor(NodeClaim claim) {
            String uid = claim.metadata().uid();
            return perHourUsdByClaimUid.containsKey(uid) || unknown.contains(uid);
        }
    }

    private record OfferingKey(String instanceType, String zone, String capacityType) {
        /** Null until the provider's answer to the launch has labelled the claim. */
        static @Nullable OfferingKey of(NodeClaim claim) {
            Map<String, String> labels = claim.metadata().labels();
            String type = labels.get(Labels.INSTANCE_TYPE);
            String zone = labels.get(Labels.ZONE);
            String capacityType = labels.get(Labels.CAPACITY_TYPE);
            return type == null || zone == null || capacityType == null
                    ? null
                    : new OfferingKey(type, zone, capacityType);
        }
    }

    public PoolCosts(ControllerContext context, ClusterState state, CloudProvider provider) {
        this.context = context;
        this.state = state;
        this.provider = provider;
        this.errors = context.metrics()
                .counter(
                        "karpenter_nodepools_cost_tracker_errors_total",
                        "Failures to find the price of a machine of a nodepool.",
                        "nodepool");
        context.leaderGauge(
                "karpenter_nodepools_cost_total",
                "Cost of a nodepool's machines per hour by the provider's list prices, changed by overlays; not a bill.",
                List.of("nodepool"),
                sink -> perHourUsd(state.snapshot()).forEach((pool, cost) -> sink.put(cost, pool)));
    }

    /** Makes the loop that keeps prices fresh, {@code state.pricing}. Call once, before the source of deltas starts. */
    public Controller<String> controller() {
        Controller<String> controller = Controller.<String>named("state.pricing")
                .reconciler(this::reconcile)
                .build(context);
        state.listen(delta -> {
            String pool = poolToPrice(delta);
            if (pool != null) {
                controller.enqueue(pool);
            }
        });
        return controller;
    }

    /**
     * Cost per hour of every pool of the snapshot, by name; machines whose price isn't known count 0. Summed as decimals, as
     * prices are written: the same machines give the same sum to the last digit, in whatever order a snapshot has them.
     */
    public Map<String, Double> perHourUsd(ClusterSnapshot snapshot) {
        Map<String, BigDecimal> sums = new HashMap<>();
        for (NodeClaim claim : snapshot.claims().values()) {
            String pool = claim.nodePoolName();
            if (pool != null) {
                sums.merge(pool, BigDecimal.valueOf(perHourUsd(pool, claim)), BigDecimal::add);
            }
        }
        Map<String, Double> costs = new TreeMap<>();
        for (String pool : snapshot.nodePools().keySet()) {
            costs.put(pool, sums.getOrDefault(pool, BigDecimal.ZERO).doubleValue());
        }
        return costs;
    }

    private double perHourUsd(String pool, NodeClaim claim) {
        return byPool.getOrDefault(pool, NO_PRICES)
                .perHourUsdByClaimUid()
                .getOrDefault(claim.metadata().uid(), 0.0);
    }

    private @Nullable String poolToPrice(ClusterDelta delta) {
        if (delta instanceof ClusterDelta.NodePoolGone(String name, String uid)) {
            return name;
        }
        if (delta instanceof ClusterDelta.NodePoolChanged(NodePool pool) && !byPool.containsKey(pool.name())) {
            // Claims may have come before their pool.
            return pool.name();
        }
        if (delta instanceof ClusterDelta.NodeClaimChanged(NodeClaim claim)) {
            String pool = claim.nodePoolName();
            boolean looked =
                    pool != null && byPool.getOrDefault(pool, NO_PRICES).lookedFor(claim);
            return looked || OfferingKey.of(claim) == null ? null : pool;
        }
        return null;
    }

    private Outcome reconcile(String name) {
        ClusterSnapshot snapshot = state.snapshot();
        NodePool pool = snapshot.nodePools().get(name);
        if (pool == null) {
            byPool.remove(name);
            return Outcome.done();
        }
        return switch (provider.instanceTypes(pool)) {
            case InstanceTypesResult.Found(List<InstanceType> types) -> {
                byPool.put(name, price(name, snapshot, types));
                yield Outcome.requeueAfter(REFRESH);
            }
            case InstanceTypesResult.NotEvaluated() -> Outcome.requeueAfter(RETRY);
            case InstanceTypesResult.Failed(String message) -> {
                errors.inc(name);
                LOG.atDebug()
                        .addKeyValue("NodePool", name)
                        .addKeyValue("error", message)
                        .log("prices keep their last values: the provider's offerings can't be listed");
                yield Outcome.requeueAfter(RETRY);
            }
        };
    }

    private Prices price(String pool, ClusterSnapshot snapshot, List<InstanceType> types) {
        Map<String, OfferingKey> wanted = new HashMap<>();
        for (NodeClaim claim : snapshot.claims().values()) {
            OfferingKey key = OfferingKey.of(claim);
            if (key != null && pool.equals(claim.nodePoolName())) {
                wanted.put(claim.metadata().uid(), key);
            }
        }
        Map<OfferingKey, Double> offered = offered(Set.copyOf(wanted.values()), types);
        Prices before = byPool.getOrDefault(pool, NO_PRICES);
        Map<String, Double> prices = new HashMap<>();
        Set<String> unknown = new HashSet<>();
        wanted.forEach((uid, key) -> {
            Double price = offered.get(key);
            Double last = price == null ? before.perHourUsdByClaimUid().get(uid) : price;
            if (last != null) {
                prices.put(uid, last);
            } else {
                unknown.add(uid);
                if (!before.unknown().contains(uid)) {
                    errors.inc(pool);
                }
            }
        });
        return new Prices(Map.copyOf(prices), Set.copyOf(unknown));
    }

    /** The prices of those offerings that are wanted; of several under one key, reservations say, the lowest. */
    private static Map<OfferingKey, Double> offered(Set<OfferingKey> wanted, List<InstanceType> types) {
        Map<OfferingKey, Double> prices = new HashMap<>();
        for (InstanceType type : types) {
            for (Offering offering : type.offerings()) {
                OfferingKey key = new OfferingKey(type.name(), offering.zone(), offering.capacityType());
                if (wanted.contains(key)) {
                    prices.merge(key, offering.pricePerHourUsd(), Math::min);
                }
            }
        }
        return prices;
    }
}
