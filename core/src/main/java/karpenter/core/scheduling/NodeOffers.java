package karpenter.core.scheduling;

import java.util.Arrays;
import java.util.BitSet;
import karpenter.core.topology.Mates;
import org.jspecify.annotations.Nullable;

/** What the next node could be: how each kind of machine would be filled, and which node a set of pods makes. */
final class NodeOffers {
    /** Of a node's pods, so many at a time may be exchanged for others. */
    private static final int EXCHANGES_LOOKED_AT = 16;

    private final PoolTemplate template;
    private final Demand demand;
    private final Objective objective;
    private final Market market;
    private final Filling filling;
    private final @Nullable Mates mates;
    private long work;

    NodeOffers(PoolTemplate template, Demand demand, Market market, Objective objective) {
        this.template = template;
        this.demand = demand;
        this.mates = demand.mates();
        this.objective = objective;
        this.market = market;
        this.filling = new Filling(demand, market, template.untouched());
    }

    /** One kind of machine and the pods it would get. */
    static final class Offer {
        private final int[] picks;
        private final double worthPerDollar;

        private Offer(int[] picks, double worthPerDollar) {
            this.picks = picks;
            this.worthPerDollar = worthPerDollar;
        }

        /** Items of the pods, in the order of picking, repeated for pods of one class; not to be written to. */
        int[] picks() {
            return picks;
        }

        /** What the pods are worth for each dollar of the machine's price and upkeep. */
        double worthPerDollar() {
            return worthPerDollar;
        }

        boolean isEmpty() {
            return picks.length == 0;
        }

        /** Worth more per dollar, or as much with more pods. */
        boolean isBetterThan(Offer other) {
            double tie = Draft.TIE * other.worthPerDollar;
            double difference = worthPerDollar - other.worthPerDollar;
            return difference > tie || (difference >= -tie && picks.length > other.picks.length);
        }
    }

    /** Steps taken so far, for budgets: the same on every machine. */
    long work() {
        return work;
    }

    /** Begins each filling from now on with a pod of these asks, if one fits; with any when null. */
    void beginWith(@Nullable BitSet asks) {
        filling.beginWith(asks);
    }

    /** Whether limits leave room for such a machine. */
    boolean allows(Market.Candidate candidate) {
        return template.limits().allows(candidate.variant().limitUse());
    }

    /** Fills this kind of machine; leaves the demand as it was. */
    Offer fill(Market.Candidate candidate, GreedyRule rule) {
        return fill(candidate, rule, Double.NEGATIVE_INFINITY);
    }

    /**
     * Fills this kind of machine; leaves the demand as it was.
     *
     * @param atLeast worth per dollar that is of interest; an offer that can't be better may be incomplete, and then says what
     *     it could have reached
     */
    Offer fill(Market.Candidate candidate, GreedyRule rule, double atLeast) {
        int picked = filling.fill(candidate, template.untouched(), rule, atLeast * candidate.cost());
        double reached = filling.reachable() / candidate.cost();
        work += (long) (picked + 1) * demand.allCells().size();
        if (picked > 1 && !template.minValues().isEmpty()) {
            filling.undo(withinMinValues(filling.picks()));
            reached = Math.min(reached, filling.worth() / candidate.cost());
        }
        Offer offer = new Offer(filling.picks(), reached);
        filling.undo(0);
        return offer;
    }

    /**
     * The offer with pods exchanged for others left that ask alike and are worth more; leaves the demand as it was. Looks at some of the
     * pods at a time, at others next, and ends where it finds none: to go on for longer made more plans dearer than cheaper.
     */
    Offer exchanged(Market.Candidate candidate, Offer offer) {
        int[] picks = offer.picks.clone();
        long[] free = candidate.variant().free().clone();
        for (int item : picks) {
            demand.take(item, 1);
            add(free, item, -1);
        }
        double gained = 0;
        int stride = Math.ceilDiv(picks.length, EXCHANGES_LOOKED_AT);
        for (int pass = 0; pass < picks.length; pass++) {
            int worst = -1;
            int best = -1;
            double most = Draft.TIE * candidate.price();
            for (int at = pass % stride; at < picks.length; at += stride) {
                add(free, picks[at], 1);
                int other = worthMost(free, demand.askOf(picks[at]), market.worth(picks[at]) + most);
                add(free, picks[at], -1);
                if (other >= 0) {
                    worst = at;
                    best = other;
                    most = market.worth(other) - market.worth(picks[at]);
                }
            }
            if (worst < 0) {
                break;
            }
            add(free, picks[worst], 1);
            add(free, best, -1);
            demand.giveBack(picks[worst], 1);
            demand.take(best, 1);
            picks[worst] = best;
            gained += most;
        }
        for (int item : picks) {
            demand.giveBack(item, 1);
        }
        return gained > 0 && bin(picks) != null
                ? new Offer(picks, offer.worthPerDollar + gained / candidate.cost())
                : offer;
    }

