package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Plans nodes by patterns: which sets of pods on which kind of machine, and how many of each.
 *
 * <p><b>Problem.</b> Where only a few pods fit a machine, the greedy wastes what pods don't fit together for, and a bound by
 * resources alone doesn't see it.
 *
 * <p><b>Method.</b> Column generation (Gilmore, Gomory 1961). The linear program "cover all pods by fractions of patterns at the
 * least price" starts with the patterns of a known plan. Its dual prices say what a pod is worth; {@link Knapsack} finds, for each
 * kind of machine, the pods worth most, and a pattern worth more than it costs joins the program. At every step the dual prices,
 * lowered until no pattern is worth more than it costs, are a lower bound (Farley 1990). Then whole patterns are fixed, the most used
 * first, and the program is solved again for what is left (diving); the rest goes to the greedy.
 *
 * <p><b>Complexity.</b> A knapsack per kind of machine and step, within a budget.
 */
final class PatternProgram {
    private static final int MOST_ROUNDS = 60;
    private static final int PATTERNS_PER_ROUND = 24;
    private static final long STEPS_PER_KNAPSACK = 20_000;

    /** Close enough to the optimum of the program. */
    private static final double CLOSE = 2e-4;

    private final PackingProblem problem;
    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final NodeOffers offers;
    private final Cutoff cutoff;
    private final int[] wanted;
    /** The variable of each item, −1 without pods. */
    private final int[] variableOf;

    private final int[] itemOf;
    private final LinearProgram program;
    private final List<Bin> patterns = new ArrayList<>();
    private final Set<List<Integer>> known = new HashSet<>();
    private final int[][] openItems;
    private final long lastStep;
    private double bound;

    /**
     * @param plan holds all pods that the demand has left
     * @param budget in steps of {@link NodeOffers#work}
     */
    PatternProgram(PackingProblem problem, Draft plan, long budget) {
        this.problem = problem;
        this.template = problem.template();
        this.demand = problem.demand();
        this.market = problem.market();
        this.offers = problem.offers();
        this.cutoff = problem.cutoff();
        this.wanted = demand.left();
        this.variableOf = new int[wanted.length];
        this.itemOf =
                new int[(int) Arrays.stream(wanted).filter(count -> count > 0).count()];
        int variables = 0;
        for (int item = 0; item < wanted.length; item++) {
            variableOf[item] = wanted[item] > 0 ? variables : -1;
            if (wanted[item] > 0) {
                itemOf[variables++] = item;
            }
        }
        this.program = new LinearProgram(objective(wanted));
        this.lastStep = offers.work() + budget;
        List<Market.Candidate> candidates = market.candidates();
        this.openItems = new int[candidates.size()][];
        for (int i = 0; i < openItems.length; i++) {
            Market.Candidate candidate = candidates.get(i);
            openItems[i] = Arrays.stream(itemOf)
                    .filter(item -> candidate.isOpenTo(market.segmentOf(item)))
                    .toArray();
        }
        plan.bins().forEach(this::add);
    }

    private double[] objective(int[] left) {
        double[] objective = new double[itemOf.length];
        for (int variable = 0; variable < objective.length; variable++) {
            objective[variable] = left[itemOf[variable]];
        }
        return objective;
    }

    private boolean add(Bin bin) {
        List<Integer> key = new ArrayList<>(bin.items().length);
        double[] coefficients = new double[itemOf.length];
        for (int item : bin.items()) {
            key.add(item);
            coefficients[variableOf[item]]++;
        }
        if (!known.add(key)) {
            return false;
        }
        patterns.add(bin);
        program.atMost(coefficients, bin.price());
        return true;
    }

    /** Solves the program as far as the budget goes. */
    void solve() {
        market.reprice(1);
        for (int round = 0; round < MOST_ROUNDS && !cutoff.passed() && offers.work() < lastStep; round++) {
            int steps = program.maximise();
            offers.count((long) (1 + Math.abs(steps)) * program.constraints() * itemOf.length / 8);
            if (steps < 0 || !generate(program.values())) {
                return;
            }
        }
    }

    /** A pattern that is worth more than it costs. */
    private static final class Found {
        private final int[] pods;
        private final double profit;

        Found(int[] pods, double profit) {
            this.pods = pods;
            this.profit = profit;
        }
    }

