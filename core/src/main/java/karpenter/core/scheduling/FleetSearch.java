package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.scheduling.FleetPacking.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Chooses machines first, and then sees whether the pods fit them.
 *
 * <p><b>Problem.</b> One node after the other, nobody looks at the sum: the last nodes may be of a size that leaves much unused, or
 * one left with cpu and one with memory, or few in each zone.
 *
 * <p><b>Method.</b> {@link WholeNodes} lists sets of machines that together are large enough, cheapest first. A set that couldn't hold the
 * pods even cut up rules out itself and others like it ({@link CutUpPods}); onto each of the rest the pods are put
 * ({@link FleetPacking}). The first set that takes all pods is nearly the cheapest. Offerings of one size and price are one kind,
 * whatever zone they are in; which one it is comes with the pods.
 *
 * <p><b>Complexity.</b> Pods × machines for each set and way of packing it, and a linear program of 48 groups of pods and the machines.
 */
final class FleetSearch {
    /** More segments than this aren't looked at one by one when machines are chosen. */
    private static final int MOST_SEGMENTS = 8;

    /**
     * How much larger than the demand a fleet is to be, one after the other: pods can't be cut up, so that the cheapest fleet is often
     * too small by a little, and there are very many of nearly its price.
     */
    private static final double[] SLACK = {0, 0.001, 0.002, 0.004, 0.007, 0.011, 0.016, 0.025};

    private static final int FLEETS_PER_SLACK = 16;
    private static final int PROGRAMS = 200;
    /** A fleet may come too early by so much of what it may cost more than the least, as else there may be none within the budget. */
    private static final double FINE_STEP = 0.25;

    private static final double COARSE_STEP = 0.75;
    /** Sets of machines that are found to be too small, at most. */
    private static final int MOST_CUTS = 24;

    /** Sets of so nearly equal price, as a share of it, are as good as each other. */
    private static final double TOLERANCE = 5e-4;

    private final Demand demand;
    private final Market market;
    private final NodeOffers offers;
    private final FleetPacking packing;
    private final int columns;
    private final long lastStep;
    private final Cutoff cutoff;
    private final CutUpPods pods;
    /** By price, and what each holds of each cell. */
    private final List<Kind> kinds = new ArrayList<>();

    private List<WholeNodes.Machine> machines = new ArrayList<>();
    private double[] cells = {};
    private int cuts;
    /** Fleets that were proposed, by the numbers of their kinds. */
    private final Set<List<Integer>> seen = new HashSet<>();

    private Draft best;

    private record Size(double price, List<Long> free) {}

    private FleetSearch(PackingProblem problem, Draft known, long budget) {
        this.cutoff = problem.cutoff();
        this.best = known;
        this.demand = problem.demand();
        this.market = problem.market();
        this.offers = problem.offers();
        this.packing = new FleetPacking(problem);
        this.columns = demand.columns();
        this.lastStep = offers.work() + budget;
        this.pods = new CutUpPods(amounts(), columns);
        collect();
    }

    /**
     * Returns the cheapest plan found for all pods left; leaves demand and limits as they were.
     *
     * @param known a plan that is known, with no pod left over
     * @param budget in steps of {@link NodeOffers#work}
     */
    static Draft improve(PackingProblem problem, Draft known, long budget) {
        return new FleetSearch(problem, known, budget).search();
    }

    /** What the pods left of each item ask for together, a column each. */
    private List<double[]> amounts() {
        List<double[]> amounts = new ArrayList<>();
        for (int item = 0; item < demand.items(); item++) {
            if (demand.left(item) > 0) {
                double[] each = new double[columns];
                demand.addTo(each, item);
                amounts.add(each);
            }
        }
        return amounts;
    }

    private Draft search() {
        ask(pods.worthMost(machines));
        for (double slack : SLACK) {
            Fleets fleets = isOver() ? null : fleets(slack, FINE_STEP);
            if (fleets == null) {
                break;
            }
            if (!tryFleets(fleets, slack, FINE_STEP)) {
                tryFleets(fleets(slack, COARSE_STEP), slack, COARSE_STEP);
            }
        }
        return best;
    }

    private boolean isOver() {
        return offers.work() >= lastStep || cutoff.passed();
    }

    /**
     * Puts the pods onto fleets of about one size.
     *
     * @param first those to begin with; null for none
     * @param step as for {@link #fleets}
     * @return whether there were any fleets
     */
    private boolean tryFleets(@Nullable Fleets first, double slack, double step) {
        Fleets fleets = first;
        boolean any = false;
        int tried = 0;
        while (fleets != null && tried < FLEETS_PER_SLACK && !isOver()) {
            List<Integer> fleet = fleets.next();
            if (fleet == null) {
                return any;
            }
            any = true;
            if (!seen.add(fleet)) {
                continue;
            }
            DualFeasibleFunction worth = cuts < MOST_CUTS ? pods.exceeding(machines(fleet)) : null;
            if (worth != null) {
                cuts++;
                ask(worth);
                fleets = fleets(slack, step);
                continue;
            }
            tried++;
            Draft draft = packing.pack(fleet.stream().map(kinds::get).toList());
            if (draft != null && draft.isBetterThan(best)) {
                best = draft;
                fleets.know(draft.price());
            }
        }
        return true;
    }

