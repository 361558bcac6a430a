package karpenter.core.scheduling;

import java.util.List;

/**
 * Nodes bought for a demand, and how many pods limits left no node for.
 *
 * @param price that counts for all nodes, see {@link Objective}
 */
record Draft(List<Bin> bins, double price, int podsLeft) {
    /** Prices closer than this are equal. */
    static final double TIE = 1e-9;

    Draft {
        bins = List.copyOf(bins);
    }

    static Draft of(List<Bin> bins, int podsLeft) {
        return new Draft(bins, bins.stream().mapToDouble(Bin::price).sum(), podsLeft);
    }

    /** Fewer pods left, else cheaper, else fewer nodes. */
    boolean isBetterThan(Draft other) {
        if (podsLeft != other.podsLeft) {
            return podsLeft < other.podsLeft;
        }
        return price < other.price * (1 - TIE) || (price <= other.price * (1 + TIE) && bins.size() < other.bins.size());
    }
}
