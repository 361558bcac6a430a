package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The greedy under each of its rules, of which the cheapest outcome is kept.
 *
 * <p><b>Method.</b> For few pods every rule is tried. With many, the rules are ranked on a sample first, and then tried on all pods, the
 * best one first, for as long as the budget lasts.
 */
final class GreedyRuns {
    /** Up to so many pods every rule is tried on all of them. */
    static final int FEW_PODS = 1500;

    /** With more pods, the rules are first ranked on a sample of this size. */
    static final int SAMPLED_PODS = 1000;

    private final PackingProblem problem;
    private final Demand demand;
    private final NodeOffers offers;
    private final Cutoff cutoff;

    /** Nodes planned under a rule. */
    record Outcome(GreedyRule rule, Draft draft) {}

    private GreedyRuns(PackingProblem problem) {
        this.problem = problem;
        this.demand = problem.demand();
        this.offers = problem.offers();
        this.cutoff = problem.cutoff();
    }

    /**
     * Returns the cheapest plan for all pods left, of equally cheap ones the first; leaves demand and limits as they were.
     *
     * @param budget for the rules after the first where pods are many, in steps of {@link NodeOffers#work}
     */
    static Outcome cheapest(PackingProblem problem, long budget) {
        return new GreedyRuns(problem).cheapest(budget);
    }

    private Outcome cheapest(long budget) {
        boolean many = demand.count() > FEW_PODS;
        List<GreedyRule> rules = many ? ranked() : GreedyRule.ALL;
        long lastStep = many ? offers.work() + budget : Long.MAX_VALUE;
        Outcome best = run(rules.getFirst());
        for (GreedyRule rule : rules.subList(1, rules.size())) {
            if (!cutoff.passed() && offers.work() < lastStep) {
                Outcome other = run(rule);
                best = other.draft.isBetterThan(best.draft) ? other : best;
            }
        }
        return best;
    }

    /** The rule that is cheapest for a sample of the pods first; of equally cheap ones the earlier. */
    private List<GreedyRule> ranked() {
        int[] all = demand.left();
        demand.reset(sample(all));
        List<Outcome> outcomes = new ArrayList<>();
        for (GreedyRule rule : GreedyRule.ALL) {
            outcomes.add(run(rule));
        }
        demand.reset(all);
        outcomes.sort(Comparator.comparingInt((Outcome outcome) -> outcome.draft.podsLeft())
                .thenComparingDouble(outcome -> outcome.draft.price()));
        return outcomes.stream().map(Outcome::rule).toList();
    }

    private Outcome run(GreedyRule rule) {
        return new Outcome(rule, PriceAwareGreedy.run(problem, rule));
    }

    /** {@link #SAMPLED_PODS} of at least as many pods, evenly over the items, which are ordered by size. */
    static int[] sample(int[] all) {
        long total = 0;
        for (int count : all) {
            total += count;
        }
        int[] sample = new int[all.length];
        long seen = 0;
        for (int item = 0; item < all.length; item++) {
            long before = seen * SAMPLED_PODS / total;
            seen += all[item];
            sample[item] = (int) (seen * SAMPLED_PODS / total - before);
        }
        return sample;
    }
}
