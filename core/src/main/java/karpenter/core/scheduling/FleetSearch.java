package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses machines first, and then sees whether the pods fit them.
 *
 * <p><b>Problem.</b> One node after the other, nobody looks at the sum: the last nodes may be of a size that leaves much unused, or
 * one left with cpu and one with memory, or few in each zone.
 *
 * <p><b>Method.</b> {@link WholeNodes} lists sets of machines that together are large enough, cheapest first. Pods are put onto a set
 * one by one, those first that fewest kinds of machines are open to, of these the largest, each where it fits best under a rule;
 * machines that a pod would narrow to fewer offerings come last. The first set that takes all pods is nearly the cheapest.
 * Offerings of one size and price are one kind, whatever zone they are in; which one it is comes with the pods.
 *
 * <p><b>Complexity.</b> Pods × machines for each set and rule.
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
    /** Sets of so nearly equal price, as a share of it, are as good as each other. */
    private static final double TOLERANCE = 5e-4;

    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final NodeOffers offers;
    private final int columns;
    private final long lastStep;
    private final int[] items;
    private final Map<WholeNodes.Machine, Kind> kinds = new LinkedHashMap<>();
    private final double[] asked;
    private double[] cells = {};

    /** Offerings of one size and price. */
    private static final class Kind {
        private final long[] free;
        private final BitSet rows = new BitSet();
        private final BitSet openTo = new BitSet();

        Kind(long[] free) {
            this.free = free;
        }
    }

    private record Size(double price, List<Long> free) {}

    /** A machine of the fleet on which pods are put. */
    private static final class Node {
        private final Kind kind;
        private final long[] free;
        private final List<Integer> pods = new ArrayList<>();
        private Narrowing narrowing;

        Node(Kind kind, Narrowing untouched) {
            this.kind = kind;
            this.free = kind.free.clone();
            this.narrowing = untouched;
        }
    }

    /** Where a pod fits best. */
    private enum Rule {
        /** Where least is left. */
        BEST_FIT,
        /** Where the fullest resource is least full. */
        BALANCE,
        /** Where what is free is most like the pod. */
        ALIGNMENT
    }

    private FleetSearch(PoolTemplate template, Demand demand, Market market, NodeOffers offers, long budget) {
        this.template = template;
        this.demand = demand;
        this.market = market;
        this.offers = offers;
        this.columns = demand.columns();
        this.lastStep = offers.work() + budget;
        this.asked = demand.totals();
        collect();
        this.items = ordered();
    }

    /**
     * Returns the cheapest plan found for all pods left; leaves demand and limits as they were.
     *
     * @param known a plan that is known, with no pod left over
     * @param budget in steps of {@link NodeOffers#work}
     */
    static Draft improve(
            PoolTemplate template,
            Demand demand,
            Market market,
            NodeOffers offers,
            Cutoff cutoff,
            Draft known,
            long budget) {
        return new FleetSearch(template, demand, market, offers, budget).search(known, cutoff);
    }

    private Draft search(Draft known, Cutoff cutoff) {
        Draft best = known;
        List<WholeNodes.Machine> machines = new ArrayList<>(kinds.keySet());
        for (double slack : SLACK) {
            double[] left =
                    Arrays.stream(cells).map(amount -> amount * (1 + slack)).toArray();
            double[] prices = Covering.prices(machines, left);
            if (Covering.worth(prices, left) >= best.price() * (1 - TOLERANCE)) {
                break;
            }
            List<WholeNodes.Machine> certain = certain(machines, left);
            double spent =
                    certain.stream().mapToDouble(WholeNodes.Machine::price).sum();
            double gap = best.price() - spent - Covering.worth(prices, left);
            WholeNodes fleets = new WholeNodes(
                    machines,
                    left,
                    prices,
                    best.price() - spent,
                    Math.max(TOLERANCE * best.price(), gap / 4),
                    PROGRAMS);
            for (int tried = 0; tried < FLEETS_PER_SLACK; tried++) {
                WholeNodes.Fleet fleet = offers.work() >= lastStep || cutoff.passed() ? null : fleets.next();
                if (fleet == null) {
                    break;
                }
                List<WholeNodes.Machine> all = new ArrayList<>(certain);
                all.addAll(fleet.machines());
                Draft draft = pack(all);
                if (draft != null && draft.isBetterThan(best)) {
                    best = draft;
                    fleets.know(draft.price() - spent);
                }
            }
        }
        return best;
    }

    /** Machines that are bought in any case, as the fractions of the linear program leave no doubt; takes them off what is left. */
    private static List<WholeNodes.Machine> certain(List<WholeNodes.Machine> machines, double[] left) {
        double[] fractions = Covering.fractions(machines, left);
        List<WholeNodes.Machine> certain = new ArrayList<>();
        for (int at = 0; at < fractions.length; at++) {
            WholeNodes.Machine machine = machines.get(at);
            for (int count = 1; count <= fractions[at] - 1; count++) {
                certain.add(machine);
                for (int cell = 0; cell < left.length; cell++) {
                    left[cell] -= machine.holds()[cell];
                }
            }
        }
        return certain;
    }

    /** The cheapest way that a rule finds to put all pods onto the fleet; null when none does. */
    private @Nullable Draft pack(List<WholeNodes.Machine> fleet) {
        Draft best = null;
        for (Rule rule : Rule.values()) {
            Draft draft = pack(fleet, rule);
            if (draft != null && (best == null || draft.isBetterThan(best))) {
                best = draft;
            }
        }
        return best;
    }

    /** Finds the kinds, and what machines must hold: all pods, and those that insist on some kinds. */
    private void collect() {
        Map<Size, Kind> bySize = new LinkedHashMap<>();
        MostPods all = pods(-1);
        for (Market.Candidate candidate : market.candidates()) {
            long[] free = candidate.variant().free();
            Size size = new Size(candidate.price(), Arrays.stream(free).boxed().toList());
            Kind kind = bySize.computeIfAbsent(size, fresh -> new Kind(free));
            kind.rows.set(candidate.row());
            for (int segment = 0; segment < market.segments(); segment++) {
                kind.openTo.set(segment, kind.openTo.get(segment) || candidate.isOpenTo(segment));
            }
        }
        List<Integer> covers = new ArrayList<>();
        List<MostPods> pods = new ArrayList<>();
        for (int segment = 0; segment < market.segments() && market.segments() <= MOST_SEGMENTS; segment++) {
            int each = segment;
            if (bySize.values().stream().anyMatch(kind -> !kind.openTo.get(each))) {
                covers.add(segment);
            }
        }
        cells = new double[(1 + covers.size()) * columns];
        System.arraycopy(asked, 0, cells, 0, columns);
        for (int cover = 0; cover < covers.size(); cover++) {
            double[] within = market.askedWithin(covers.get(cover));
            pods.add(pods(covers.get(cover)));
            System.arraycopy(within, 0, cells, (1 + cover) * columns, columns);
        }
        bySize.forEach((size, kind) -> {
            double[] holds = new double[cells.length];
            all.hold(kind.free, holds, 0);
            for (int cover = 0; cover < covers.size(); cover++) {
                if (kind.openTo.get(covers.get(cover))) {
                    pods.get(cover).hold(kind.free, holds, (1 + cover) * columns);
                }
            }
            kinds.put(new WholeNodes.Machine(size.price, holds), kind);
        });
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

    /** Items with pods left, those first that fewest kinds are open to, then the largest. */
    private int[] ordered() {
        int[] open = new int[market.segments()];
        for (Market.Candidate candidate : market.candidates()) {
            for (int segment = 0; segment < open.length; segment++) {
                open[segment] += candidate.isOpenTo(segment) ? 1 : 0;
            }
        }
        Map<Integer, Double> sizes = new HashMap<>();
        List<Integer> order = new ArrayList<>();
        for (int item = 0; item < demand.items(); item++) {
            if (demand.left(item) > 0) {
                order.add(item);
                double size = 0;
                for (int column = 0; column < columns; column++) {
                    double share = asked[column] > 0 ? demand.amounts()[item * columns + column] / asked[column] : 0;
                    size = Math.max(size, share);
                }
                sizes.put(item, size);
            }
        }
        order.sort(Comparator.comparingInt((Integer item) -> open[market.segmentOf(item)])
                .thenComparing(Comparator.comparingDouble((Integer item) -> sizes.getOrDefault(item, 0.0))
                        .reversed())
                .thenComparing(Comparator.naturalOrder()));
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The nodes that the fleet's machines make with all pods on them; null when some pod finds no place under the rule. */
    private @Nullable Draft pack(List<WholeNodes.Machine> fleet, Rule rule) {
        List<Node> nodes = new ArrayList<>();
        double[] total = new double[columns];
        for (WholeNodes.Machine machine : fleet) {
            Kind kind = kinds.get(machine);
            if (kind == null) {
                throw new IllegalStateException("a machine that isn't on sale");
            }
            nodes.add(new Node(kind, template.untouched()));
            for (int column = 0; column < columns; column++) {
                total[column] += Math.max(0, kind.free[column]);
            }
        }
        double[] weights = new double[columns];
        for (int column = 0; column < columns; column++) {
            weights[column] = total[column] > 0 ? asked[column] / total[column] / total[column] : 0;
        }
        for (int item : items) {
            for (int i = demand.left(item); i > 0; i--) {
                if (!place(item, nodes, rule, weights)) {
                    return null;
                }
            }
        }
        List<Bin> bins = new ArrayList<>();
        for (Node node : nodes) {
            if (!node.pods.isEmpty()) {
                Bin bin = offers.bin(
                        node.pods.stream().mapToInt(Integer::intValue).toArray());
                if (bin == null) {
                    return null;
                }
                bins.add(bin);
            }
        }
        return template.limits().allow(bins) ? Draft.of(bins, 0) : null;
    }

    private boolean place(int item, List<Node> nodes, Rule rule, double[] weights) {
        offers.count(nodes.size());
        NodeAsk ask = demand.lot(item).ask();
        Node best = null;
        double least = Double.POSITIVE_INFINITY;
        boolean narrows = true;
        for (Node node : nodes) {
            if (!demand.fits(item, node.free)) {
                continue;
            }
            Narrowing next = node.narrowing.with(ask);
            if (next == null || !next.rows().intersects(node.kind.rows)) {
                continue;
            }
            boolean narrower = next != node.narrowing && !next.rows().equals(node.narrowing.rows());
            double score = score(item, node, rule, weights);
            if (best == null || (narrows && !narrower) || (narrows == narrower && score < least)) {
                best = node;
                least = score;
                narrows = narrower;
            }
        }
        if (best == null) {
            return false;
        }
        Narrowing next = best.narrowing.with(ask);
        best.narrowing = next == null ? best.narrowing : next;
        best.pods.add(item);
        for (int column = 0; column < columns; column++) {
            best.free[column] -= demand.amounts()[item * columns + column];
        }
        return true;
    }

    /** The lower the better. */
    private double score(int item, Node node, Rule rule, double[] weights) {
        int offset = item * columns;
        double score = 0;
        double size = 0;
        for (int column = 0; column < columns; column++) {
            long amount = demand.amounts()[offset + column];
            double left = node.free[column] - amount;
            switch (rule) {
                case BEST_FIT -> score += weights[column] * left;
                case BALANCE -> score = Math.max(score, 1 - left / Math.max(1, node.kind.free[column]));
                case ALIGNMENT -> {
                    score -= weights[column] * amount * weights[column] * node.free[column];
                    size += weights[column] * node.free[column] * weights[column] * node.free[column];
                }
            }
        }
        return rule == Rule.ALIGNMENT && size > 0 ? score / Math.sqrt(size) : score;
    }
}
