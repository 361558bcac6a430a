package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Buys the nodes for a demand, one after the other.
 *
 * <p><b>Problem.</b> Buy machines for pods at the least price: vector bin packing with many kinds of bins.
 *
 * <p><b>Method.</b> Fill each kind of machine with pods that are left ({@link Filling}) and buy the one whose pods are worth most
 * per dollar at the current {@link ResourcePrices} (Panigrahy et al.); of equally good ones the larger. Kinds are tried in the
 * order of what they may hold at best, so that most need not be filled at all ({@link Prospects}). A good filling is bought several times over while
 * pods last, then prices are found anew. A node is priced at the cheapest offering that holds what it got. On the way the run
 * remembers where it would have been cheapest to put all that was left on one machine, and ends there.
 *
 * <p>Pods that keep each other off their nodes decide how many nodes there must be. Left to the end, they would stand alone on nodes
 * that nothing is left to fill, so each node begins with one of them, and takes little more than its share of the rest.
 *
 * <p><b>Complexity.</b> A few fillings per node.
 *
 * <p><b>Differs from upstream.</b> Upstream adds pods to one node for as long as any type still holds them, whatever it costs, so
 * that nodes end on the largest and dearest types.
 */
final class PriceAwareGreedy {
    /** Prices are found anew when the pods left are worth this share of what they were. */
    private static final double REPRICE_SHARE = 0.97;

    /**
     * Where pods need a node each, a node may cost so many times its share of what is left, so that no node takes the pods that would
     * have filled the others. Tried with 1, 1.25, 1.5 and 2.
     */
    private static final double FAIR = 1.25;

    /** So much more of a resource is asked for when its price is tried, see {@link Market#reprice}. */
    private static final double STRETCH = 1.1;

    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final NodeOffers offers;
    private final GreedyRule rule;
    private final Cutoff cutoff;

    private final List<Bin> bins = new ArrayList<>();
    private final Prospects prospects;
    private double spent;
    private double worthWhenPriced;
    private double worthLeft;
    private double fairPrice;
    private int aside;

    private @Nullable Bin close;
    private int binsBeforeClose;
    private double priceWithClose = Double.POSITIVE_INFINITY;

    private PriceAwareGreedy(PackingProblem problem, GreedyRule rule) {
        this.template = problem.template();
        this.demand = problem.demand();
        this.market = problem.market();
        this.offers = problem.offers();
        this.rule = rule;
        this.cutoff = problem.cutoff();
        this.prospects = new Prospects(market.candidates(), demand.mates() != null);
    }

    /** Buys nodes under a rule, as long as there is time; leaves demand and limits as they were. */
    static Draft run(PackingProblem problem, GreedyRule rule) {
        int[] before = problem.demand().left();
        PriceAwareGreedy greedy = new PriceAwareGreedy(problem, rule);
        Draft draft = greedy.buyAll();
        problem.demand().reset(before);
        problem.offers().beginWith(null);
        greedy.bins.forEach(bin -> problem.template().limits().giveBack(bin.charge()));
        return draft;
    }

    private Draft buyAll() {
        reprice();
        while (!demand.isEmpty() && !cutoff.passed()) {
            if (worthLeft < worthWhenPriced * REPRICE_SHARE) {
                reprice();
            }
            setAsideImpossible();
            considerClosing();
            NodeOffers.Offer best = best();
            if (best == null && fairPrice < market.dearest()) {
                fairPrice = Double.POSITIVE_INFINITY;
                prospects.reset(fairPrice);
                best = best();
            }
            if (best == null) {
                break;
            }
            buy(best);
        }
        boolean complete = demand.isEmpty() && aside == 0;
        if (close != null && (!complete || priceWithClose < spent * (1 + Draft.TIE))) {
            List<Bin> closed = new ArrayList<>(bins.subList(0, binsBeforeClose));
            closed.add(close);
            return Draft.of(closed, 0);
        }
        return Draft.of(bins, demand.count() + aside);
    }

    private void reprice() {
        demand.compact();
        market.reprice(STRETCH);
        worthLeft = market.worthLeft();
        worthWhenPriced = worthLeft;
        Demand.Loners loners = demand.loners();
        boolean spread = loners.nodes() > 1;
        offers.beginWith(spread ? loners.asks() : null);
        fairPrice = spread ? FAIR * worthLeft / loners.nodes() : Double.POSITIVE_INFINITY;
        prospects.reset(fairPrice);
    }

    /** Gives up pods for which even an empty node would leave less choice than minValues asks for, as limits draw near. */
    private void setAsideImpossible() {
        if (template.minValues().isEmpty() || template.limits().unlimited()) {
            return;
        }
        for (int item = 0; item < demand.items(); item++) {
            Demand.Lot lot = demand.lot(item);
            int left = demand.left(item);
            if (left > 0 && !template.canTake(lot.ask(), lot.podClass().amounts())) {
                demand.take(item, left);
                worthLeft -= left * market.worth(item);
                aside += left;
            }
        }
    }

    /** Notes what it would cost to put all that is left on one machine, if that is less than was found before. */
    private void considerClosing() {
        if (aside > 0 || demand.isEmpty() || worthLeft > market.dearest() * (1 + Draft.TIE)) {
            return;
        }
        Bin bin = offers.close();
        if (bin != null && spent + bin.price() < priceWithClose * (1 - Draft.TIE)) {
            close = bin;
            binsBeforeClose = bins.size();
            priceWithClose = spent + bin.price();
        }
    }

    private NodeOffers.@Nullable Offer best() {
        NodeOffers.Offer best = null;
        Market.Candidate kind = null;
        int next = prospects.best(Double.NEGATIVE_INFINITY);
        while (next >= 0) {
            Market.Candidate candidate = prospects.candidate(next);
            if (offers.allows(candidate)) {
                double atLeast = best == null ? Double.NEGATIVE_INFINITY : best.worthPerDollar() * (1 - 2 * Draft.TIE);
                NodeOffers.Offer offer = offers.fill(candidate, rule, atLeast);
                if (best == null && offer.isEmpty()) {
                    prospects.bar(next);
                } else {
                    prospects.expect(next, offer.worthPerDollar());
                }
                if (!offer.isEmpty() && (best == null || offer.isBetterThan(best))) {
                    best = offer;
                    kind = candidate;
                }
            } else {
                prospects.bar(next);
            }
            next = prospects.best(best == null ? Double.NEGATIVE_INFINITY : best.worthPerDollar() * (1 + Draft.TIE));
        }
        return best != null && kind != null && market.pricesByKind() ? offers.exchanged(kind, best) : best;
    }

    /** Buys the offer, several times over when pods and limits last for more than four times as many. */
    private void buy(NodeOffers.Offer offer) {
        Bin bin = offers.bin(offer.picks());
        if (bin == null) {
            throw new IllegalStateException("a filling of " + offer.picks().length + " pods fits no offering of pool "
                    + template.pool().name());
        }
        int times = Integer.MAX_VALUE;
        int[] items = bin.items();
        for (int i = 0, needed = 1; i < items.length; i++, needed++) {
            if (i + 1 == items.length || items[i + 1] != items[i]) {
                times = Math.min(times, demand.left(items[i]) / needed);
                needed = 0;
            }
        }
        times = Math.max(1, template.limits().timesAllowed(bin.charge(), times / 4));
        for (int i = 0; i < times; i++) {
            bins.add(bin);
            spent += bin.price();
            template.limits().take(bin.charge());
            for (int item : offer.picks()) {
                demand.take(item, 1);
                worthLeft -= market.worth(item);
            }
        }
    }
}
