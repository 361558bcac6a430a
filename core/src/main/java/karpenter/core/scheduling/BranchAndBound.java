package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Looks for a cheaper way to buy a few nodes.
 *
 * <p><b>Problem.</b> The greedy's last nodes get what is left over, and small problems consist of nothing but last nodes.
 *
 * <p><b>Method.</b> Depth-first over the choice of the next node: the best few fillings of all kinds of machines under several
 * rules, or one machine for everything that is left. A branch ends when what is spent and what the pods left are worth reach the
 * best price known. A handful of pods is searched exactly ({@link SubsetSearch}). Fewer fillings are tried the deeper it goes, and the search ends with its budget of steps.
 *
 * <p><b>Differs from upstream.</b> Upstream doesn't look back.
 */
final class BranchAndBound {
    private static final int WIDEST = 16;
    private static final int NARROWEST = 2;

    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final NodeOffers offers;
    private final List<GreedyRule> rules;
    private final long lastStep;
    private final Cutoff cutoff;
    private final List<Bin> bins = new ArrayList<>();
    private Draft best;

    private BranchAndBound(PackingProblem problem, Draft known, long budget) {
        this.template = problem.template();
        this.demand = problem.demand();
        this.market = problem.market();
        this.offers = problem.offers();
        this.rules = GreedyRule.ALL.subList(0, 3);
        this.cutoff = problem.cutoff();
        this.lastStep = offers.work() + budget;
        this.best = known;
    }

    /**
     * Returns the cheapest way found to buy nodes for all pods left; leaves demand and limits as they were.
     *
     * @param known a way that is known, with no pod left over
     * @param budget in steps of {@link NodeOffers#work}
     */
    static Draft improve(PackingProblem problem, Draft known, long budget) {
        Demand demand = problem.demand();
        if (demand.count() <= SubsetSearch.MOST_PODS) {
            Draft exact = SubsetSearch.cheapest(demand, problem.offers());
            return exact != null
                            && exact.isBetterThan(known)
                            && problem.template().limits().allow(exact.bins())
                    ? exact
                    : known;
        }
        int[] before = demand.left();
        BranchAndBound search = new BranchAndBound(problem, known, budget);
        problem.market().reprice(1);
        search.branch(0, WIDEST);
        demand.reset(before);
        return search.best;
    }

    private void branch(double spent, int width) {
        if (demand.isEmpty()) {
            offer();
            return;
        }
        double left = market.worthLeft();
        Bin close = left > market.dearest() * (1 + Draft.TIE) ? null : offers.close();
        if (close != null) {
            bins.add(close);
            offer();
            bins.removeLast();
        }
        if (spent + left >= best.price() * (1 - Draft.TIE)) {
            return;
        }
        for (NodeOffers.Offer next : next(spent, width)) {
            Bin bin = offers.work() > lastStep || cutoff.passed() ? null : offers.bin(next.picks());
            if (bin != null) {
                buy(bin);
                branch(spent + bin.price(), Math.max(NARROWEST, width / 2));
                undo(bin);
            }
        }
    }

    private void offer() {
        Draft draft = Draft.of(bins, 0);
        if (draft.isBetterThan(best)) {
            best = draft;
        }
    }

    private List<NodeOffers.Offer> next(double spent, int width) {
        List<NodeOffers.Offer> found = new ArrayList<>();
        for (Market.Candidate candidate : market.candidates()) {
            if (spent + candidate.price() < best.price() && offers.allows(candidate)) {
                for (GreedyRule rule : rules) {
                    NodeOffers.Offer offer = offers.fill(candidate, rule);
                    if (!offer.isEmpty()
                            && found.stream().noneMatch(other -> Arrays.equals(other.picks(), offer.picks()))) {
                        found.add(offer);
                    }
                }
            }
            if (offers.work() > lastStep) {
                break;
            }
        }
        found.sort(Comparator.comparingDouble(NodeOffers.Offer::worthPerDollar).reversed());
        return found.size() <= width ? found : found.subList(0, width);
    }

    private void buy(Bin bin) {
        bins.add(bin);
        template.limits().take(bin.charge());
        for (int item : bin.items()) {
            demand.take(item, 1);
        }
    }

    private void undo(Bin bin) {
        bins.removeLast();
        template.limits().giveBack(bin.charge());
        for (int item : bin.items()) {
            demand.giveBack(item, 1);
        }
    }
}
