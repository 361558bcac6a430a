package karpenter.core.scheduling;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What each kind of machine may hold at best, so that most need not be filled to find the best.
 *
 * <p><b>Method.</b> Lazy evaluation (Minoux 1978): what a machine was worth when it was last filled only falls as pods are used
 * up; so the one of the highest old value is tried first, and when it keeps ahead of the old values of the others, it is the best.
 * To begin with, no machine holds more than what is free on it is worth. Where pods keep others off their nodes, a large machine
 * stays half empty, and then no smaller one that is open to the same pods holds more than that, either.
 *
 * <p>A filling is found greedily, so that fewer pods or a smaller machine may once in a while give a better one. That costs no more
 * than the chance. New prices set all values back.
 *
 * <p><b>Complexity.</b> One look at each candidate per filling.
 */
final class Prospects {
    /** A machine that holds less than this share of what it might says something about smaller ones. */
    private static final double TELLING = 0.9;

    /** The dearest first, then by row. */
    private final Market.Candidate[] candidates;
    /** Worth per dollar; of those that can't be had, nothing. */
    private final double[] most;

    private final boolean[] barred;
    private final boolean sparse;
    private int first;

    /** @param sparse whether pods keep others off their nodes */
    Prospects(List<Market.Candidate> candidates, boolean sparse) {
        this.candidates = candidates.toArray(Market.Candidate[]::new);
        Arrays.sort(
                this.candidates,
                Comparator.comparingDouble(Market.Candidate::price).reversed().thenComparingInt(Market.Candidate::row));
        this.most = new double[this.candidates.length];
        this.barred = new boolean[this.candidates.length];
        this.sparse = sparse;
    }

    /**
     * Forgets what was found under other prices.
     *
     * @param highestPrice candidates that are dearer are left out from now on
     */
    void reset(double highestPrice) {
        first = 0;
        while (first < most.length - 1 && candidates[first].price() > highestPrice) {
            first++;
        }
        for (int i = first; i < most.length; i++) {
            most[i] = barred[i] ? Double.NEGATIVE_INFINITY : candidates[i].most();
        }
    }

    /** The number of the candidate that promises most worth per dollar, if that is more than this; else −1. */
    int best(double moreThan) {
        int best = -1;
        double bestMost = moreThan;
        for (int i = first; i < most.length; i++) {
            if (most[i] > bestMost) {
                bestMost = most[i];
                best = i;
            }
        }
        return best;
    }

    Market.Candidate candidate(int number) {
        return candidates[number];
    }

    /** The candidate can't be had any more, or holds nothing. */
    void bar(int number) {
        barred[number] = true;
        most[number] = Double.NEGATIVE_INFINITY;
    }

    /** The candidate was found to hold no more than this worth per dollar. */
    void expect(int number, double worthPerDollar) {
        Market.Candidate filled = candidates[number];
        most[number] = worthPerDollar;
        if (!sparse || worthPerDollar >= TELLING * filled.most()) {
            return;
        }
        double worth = worthPerDollar * filled.cost();
        // Smaller ones cost less, or another would have taken their place.
        for (int i = number + 1; i < most.length; i++) {
            double cost = candidates[i].cost();
            if (most[i] * cost > worth && filled.isAsLargeAs(candidates[i])) {
                most[i] = worth / cost;
            }
        }
    }
}
