package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sets of whole machines that together hold a demand, cheapest first, were pods divisible.
 *
 * <p><b>Problem.</b> A few pods need whole machines, and then the fractions that {@link LowerBound} may buy are too cheap.
 *
 * <p><b>Method.</b> Best first over sets of machines, which are built up in one order so that each set comes up once. A set is
 * rated by its price and the worth of what it doesn't hold yet, at prices at which no machine that may still be added is worth more
 * than it costs. A set takes over the prices of the set that it came from, and gets prices of its own, from a linear program over the
 * machines that may still be added, when its turn comes; if these rate it higher, it waits for another turn. As machines that lose
 * least come first in the order, a set that goes without them is soon rated high. Sets that would reach the price of a known plan are
 * left out. When the budget ends, the rating of the best open set is a bound.
 *
 * <p><b>Complexity.</b> At most {@link #STEPS_PER_PROGRAM} ratings for each linear program of the budget.
 */
final class WholeNodes {
    /** Of a plan of few nodes; with more nodes fewer, as each one's rounding matters less and is harder to find. */
    private static final int MOST_PROGRAMS = 2_000;

    private static final int FEW_NODES = 20;
    private static final int STEPS_PER_PROGRAM = 100;
    private static final int MOST_OPEN = 50_000;

    private final List<Machine> machines;
    private final int mostPrograms;
    private double known;
    private double bound;
    private final double step;
    private final PriorityQueue<Choice> open;
    private int steps;
    private int programs;

    /** A machine on sale. */
    static final class Machine {
        private final double price;
        private final double[] holds;

        /** @param holds what it holds of each cell of demand; then, negated, what it uses of limits */
        Machine(double price, double[] holds) {
            this.price = price;
            this.holds = holds;
        }

        double price() {
            return price;
        }

        /** What it holds of each cell of demand; then, negated, what it uses of limits; not to be written to. */
        double[] holds() {
            return holds;
        }

        boolean isAtLeast(Machine other) {
            if (price > other.price) {
                return false;
            }
            for (int cell = 0; cell < holds.length; cell++) {
                if (holds[cell] < other.holds[cell]) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Machines bought so far. */
    private static final class Choice {
        private double rating;
        private final double price;
        /** Of demand, a cell each, negative where there is more than asked for. */
        private final double[] left;
        /** Of a unit of each cell, at which no machine from {@link #next} on is worth more than it costs. */
        private double[] prices;

        private boolean pricesAreOwn;
        /** The first machine that may still be added, and the last that was. */
        private final int next;
        /** Without the last machine; null for none at all. */
        private final @Nullable Choice before;

        Choice(double rating, double price, double[] left, double[] prices, int next, @Nullable Choice before) {
            this.rating = rating;
            this.price = price;
            this.left = left;
            this.prices = prices;
            this.next = next;
            this.before = before;
        }

        double rating() {
            return rating;
        }

        double price() {
            return price;
        }

        int next() {
            return next;
        }

        boolean complete() {
            for (double amount : left) {
                if (amount > 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * A set of machines.
     *
     * @param price of all of them
     */
    record Fleet(double price, List<Machine> machines) {}

    /**
     * @param demand a cell each
     * @param prices of a unit of each cell, at which no machine is worth more than it costs
     * @param known the price of some plan; sets of machines as dear as that are of no interest
     * @param step by how much, in price, a set may come too early, as those that hold more are seen through first;
     *     0 for an exact order
     * @param mostPrograms budget of linear programs; that of ratings is in proportion
     */
    WholeNodes(List<Machine> machines, double[] demand, double[] prices, double known, double step, int mostPrograms) {
        this.step = step;
        this.open = new PriorityQueue<>(Comparator.comparingDouble(this::rank)
                .thenComparing(Comparator.comparingDouble(Choice::price).reversed())
                .thenComparingDouble(Choice::rating)
                .thenComparingInt(Choice::next));
        this.mostPrograms = mostPrograms;
        List<Machine> byLoss = new ArrayList<>(machines);
        byLoss.sort(Comparator.comparingDouble(
                        (Machine machine) -> machine.price - Covering.worth(prices, machine.holds))
                .thenComparing(Comparator.comparingDouble(Machine::price).reversed()));
        this.machines = byLoss;
        this.known = known;
        this.bound = Math.min(known, Covering.worth(prices, demand));
        open.add(new Choice(bound, 0, demand, prices, 0, null));
    }

    /**
     * Returns a price that no set of machines which holds the demand is below.
     *
     * @param demand a cell each
     * @param prices of a unit of each cell, at which no machine is worth more than it costs
     * @param known the price of some plan, of so many nodes
     */
    static double least(List<Machine> machines, double[] demand, double[] prices, double known, int nodes) {
        WholeNodes search = inOrder(machines, demand, prices, known, nodes);
        search.next();
        return search.bound;
    }

    /** Sets in the exact order of their prices, with a budget for a plan of so many nodes; what it takes is as {@link #least} does. */
    static WholeNodes inOrder(List<Machine> machines, double[] demand, double[] prices, double known, int nodes) {
        int programs = MOST_PROGRAMS * FEW_NODES / Math.max(FEW_NODES, nodes);
        return new WholeNodes(machines, demand, prices, known, 0, programs);
    }

    /** The rating, rounded down as far as is tolerated. */
    private double rank(Choice choice) {
        return step > 0 ? Math.floor(choice.rating / step) * step : choice.rating;
    }

    /** No set that is still to come is below this, nor is the known plan. */
    double bound() {
        return bound;
    }

    /** The cheapest set that wasn't returned before; null when all others are as dear as the known plan, or the budget is used up. */
    @Nullable
    Fleet next() {
        while (true) {
            Choice best = open.poll();
            if (best == null || isTooDear(rank(best))) {
                bound = known;
                return null;
            }
            bound = Math.max(bound, rank(best));
            if (isTooDear(best.rating)) {
                continue;
            }
            if (best.complete()) {
                return fleet(best);
            }
            if (steps > STEPS_PER_PROGRAM * mostPrograms || open.size() > MOST_OPEN) {
                open.add(best);
                return null;
            }
            if (!isRatedHigher(best)) {
                extend(best);
            } else if (!isTooDear(best.rating)) {
                open.add(best);
            }
        }
    }

    /** Sets as dear as this are of no interest any more. */
    void know(double price) {
        known = Math.min(known, price);
    }

    /** Whether this is as much as the known plan costs. */
    private boolean isTooDear(double price) {
        return price >= known * (1 - Draft.TIE);
    }

    private Fleet fleet(Choice choice) {
        List<Machine> chosen = new ArrayList<>();
        for (Choice each = choice; each.before != null; each = each.before) {
            chosen.add(machines.get(each.next));
        }
        return new Fleet(choice.price, chosen);
    }

    /** Gives a set prices of its own if it has none yet; whether they rate it higher. */
    private boolean isRatedHigher(Choice choice) {
        if (choice.pricesAreOwn || programs >= mostPrograms) {
            return false;
        }
        choice.pricesAreOwn = true;
        programs++;
        double[] prices = Covering.prices(machines.subList(choice.next, machines.size()), choice.left);
        double rating = choice.price + Covering.worth(prices, choice.left);
        if (rating <= choice.rating * (1 + Draft.TIE)) {
            return false;
        }
        choice.prices = prices;
        choice.rating = rating;
        return true;
    }

    private void extend(Choice choice) {
        for (int at = choice.next; at < machines.size(); at++) {
            Machine machine = machines.get(at);
            boolean helps = false;
            double price = choice.price + machine.price;
            double rating = price;
            for (int cell = 0; cell < choice.left.length; cell++) {
                helps |= choice.left[cell] > 0 && machine.holds[cell] > 0;
                rating += choice.prices[cell] * Math.max(0, choice.left[cell] - machine.holds[cell]);
            }
            steps++;
            if (helps && !isTooDear(rating)) {
                double[] left = choice.left.clone();
                for (int cell = 0; cell < left.length; cell++) {
                    left[cell] -= machine.holds[cell];
                }
                open.add(new Choice(rating, price, left, choice.prices, at, choice));
            }
        }
    }
}
