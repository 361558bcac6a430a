package karpenter.core.scheduling;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Fills one planned node with pods that are left.
 *
 * <p><b>Problem.</b> Given the kind of machine and what is free on it, choose pods such that little of what costs money stays
 * unused, now and on the nodes to come: a knapsack with several resources, many times over.
 *
 * <p><b>Method.</b> One pod after another, by one of two scores.
 *
 * <p>{@link GreedyRule.Aim#OUTLOOK}: were the pods left a liquid of their average mix, then what is free would take a certain
 * amount of it, bounded by the resource that runs out first, and that amount has a worth. A pod scores its own worth less what it
 * takes from that outlook, so the node keeps a shape that the others can fill, and what doesn't fit the mix of one node is paired
 * with what does. Among pods of nearly equal score the large ones come first.
 *
 * <p>{@link GreedyRule.Aim#NORM}: the pod that brings the vector of free shares closest to zero, each resource weighted by what it
 * is worth on this machine and by how tight it is (norm-based greedy of Panigrahy, Talwar, Uyeda, Wieder: "Heuristics for vector
 * bin packing", 2011).
 *
 * <p>Either way pods that could also use cheaper machines count less than those that can't, in the ratio of what they are worth.
 *
 * <p><b>Complexity.</b> Cells × pods placed; within a cell the search for a pod that fits goes on where the last one ended.
 */
final class Filling {
    private final Demand demand;
    private final Market market;
    private final Demand.Cell[] cells;
    private final int columns;
    private final long[] amounts;

    private GreedyRule rule = GreedyRule.ALL.getFirst();
    private final long[] free;
    private final double[] weights;
    private final double[] inverse;
    /** Worth of the mix that uses one unit of a resource; infinite for a resource that no pod asks for. */
    private final double[] worthPerUnit;

    private double[] prices = {};
    private double price;
    private double outlook;

    private final int[] at;
    /** Asks of pods of which each node is to have one if it can; none when null. */
    private @Nullable BitSet loners;

    private int[] picks = new int[64];
    private int count;
    private double worth;
    private Narrowing narrowing;
    private final Welcome welcome;
    /** Cells that may have another pod on the node, in order. */
    private final int[] open;

    private int openCells;
    /** What the node would be narrowed to by each kind of ask; null when such a pod can't join. */
    private final @Nullable Narrowing[] after;

    private final NodeAsk[] kinds;

    Filling(Demand demand, Market market, Narrowing untouched) {
        this.demand = demand;
        this.market = market;
        this.cells = demand.allCells().toArray(Demand.Cell[]::new);
        this.columns = demand.columns();
        this.amounts = demand.amounts();
        this.free = new long[columns];
        this.weights = new double[columns];
        this.inverse = new double[columns];
        this.worthPerUnit = new double[columns];
        this.at = new int[cells.length];
        this.narrowing = untouched;
        this.kinds = demand.kinds().toArray(NodeAsk[]::new);
        this.after = new Narrowing[kinds.length];
        this.welcome = new Welcome(demand.asks(), demand.mates());
        this.open = new int[cells.length];
    }

    /**
     * Fills an empty node as far as it goes. The pods picked are taken off the demand; {@link #undo} gives them back.
     *
     * @param enough worth that the node must be able to exceed; once it can't any more, filling ends
     * @return how many pods were picked
     */
    int fill(Market.Candidate candidate, Narrowing untouched, GreedyRule by, double enough) {
        count = 0;
        worth = 0;
        rule = by;
        welcome.clear();
        openAll();
        weigh(candidate);
        enter(untouched, candidate.row());
        int next = best(loners);
        if (next < 0 && loners != null) {
            next = best(null);
        }
        while (next >= 0 && reachable() > enough) {
            pick(next, candidate.row());
            if (openCells == 1) {
                pickAgain(next);
            }
            next = best(null);
        }
        if (next < 0) {
            Arrays.fill(free, 0);
        }
        return count;
    }

    /** Begins each node from now on with a pod of these asks, if one fits; with any when null. */
    void beginWith(@Nullable BitSet asks) {
        loners = asks;
    }

    private void openAll() {
        Arrays.fill(at, 0);
        openCells = demand.copyPresentCells(open);
    }

    private void weigh(Market.Candidate candidate) {
        prices = candidate.prices();
        price = candidate.price();
        double[] asked = candidate.asked();
        long[] total = candidate.variant().free();
        System.arraycopy(total, 0, free, 0, columns);
        double tightest = 0;
        double mix = 0;
        for (int column = 0; column < columns; column++) {
            inverse[column] = total[column] > 0 ? 1.0 / total[column] : 0;
            tightest = Math.max(tightest, asked[column] * inverse[column]);
            mix += prices[column] * asked[column];
        }
        for (int column = 0; column < columns; column++) {
            double tight = tightest > 0 ? asked[column] * inverse[column] / tightest : 0;
            weights[column] = prices[column] * Math.max(0, total[column]) / price + tight * tight;
            worthPerUnit[column] = asked[column] > 0 ? mix / asked[column] : Double.POSITIVE_INFINITY;
        }
    }

    private void enter(Narrowing next, int row) {
        narrowing = next;
        for (int kind = 0; kind < after.length; kind++) {
            Narrowing with = next.with(kinds[kind]);
            after[kind] = with != null && with.rows().get(row) ? with : null;
        }
    }

    /**
     * The item to take next, or −1 when none fits. Cells that can't have another pod on this node are left out from now on.
     *
     * @param asks that are wanted; any when null
     */
    private int best(@Nullable BitSet asks) {
        int best = -1;
        double bestScore = Double.NEGATIVE_INFINITY;
        outlook = outlook(free, -1);
        boolean[] mayJoin = welcome.ofAsks();
        int kept = 0;
        for (int i = 0; i < openCells; i++) {
            int cell = open[i];
            if (after[cells[cell].kind()] == null) {
                continue;
            }
            at[cell] = demand.nextFitting(cells[cell], at[cell], free, mayJoin);
            if (at[cell] < cells[cell].size()) {
                open[kept++] = cell;
                int item = cells[cell].item(at[cell]);
                if (asks != null && !asks.get(demand.askOf(item))) {
                    continue;
                }
                double score = rule.aim() == GreedyRule.Aim.OUTLOOK ? balance(item) : approach(item);
                if (score > bestScore) {
                    bestScore = score;
                    best = item;
                }
            }
        }
        openCells = kept;
        return best;
    }

    /** What is free, less one pod of the item unless that is negative, would be worth if it were filled with the mix. */
    private double outlook(long[] left, int item) {
        double least = Double.POSITIVE_INFINITY;
        for (int column = 0; column < columns; column++) {
            if (worthPerUnit[column] < Double.POSITIVE_INFINITY) {
                long amount = item < 0 ? 0 : amounts[item * columns + column];
                least = Math.min(least, (left[column] - amount) * worthPerUnit[column]);
            }
        }
        return least;
    }

    private double balance(int item) {
        double size = 0;
        for (int column = 0; column < columns; column++) {
            size += weights[column] * amounts[item * columns + column] * inverse[column];
        }
        return market.worth(item) + outlook(free, item) - outlook + rule.largeness() * price * size;
    }

    private double approach(int item) {
        int offset = item * columns;
        double gain = 0;
        double worthHere = 0;
        for (int column = 0; column < columns; column++) {
            double amount = amounts[offset + column];
            double share = amount * inverse[column];
            gain += weights[column] * share * (2 * free[column] * inverse[column] - share);
            worthHere += prices[column] * amount;
        }
        return worthHere > 0 ? gain * market.worth(item) / worthHere : gain;
    }

    private void pick(int item, int row) {
        if (count == picks.length) {
            picks = Arrays.copyOf(picks, 2 * count);
        }
        picks[count++] = item;
        worth += market.worth(item);
        demand.take(item, 1);
        if (welcome.add(demand.askOf(item))) {
            openAll();
        }
        for (int column = 0; column < columns; column++) {
            free[column] -= amounts[item * columns + column];
        }
        Narrowing next = after[demand.kindOf(item)];
        if (next != null && next != narrowing) {
            enter(next, row);
        }
    }

    /** Picks all pods of the item that still fit, unless picking one makes a difference to the others. */
    private void pickAgain(int item) {
        if (welcome.matters(demand.askOf(item)) || after[demand.kindOf(item)] != narrowing) {
            return;
        }
        int offset = item * columns;
        long more = demand.left(item);
        for (int column = 0; column < columns && more > 0; column++) {
            if (amounts[offset + column] > 0) {
                more = Math.min(more, free[column] / amounts[offset + column]);
            }
        }
        if (count + more > picks.length) {
            picks = Arrays.copyOf(picks, (int) Math.max(2L * count, count + more));
        }
        Arrays.fill(picks, count, count + (int) more, item);
        count += (int) more;
        worth += more * market.worth(item);
        demand.take(item, (int) more);
        for (int column = 0; column < columns; column++) {
            free[column] -= more * amounts[offset + column];
        }
    }

    /** Items of the pods picked, in the order of picking; a copy. */
    int[] picks() {
        return Arrays.copyOf(picks, count);
    }

    /** What the pods picked are worth, and what is free would be worth if it were used up; nothing is when no pod fits. */
    double reachable() {
        double total = worth;
        for (int column = 0; column < columns; column++) {
            total += prices[column] * Math.max(0, free[column]);
        }
        return total;
    }

    /** What the pods picked are worth together. */
    double worth() {
        return worth;
    }

    /** Gives the pods picked after the first {@code kept} back to the demand. */
    void undo(int kept) {
        while (count > kept) {
            int item = picks[--count];
            demand.giveBack(item, 1);
            worth -= market.worth(item);
        }
    }
}
