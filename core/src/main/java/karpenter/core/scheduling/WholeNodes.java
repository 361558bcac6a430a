package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The least that whole machines cost which together hold a demand, were pods divisible.
 *
 * <p><b>Problem.</b> A few pods need whole machines, and then the fractions that {@link LowerBound} may buy are too cheap.
 *
 * <p><b>Method.</b> Best first over sets of machines, which are built up in one order so that each set comes up once. A set is
 * rated by its price and the worth, at the prices of the linear program, of what it doesn't hold yet; machines that would take it to
 * the price of a known plan are left out. The first complete set is the answer; when the budget ends before, the rating of the best
 * open set is one.
 *
 * <p><b>Complexity.</b> At most {@link #MOST_STEPS} ratings.
 */
final class WholeNodes {
    private static final int MOST_STEPS = 200_000;
    private static final int MOST_OPEN = 50_000;

    private final List<Machine> machines;
    private final double[] prices;
    private final double known;
    private final PriorityQueue<Choice> open = new PriorityQueue<>(Comparator.comparingDouble(Choice::rating)
            .thenComparingInt(Choice::machines)
            .thenComparingInt(Choice::next));
    private int steps;

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
        private final double rating;
        private final double price;
        /** Of demand, a cell each, negative where there is more than asked for. */
        private final double[] left;

        private final int machines;
        /** The first machine that may still be added. */
        private final int next;

        Choice(double rating, double price, double[] left, int machines, int next) {
            this.rating = rating;
            this.price = price;
            this.left = left;
            this.machines = machines;
            this.next = next;
        }

        double rating() {
            return rating;
        }

        int machines() {
            return machines;
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

    private WholeNodes(List<Machine> machines, double[] prices, double known) {
        this.machines = machines;
        this.prices = prices;
        this.known = known;
    }

    /**
     * Returns a price that no set of machines which holds the demand is below.
     *
     * @param demand a cell each
     * @param prices of a unit of each cell, at which no machine is worth more than it costs
     * @param known the price of some plan
     */
    static double least(List<Machine> machines, double[] demand, double[] prices, double known) {
        List<Machine> byLoss = new ArrayList<>(machines);
        byLoss.sort(Comparator.comparingDouble((Machine machine) -> machine.price - worth(prices, machine.holds))
                .thenComparing(Comparator.comparingDouble(Machine::price).reversed()));
        return new WholeNodes(byLoss, prices, known).search(demand);
    }

    private double search(double[] demand) {
        open.add(new Choice(worth(prices, demand), 0, demand, 0, 0));
        while (true) {
            Choice best = open.poll();
            if (best == null) {
                return known;
            }
            if (best.complete() || steps > MOST_STEPS || open.size() > MOST_OPEN) {
                return Math.min(known, best.rating);
            }
            extend(best);
        }
    }

    private void extend(Choice choice) {
        for (int at = choice.next; at < machines.size(); at++) {
            Machine machine = machines.get(at);
            double[] left = choice.left.clone();
            boolean helps = false;
            for (int cell = 0; cell < left.length; cell++) {
                helps |= left[cell] > 0 && machine.holds[cell] > 0;
                left[cell] -= machine.holds[cell];
            }
            steps++;
            double price = choice.price + machine.price;
            double rating = price + worth(prices, left);
            if (helps && rating < known * (1 - Draft.TIE)) {
                open.add(new Choice(rating, price, left, choice.machines + 1, at));
            }
        }
    }

    private static double worth(double[] prices, double[] amounts) {
        double worth = 0;
        for (int cell = 0; cell < prices.length; cell++) {
            worth += prices[cell] * Math.max(0, amounts[cell]);
        }
        return worth;
    }
}