    private void add(long[] free, int item, int pods) {
        for (int column = 0; column < free.length; column++) {
            free[column] += pods * demand.amounts()[item * free.length + column];
        }
    }

    /** The item left that asks so, fits and is worth most, if that is more than this; else −1. */
    private int worthMost(long[] free, int ask, double moreThan) {
        int[] present = demand.present();
        int best = -1;
        double most = moreThan;
        for (int i = 0; i < demand.presentItems(); i++) {
            int item = present[i];
            if (market.worth(item) > most
                    && demand.left(item) > 0
                    && demand.askOf(item) == ask
                    && demand.fits(item, free)) {
                best = item;
                most = market.worth(item);
            }
        }
        work += demand.presentItems() / 4;
        return best;
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

    /** The node that all pods left make together, or null when they can't share one. */
    @Nullable
    Bin close() {
        int[] rest = new int[demand.count()];
        int size = 0;
        int[] present = demand.present();
        for (int i = 0; i < demand.presentItems(); i++) {
            int item = present[i];
            Arrays.fill(rest, size, size + demand.left(item), item);
            size += demand.left(item);
        }
        return bin(rest);
    }

    /**
     * The node that these pods make, by the cheapest row that holds them.
     *
     * @param items one or more
     * @return null when they can't share a node
     */
    @Nullable
    Bin bin(int[] items) {
        work += items.length + template.offerings().rowCount();
        long[] used = new long[demand.columns()];
        Narrowing first = template.untouched().with(demand.lot(items[0]).ask());
        Narrowing narrowed = narrowed(items, used);
        if (first == null || narrowed == null || !narrowed.holds(used)) {
            return null;
        }
        int row = template.cheapest(narrowed, used);
        if (row < 0) {
            return null;
        }
        Bin bin = bin(items, first, narrowed, used, row);
        if (bin == null && template.offerings().row(row).reserved()) {
            BitSet others = template.offerings().others(row, template.buyable(narrowed, used));
            return others.isEmpty() ? null : bin(items, first, narrowed, used, others.nextSetBit(0));
        }
        return bin;
    }

    /** @param row the cheapest by which the node may be bought */
    private @Nullable Bin bin(int[] items, Narrowing first, Narrowing narrowed, long[] used, int row) {
        int[] least = template.minValues().asWritten();
        if (least.length > 0) {
            long[] alone = demand.lot(items[0]).podClass().amounts();
            least = template.leastValues(first, template.buyable(first, alone));
        }
        long[] charge = template.charge(row, narrowed, used, least);
        return charge == null ? null : new Bin(row, cost(row, narrowed, used), items, least, charge);
    }

    private double cost(int row, Narrowing narrowed, long[] used) {
        OfferingTable offerings = template.offerings();
        boolean spot = offerings.row(row).spot();
        int types = spot && objective.wantsSpotTypes()
                ? offerings.spotTypes(narrowed.rows(), used, template.limits().left(), objective.leastSpotTypes())
                : 0;
        return objective.cost(offerings.row(row).price(), spot, types);
    }

    /** Counts steps taken elsewhere. */
    void count(long steps) {
        work += steps;
    }

    /** What these pods narrow a node to, or null when they exclude each other; adds up what they ask for. */
    private @Nullable Narrowing narrowed(int[] items, long[] used) {
        Narrowing narrowed = template.untouched();
        if (mates != null) {
            mates.clear();
        }
        int last = -1;
        for (int item : items) {
            for (int column = 0; column < used.length; column++) {
                used[column] += demand.amounts()[item * used.length + column];
            }
            NodeAsk ask = demand.lot(item).ask();
            if (mates != null) {
                if (mates.room(ask.groups(), 1) == 0) {
                    return null;
                }
                mates.add(ask.groups(), 1);
            }
            if (item != last || !ask.ports().isEmpty()) {
                narrowed = narrowed.with(ask);
                last = item;
            }
            if (narrowed == null) {
                return null;
            }
        }
        return narrowed;
    }
}
