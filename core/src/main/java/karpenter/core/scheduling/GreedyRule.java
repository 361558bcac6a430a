package karpenter.core.scheduling;

import java.util.List;

/**
 * How {@link PriceAwareGreedy} weighs resources. No rule is best for every mix of pods, so several are tried.
 *
 * @param stretch see {@link Market#reprice}
 * @param tightness how much a resource counts while a node is filled because the pods ask for much of it relative to what the
 *     machine has, besides for what it is worth
 * @param power how fast that falls off for resources of which the machine has more than the pods use
 */
record GreedyRule(double stretch, double tightness, int power) {
    /** Every rule, the ones most often best first. */
    static final List<GreedyRule> ALL = List.of(
            new GreedyRule(1.1, 0.02, 0),
            new GreedyRule(1.1, 1, 2),
            new GreedyRule(1.0, 0.02, 0),
            new GreedyRule(1.1, 1, 4),
            new GreedyRule(1.3, 0.3, 2),
            new GreedyRule(1.0, 1, 2));
}
