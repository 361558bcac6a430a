package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Buys the nodes for a demand.
 *
 * <p><b>Problem.</b> Buy machines for pods at the least price: vector bin packing with many kinds of bins.
 *
 * <p><b>Method.</b> Node by node: fill each kind of machine with pods that are left ({@link Filling}) and buy the one whose pods
 * are worth most per dollar at the current {@link ResourcePrices} (Panigrahy et al.); of equally good ones the larger. Kinds are
 * tried in the order of what they may hold at best, so that most need not be filled at all. A good filling is bought several
 * times over while pods last, then prices are found anew. A node is priced at the cheapest offering that holds what it got. On the
 * way the run remembers where it would have been cheapest to put all that was left on one machine, and ends there.
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

    PriceAwareGreedy(PoolTemplate template, Demand demand, ResourceColumns columns) {
        this.template = template;
        this.demand = demand;
        this.market = new Market(template, demand, columns);
        this.filling = new Filling(demand, market, template.untouched());
    }

    /**
     * Nodes bought, and pods that limits left no node for.
     *
     * @param price of all nodes, per hour
     */
    record Draft(List<Bin> bins, double price, int podsLeft) {
        Draft {
            bins = List.copyOf(bins);
        }

        boolean isBetterThan(Draft other) {
            return podsLeft != other.podsLeft
                    ? podsLeft < other.podsLeft
                    : price < other.price * (1 - TIE)
                            || (price <= other.price * (1 + TIE) && bins.size() < other.bins.size());
        }
    }

    /** One run over the demand; leaves demand and limits as they were. */
    Draft run(GreedyRule rule) {
        int[] before = demand.left();
        Run run = new Run(rule);
        Draft draft = run.buyAll();
        demand.reset(before);
        run.bins.forEach(bin -> template.limits().giveBack(bin.charge()));
        return draft;
    }

    private final class Run {
        private final GreedyRule rule;
        private final List<Bin> bins = new ArrayList<>();
        private final List<Market.Candidate> candidates = market.candidates();
        private double spent;
        private double worthWhenPriced;
        private int aside;

        private @Nullable Bin close;
        private int binsBeforeClose;
        private double priceWithClose = Double.POSITIVE_INFINITY;

        Run(GreedyRule rule) {
            this.rule = rule;
        }

        Draft buyAll() {
            reprice();
            while (!demand.isEmpty()) {
                if (market.worthLeft() < worthWhenPriced * REPRICE_SHARE) {
                    reprice();
                }
                setAsideImpossible();
                considerClosing();
                Offer best = best();
                if (best == null) {
                    break;
                }
                buy(best);
            }
            boolean complete = demand.isEmpty() && aside == 0;
            if (close != null && (!complete || priceWithClose < spent * (1 + TIE))) {
                List<Bin> closed = new ArrayList<>(bins.subList(0, binsBeforeClose));
                closed.add(close);
                return new Draft(closed, priceWithClose, 0);
            }
            return new Draft(bins, spent, demand.count() + aside);
        }

        /** Gives up pods for which even an empty node would leave less choice than minValues asks for, as limits draw near. */
        private void setAsideImpossible() {
            if (template.minValues().isEmpty() || template.limits().unlimited()) {
                return;
            }
            for (int item = 0; item < demand.items(); item++) {
                Demand.Lot lot = demand.lot(item);
                int left = demand.left(item);
                if (left > 0 && !template.canTake(lot.ask(), lot.podClass().amounts())) {
                    demand.take(item, left);
                    aside += left;
                }
            }
        }

        private void reprice() {
            market.reprice(rule.stretch());
            worthWhenPriced = market.worthLeft();
        }

        /** Notes what it would cost to put all that is left on one machine, if that is less than was found before. */
        private void considerClosing() {
            if (aside > 0) {
                return;
            }
            int[] rest = new int[demand.count()];
            int size = 0;
            for (int item = 0; item < demand.items(); item++) {
                Arrays.fill(rest, size, size + demand.left(item), item);
                size += demand.left(item);
            }
            Bin bin = bin(rest);
            if (bin != null && spent + bin.price() < priceWithClose * (1 - TIE)) {
                close = bin;
                binsBeforeClose = bins.size();
                priceWithClose = spent + bin.price();
            }
        }

        private @Nullable Offer best() {
            candidates.sort(Comparator.comparingDouble(Market.Candidate::estimate)
                    .thenComparingDouble(Market.Candidate::price)
                    .reversed()
                    .thenComparingInt(Market.Candidate::row));
            Offer best = null;
            for (Market.Candidate candidate : candidates) {
                if (best != null && candidate.estimate() <= best.worthPerDollar * (1 + TIE)) {
                    break;
                }
                if (template.limits().allows(candidate.variant().limitUse())) {
                    Offer offer = fill(candidate);
                    candidate.expect(offer.worthPerDollar);
                    if (offer.picks.length > 0 && (best == null || offer.isBetterThan(best))) {
                        best = offer;
                    }
                }
            }
            return best;
        }

        /** A filling of this kind of machine; leaves the demand as it was. */
        private Offer fill(Market.Candidate candidate) {
            int picked = filling.fill(candidate, template.untouched(), rule);
            if (picked > 1 && !template.minValues().isEmpty()) {
                filling.undo(withinMinValues(filling.picks()));
            }
            Offer offer = new Offer(filling.picks(), filling.worth() / candidate.cost());
            filling.undo(0);
            return offer;
        }

        /** Buys the offer, several times over when pods and limits last for more than twice as many. */
        private void buy(Offer offer) {
            Bin bin = bin(offer.picks);
            if (bin == null) {
                throw new IllegalStateException("a filling of " + offer.picks.length + " pods fits no offering of pool "
                        + template.pool().name());
            }
            int[] needed = new int[demand.items()];
            int times = Integer.MAX_VALUE;
            for (int item : offer.picks) {
                needed[item]++;
            }
            for (int item : offer.picks) {
                times = Math.min(times, demand.left(item) / needed[item]);
            }
            times = Math.max(1, template.limits().timesAllowed(bin.charge(), times / 2));
            for (int i = 0; i < times; i++) {
                bins.add(bin);
                spent += bin.price();
                template.limits().take(bin.charge());
                for (int item : offer.picks) {
                    demand.take(item, 1);
                }
            }
        }
    }

    /** What one kind of machine would hold. */
    private static final class Offer {
        private final int[] picks;
        private final double worthPerDollar;

        Offer(int[] picks, double worthPerDollar) {
            this.picks = picks;
            this.worthPerDollar = worthPerDollar;
        }

        boolean isBetterThan(Offer other) {
            double tie = TIE * other.worthPerDollar;
            double difference = worthPerDollar - other.worthPerDollar;
            return difference > tie || (difference >= -tie && picks.length > other.picks.length);
        }
    }

    /** How many of the picks, from the first on, leave the provider the choice that the pool's minValues ask for. */
    private int withinMinValues(int[] picks) {
        int met = 1;
        int unmet = picks.length + 1;
        while (unmet - met > 1) {
            int middle = (met + unmet) >>> 1;
            if (bin(Arrays.copyOf(picks, middle)) != null) {
                met = middle;
            } else {
                unmet = middle;
            }
        }
        return met;
    }

    /** The node that these pods make, by the cheapest row that holds them, or null when they can't share one. */
    private @Nullable Bin bin(int[] items) {
        long[] used = new long[demand.columns()];
        Narrowing narrowed = template.untouched();
        Narrowing first = narrowed;
        int last = -1;
        for (int i = 0; i < items.length; i++) {
            for (int column = 0; column < used.length; column++) {
                used[column] += demand.amounts()[items[i] * used.length + column];
            }
            NodeAsk ask = demand.lot(items[i]).ask();
            if (items[i] != last || !ask.ports().isEmpty()) {
                Narrowing next = narrowed.with(ask);
                if (next == null) {
                    return null;
                }
                narrowed = next;
                first = i == 0 ? next : first;
                last = items[i];
            }
        }
        if (!narrowed.holds(used)) {
            return null;
        }
        BitSet rows = template.buyable(narrowed, used);
        int row = rows.nextSetBit(0);
        if (row < 0) {
            return null;
        }
        int[] least = template.minValues().isEmpty()
                ? template.minValues().asWritten()
                : template.leastValues(
                        first,
                        template.buyable(first, demand.lot(items[0]).podClass().amounts()));
        long[] charge = template.charge(row, narrowed, used, least);
        return charge == null
                ? null
                : new Bin(row, template.offerings().row(row).price(), items, least, charge);
    }
}
