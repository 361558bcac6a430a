package karpenter.core.scheduling;

import java.util.List;

/**
 * How {@link Filling} chooses the next pod for a node. No rule is best for every mix of pods, so several are tried.
 *
 * @param largeness how much large pods are preferred, which are hard to place later; for {@link Aim#OUTLOOK} only
 */
record GreedyRule(Aim aim, double largeness) {
    /** What a pod is chosen for. */
    enum Aim {
        /** To leave what is free in such a shape that the pods left, in their average mix, make the most of it. */
        OUTLOOK,
        /** To bring what is free as close to nothing as possible. */
        NORM
    }

    /** Every rule, the ones most often best first. */
    static final List<GreedyRule> ALL = List.of(
            new GreedyRule(Aim.OUTLOOK, 0.1),
            new GreedyRule(Aim.OUTLOOK, 0.3),
            new GreedyRule(Aim.NORM, 0),
            new GreedyRule(Aim.OUTLOOK, 0.02));

    /** Where each kind of machine has prices of its own, the ones most often best first: these say already which pods a node is for. */
    static final List<GreedyRule> BY_KIND = List.of(
            new GreedyRule(Aim.OUTLOOK, 0.02), new GreedyRule(Aim.OUTLOOK, 0), new GreedyRule(Aim.OUTLOOK, 0.1));
}
