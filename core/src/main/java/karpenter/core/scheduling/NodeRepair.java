package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Replaces the nodes of a plan that waste most by cheaper ones.
 *
 * <p><b>Method.</b> A node wastes what it costs beyond what its pods are worth at the prices for all of them. The nodes that waste most
 * are taken apart together, and {@link BranchAndBound} looks for a cheaper way to put their pods. Where it finds none, the worst of
 * them stays as it is, and the rest get another turn with the next. What is found is a plan like the one before, so it may be taken
 * apart again.
 *
 * <p><b>Complexity.</b> A pass over all pods for each search, of which each has a budget of steps, as have all together.
 */
final class NodeRepair {
    /** Nodes taken apart at once, and their pods, at most. */
    static final int NODES_APART = 5;

    static final int PODS_APART = 400;

    /** Steps per search; about 10 ns each. */
    private static final long STEPS_PER_SEARCH = 200_000;

    private NodeRepair() {}

    /**
     * Returns the plan with nodes replaced by cheaper ones; leaves demand and limits as they were.
     *
     * @param known may leave pods over
     * @param budget in steps of {@link NodeOffers#work}
     */
    static Draft improve(PackingProblem problem, Draft known, long budget) {
        PoolTemplate template = problem.template();
        Demand demand = problem.demand();
        Market market = problem.market();
        NodeOffers offers = problem.offers();
        List<Bin> bins = new ArrayList<>(known.bins());
        Set<Bin> kept = new HashSet<>();
        int[] all = demand.left();
        market.reprice(1);
        double[] worth = new double[demand.items()];
        for (int item = 0; item < worth.length; item++) {
            worth[item] = market.worth(item);
        }
        bins.forEach(bin -> template.limits().take(bin.charge()));
        long lastStep = offers.work() + budget;
        while (offers.work() < lastStep && !problem.cutoff().passed()) {
            List<Bin> apart = wasteful(bins, worth, kept);
            if (apart.isEmpty()) {
                break;
            }
            int[] pods = new int[all.length];
            for (Bin bin : apart) {
                template.limits().giveBack(bin.charge());
                for (int item : bin.items()) {
                    pods[item]++;
                }
            }
            demand.reset(pods);
            demand.compact();
            Draft before = Draft.of(apart, 0);
            Draft after = BranchAndBound.improve(problem, before, STEPS_PER_SEARCH);
            after.bins().forEach(bin -> template.limits().take(bin.charge()));
            if (after.isBetterThan(before)) {
                apart.forEach(bins::remove);
                bins.addAll(after.bins());
            } else {
                kept.add(apart.getFirst());
            }
        }
        bins.forEach(bin -> template.limits().giveBack(bin.charge()));
        demand.reset(all);
        return Draft.of(bins, known.podsLeft());
    }

    /** The nodes that cost most beyond what their pods are worth, the worst first, of equal ones the earlier. */
    static List<Bin> wasteful(List<Bin> bins, double[] worth, Set<Bin> except) {
        double[] waste = new double[bins.size()];
        List<Integer> numbers = new ArrayList<>(bins.size());
        for (int number = 0; number < waste.length; number++) {
            Bin bin = bins.get(number);
            if (!except.contains(bin)) {
                double total = 0;
                for (int item : bin.items()) {
                    total += worth[item];
                }
                waste[number] = bin.price() - total;
                numbers.add(number);
            }
        }
        PriorityQueue<Integer> byWaste =
                new PriorityQueue<>(Comparator.comparingDouble((Integer number) -> -waste[number])
                        .thenComparing(Comparator.naturalOrder()));
        byWaste.addAll(numbers);
        List<Bin> apart = new ArrayList<>();
        int pods = 0;
        for (Integer next = byWaste.poll(); next != null && apart.size() < NODES_APART; next = byWaste.poll()) {
            Bin bin = bins.get(next);
            if (pods + bin.items().length <= PODS_APART) {
                apart.add(bin);
                pods += bin.items().length;
            }
        }
        return apart;
    }
}
