package karpenter.core.scheduling;

import java.util.Arrays;
import java.util.BitSet;
import karpenter.core.topology.Mates;
import org.jspecify.annotations.Nullable;

/** What the next node could be: how each kind of machine would be filled, and which node a set of pods makes. */
final class NodeOffers {
    private final PoolTemplate template;
    private final Demand demand;
    private final Objective objective;
    private final Filling filling;
    private final @Nullable Mates mates;
    private long work;

    NodeOffers(PoolTemplate template, Demand demand, Market market, Objective objective) {
        this.template = template;
        this.demand = demand;
        this.mates = demand.mates();
        this.objective = objective;
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