    /** Adds patterns that are worth more than they cost; false when there are none, or none that matter. */
    private boolean generate(double[] prices) {
        double[] value = new double[wanted.length];
        double total = 0;
        for (int variable = 0; variable < itemOf.length; variable++) {
            value[itemOf[variable]] = prices[variable];
            total += prices[variable] * wanted[itemOf[variable]];
        }
        double worst = 1;
        double worstListed = 1;
        List<Found> found = new ArrayList<>();
        Knapsack knapsack = new Knapsack(demand);
        List<Market.Candidate> candidates = market.candidates();
        for (int i = 0; i < candidates.size(); i++) {
            Market.Candidate candidate = candidates.get(i);
            double price = candidate.price();
            double upper = candidate.listPrice();
            if (knapsack.solve(
                    candidate.variant().free(),
                    openItems[i],
                    value,
                    candidate.prices(),
                    candidate.listPrice(),
                    STEPS_PER_KNAPSACK)) {
                upper = knapsack.upper();
                if (knapsack.found()) {
                    int[] pods = knapsack.pods();
                    found.add(new Found(pods, worth(pods, value) / price));
                }
            }
            offers.count(knapsack.steps() / 4);
            worst = Math.max(worst, upper / price);
            worstListed = Math.max(worstListed, upper / candidate.listPrice());
        }
        bound = Math.max(bound, total / worstListed);
        if (worst < 1 + CLOSE) {
            return false;
        }
        found.sort((a, b) -> Double.compare(b.profit, a.profit));
        int added = 0;
        for (Found each : found) {
            Bin bin = each.profit > 1 + CLOSE / 10 && added < PATTERNS_PER_ROUND ? offers.bin(each.pods) : null;
            added += bin != null && add(bin) ? 1 : 0;
        }
        return added > 0;
    }

    private static double worth(int[] pods, double[] value) {
        double worth = 0;
        for (int item : pods) {
            worth += value[item];
        }
        return worth;
    }

    /** No plan for the pods is cheaper; 0 when that is all that is known. */
    double bound() {
        return bound;
    }

    /** The plan that results from fixing whole patterns, the rest planned by the greedy; leaves demand and limits as they were. */
    Draft dive(GreedyRule rule) {
        List<Bin> bins = new ArrayList<>();
        Set<Integer> spent = new LinkedHashSet<>();
        while (!demand.isEmpty() && !cutoff.passed()) {
            program.objective(objective(demand.left()));
            int steps = program.maximise();
            offers.count((long) (1 + Math.abs(steps)) * program.constraints() * itemOf.length / 8);
            if (steps < 0 || !fix(program.multipliers(), bins, spent)) {
                break;
            }
        }
        Draft rest = PriceAwareGreedy.run(problem, rule);
        bins.forEach(bin -> template.limits().giveBack(bin.charge()));
        demand.reset(wanted);
        bins.addAll(rest.bins());
        return Draft.of(bins, rest.podsLeft());
    }

    /** Buys every pattern as often as the program wants it whole; if there is none, the one it wants most, once. */
    private boolean fix(double[] uses, List<Bin> bins, Set<Integer> spent) {
        boolean any = false;
        int most = -1;
        for (int pattern = 0; pattern < uses.length; pattern++) {
            int whole = (int) Math.floor(uses[pattern] + 1e-6);
            any |= whole > 0 && buy(patterns.get(pattern), whole, bins);
            if (!spent.contains(pattern) && uses[pattern] > 1e-6 && (most < 0 || uses[pattern] > uses[most])) {
                most = pattern;
            }
        }
        if (!any && most >= 0) {
            any = buy(patterns.get(most), 1, bins);
            if (!any) {
                spent.add(most);
                any = true;
            }
        }
        return any;
    }

    private boolean buy(Bin bin, int most, List<Bin> bins) {
        int bought = 0;
        while (bought < most && template.limits().allows(bin.charge()) && take(bin)) {
            template.limits().take(bin.charge());
            bins.add(bin);
            bought++;
        }
        return bought > 0;
    }

    private boolean take(Bin bin) {
        int[] items = bin.items();
        for (int i = 0; i < items.length; i++) {
            if (demand.left(items[i]) == 0) {
                for (int j = 0; j < i; j++) {
                    demand.giveBack(items[j], 1);
                }
                return false;
            }
            demand.take(items[i], 1);
        }
        return true;
    }
}
