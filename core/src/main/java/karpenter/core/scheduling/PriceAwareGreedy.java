package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plans the new nodes of one pool.
 *
 * <p><b>Problem.</b> Buy machines for pods at the least price: vector bin packing with many kinds of bins.
 *
 * <p><b>Method.</b> Node by node: fill each kind of machine with pods that are left ({@link Filling}) and buy the one whose pods
 * are worth most per dollar at the current {@link ResourcePrices}; of equally good ones the larger. Kinds are tried in the order of
 * what they may hold at best, so that most need not be filled at all. A good filling is bought several times over while pods
 * last, then prices are found anew.
 *
 * <p><b>Complexity.</b> A few fillings per node.
 *
 * <p><b>Differs from upstream.</b> Upstream adds pods to one node for as long as any type still holds them, whatever it costs, so
 * that nodes end on the largest and dearest types.
 */
final class PriceAwareGreedy {
    /** Prices are found anew when the pods left are worth this share of what they were. */
    private static final double REPRICE_SHARE = 0.93;

    private static final double TIE = 1e-9;

    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final Filling filling;
    private final List<Bin> bins = new ArrayList<>();
    private double worthWhenPriced;

    /** A node bought. */
    private static final class Bin {
        private final Market.Candidate candidate;
        /** Of its pods, in the order of picking, repeated for pods of one class. */
        private final int[] items;

        private final double worth;

        Bin(Market.Candidate candidate, int[] items, double worth) {
            this.candidate = candidate;
            this.items = items;
            this.worth = worth;
        }
    }

    private PriceAwareGreedy(PoolTemplate template, List<Demand.Lot> lots, int columns) {
        this.template = template;
        this.demand = new Demand(lots, columns);
        this.market = new Market(template, demand);
        this.filling = new Filling(demand, market, template.untouched());
    }

    /**
     * Plans nodes for as many of these pods as the pool's limits allow, and counts them as placed. What one node of each kind
     * counts against the limits is taken from them.
     *
     * @param lots each of which the pool can take by itself
     */
    static List<PlannedNode> plan(PoolTemplate template, List<Demand.Lot> lots, int columns) {
        if (lots.isEmpty()) {
            return List.of();
        }
        PriceAwareGreedy greedy = new PriceAwareGreedy(template, lots, columns);
        greedy.construct();
        return greedy.bins.stream().map(greedy::planned).toList();
    }

    private void construct() {
        worthWhenPriced = market.worthLeft();
        while (!demand.isEmpty()) {
            double left = market.worthLeft();
            if (left < worthWhenPriced * REPRICE_SHARE) {
                market.reprice();
                worthWhenPriced = market.worthLeft();
            }
            Bin best = best();
            if (best == null) {
                return;
            }
            buy(best);
        }
    }

    private @Nullable Bin best() {
        List<Market.Candidate> candidates = market.candidates();
        candidates.sort(Comparator.comparingDouble(Market.Candidate::estimate)
                .thenComparingDouble(Market.Candidate::price)
                .reversed()
                .thenComparingInt(Market.Candidate::row));
        Bin best = null;
        for (Market.Candidate candidate : candidates) {
            if (best != null && candidate.estimate() <= worthPerDollar(best) * (1 + TIE)) {
                break;
            }
            if (template.limits().allows(candidate.variant().limitUse())) {
                Bin bin = fill(candidate);
                candidate.expect(worthPerDollar(bin));
                if (bin.items.length > 0 && (best == null || isBetter(bin, best))) {
                    best = bin;
                }
            }
        }
        return best;
    }

    private static double worthPerDollar(Bin bin) {
        return bin.worth / bin.candidate.price();
    }

    private static boolean isBetter(Bin bin, Bin best) {
        double difference = worthPerDollar(bin) - worthPerDollar(best);
        double tie = TIE * worthPerDollar(best);
        return difference > tie || (difference >= -tie && bin.items.length > best.items.length);
    }

    /** A filling of this kind of machine; leaves the demand as it was. */
    private Bin fill(Market.Candidate candidate) {
        int picked = filling.fill(
                candidate, template.untouched(), candidate.variant().free());
        if (picked > 1 && !template.minValues().isEmpty()) {
            filling.undo(withinMinValues(filling.picks()));
        }
        Bin bin = new Bin(candidate, filling.picks(), filling.worth());
        filling.undo(0);
        return bin;
    }

    /** How many of the picks, from the first on, leave the provider the choice that the pool's minValues ask for. */
    private int withinMinValues(int[] picks) {
        int[] least = leastValues(picks[0]);
        int met = 1;
        int unmet = picks.length + 1;
        while (unmet - met > 1) {
            int middle = (met + unmet) >>> 1;
            long[] used = new long[demand.columns()];
            Narrowing narrowed = narrowed(Arrays.copyOf(picks, middle), used);
            if (template.minValues().met(narrowed, used, least)) {
                met = middle;
            } else {
                unmet = middle;
            }
        }
        return met;
    }

    private int[] leastValues(int firstItem) {
        if (!template.relaxesMinValues() || template.minValues().isEmpty()) {
            return template.minValues().asWritten();
        }
        long[] used = new long[demand.columns()];
        Narrowing narrowed = narrowed(new int[] {firstItem}, used);
        return template.minValues().lowered(narrowed, used);
    }

    private Narrowing narrowed(int[] picks, long[] used) {
        Narrowing narrowed = template.untouched();
        for (int item : picks) {
            Narrowing next = narrowed.with(demand.lot(item).ask());
            narrowed = next == null ? narrowed : next;
            for (int column = 0; column < used.length; column++) {
                used[column] += demand.amounts()[item * used.length + column];
            }
        }
        return narrowed;
    }

    /** Buys the bin, several times over when pods and limits last for more than twice as many. */
    private void buy(Bin bin) {
        int[] needed = new int[demand.items()];
        int times = Integer.MAX_VALUE;
        for (int item : bin.items) {
            needed[item]++;
        }
        for (int item : bin.items) {
            times = Math.min(times, demand.left(item) / needed[item]);
        }
        long[] use = bin.candidate.variant().limitUse();
        times = template.limits().timesAllowed(use, Math.max(1, times / 2));
        for (int i = 0; i < times; i++) {
            bins.add(bin);
            template.limits().take(use);
            for (int item : bin.items) {
                demand.take(item, 1);
            }
        }
    }

    private PlannedNode planned(Bin bin) {
        PlannedNode node = new PlannedNode(template, bin.candidate, leastValues(bin.items[0]), demand.columns());
        int[] items = bin.items.clone();
        Arrays.sort(items);
        for (int i = 0; i < items.length; ) {
            int end = i;
            while (end < items.length && items[end] == items[i]) {
                end++;
            }
            node.add(demand.lot(items[i]), end - i);
            i = end;
        }
        return node;
    }
}