    private List<WholeNodes.Machine> machines(List<Integer> fleet) {
        return fleet.stream().map(machines::get).toList();
    }

    /** Asks for what pods are worth by one more function. */
    private void ask(DualFeasibleFunction worth) {
        machines = pods.withWorth(machines, worth, cells.length);
        cells = pods.withWorth(cells, worth);
    }

    /**
     * Fleets for somewhat more than the demand, cheapest first; null when any would be about as dear as the best plan.
     *
     * @param step how far, as a share of what they may cost more than the least, they may come out of order
     */
    private @Nullable Fleets fleets(double slack, double step) {
        double[] left = Arrays.stream(cells).map(amount -> amount * (1 + slack)).toArray();
        double[] prices = Covering.prices(machines, left);
        return Covering.worth(prices, left) < best.price() * (1 - TOLERANCE) ? new Fleets(left, prices, step) : null;
    }

    /** Fleets for one demand. */
    private final class Fleets {
        private final Map<WholeNodes.Machine, Integer> numbers = new HashMap<>();
        /** What is bought in any case, as the fractions of the linear program leave no doubt. */
        private final List<Integer> certain = new ArrayList<>();

        private final double spent;
        private final WholeNodes rest;

        /** @param left what they must hold, a cell each; written to */
        Fleets(double[] left, double[] prices, double step) {
            for (WholeNodes.Machine machine : machines) {
                numbers.put(machine, numbers.size());
            }
            spent = buyCertain(left);
            double most = best.price() - spent;
            double late = Math.max(TOLERANCE * best.price(), step * (most - Covering.worth(prices, left)));
            rest = new WholeNodes(machines, left, prices, most, late, PROGRAMS);
        }

        /** Takes them off what is left; their price. */
        private double buyCertain(double[] left) {
            double[] fractions = Covering.fractions(machines, left);
            double price = 0;
            for (int at = 0; at < fractions.length; at++) {
                WholeNodes.Machine machine = machines.get(at);
                for (int count = 1; count <= fractions[at] - 1; count++) {
                    certain.add(at);
                    price += machine.price();
                    for (int cell = 0; cell < left.length; cell++) {
                        left[cell] -= machine.holds()[cell];
                    }
                }
            }
            return price;
        }

        /** Plans as dear as this are of no interest any more. */
        void know(double price) {
            rest.know(price - spent);
        }

        /** Numbers of the kinds, ascending; null when there are no more. */
        @Nullable
        List<Integer> next() {
            WholeNodes.Fleet fleet = rest.next();
            if (fleet == null) {
                return null;
            }
            List<Integer> all = new ArrayList<>(certain);
            for (WholeNodes.Machine machine : fleet.machines()) {
                all.add(numbers.getOrDefault(machine, -1));
            }
            return all.stream().sorted().toList();
        }
    }

    /** Finds the kinds, and what machines must hold: all pods, and those that insist on some kinds. */
    private void collect() {
        Map<Size, Kind> bySize = new LinkedHashMap<>();
        MostPods all = pods(-1);
        for (Market.Candidate candidate : market.candidates()) {
            long[] free = candidate.variant().free();
            Size size = new Size(candidate.price(), Arrays.stream(free).boxed().toList());
            Kind kind = bySize.computeIfAbsent(size, fresh -> new Kind(candidate.price(), free));
            kind.add(candidate.row());
        }
        List<Integer> covers = new ArrayList<>();
        List<MostPods> insisting = new ArrayList<>();
        for (int segment = 0; segment < market.segments() && market.segments() <= MOST_SEGMENTS; segment++) {
            BitSet rows = market.rowsOf(segment);
            if (bySize.values().stream().anyMatch(kind -> !kind.isAmong(rows))) {
                covers.add(segment);
            }
        }
        cells = new double[(1 + covers.size()) * columns];
        System.arraycopy(demand.totals(), 0, cells, 0, columns);
        for (int cover = 0; cover < covers.size(); cover++) {
            double[] within = market.askedWithin(covers.get(cover));
            insisting.add(pods(covers.get(cover)));
            System.arraycopy(within, 0, cells, (1 + cover) * columns, columns);
        }
        for (Kind kind : bySize.values()) {
            double[] holds = new double[cells.length];
            all.hold(kind.free(), holds, 0);
            for (int cover = 0; cover < covers.size(); cover++) {
                if (kind.isAmong(market.rowsOf(covers.get(cover)))) {
                    insisting.get(cover).hold(kind.free(), holds, (1 + cover) * columns);
                }
            }
            kinds.add(kind);
            machines.add(new WholeNodes.Machine(kind.price(), holds));
        }
    }

    /** The pods left that insist on machines which are open to this segment; all when it is negative. */
    private MostPods pods(int segment) {
        List<MostPods.Size> sizes = new ArrayList<>();
        for (int item = 0; item < demand.items(); item++) {
            if (demand.left(item) > 0 && (segment < 0 || market.isWithin(market.segmentOf(item), segment))) {
                long[] amounts = Arrays.copyOfRange(demand.amounts(), item * columns, (item + 1) * columns);
                sizes.add(new MostPods.Size(amounts, demand.left(item)));
            }
        }
        return new MostPods(sizes, columns);
    }
}
