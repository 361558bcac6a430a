package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts all pods onto a set of machines, if that can be done.
 *
 * <p><b>Method.</b> Pods are put on one by one, those first that fewest kinds of machines are open to, of these the largest, each where
 * it fits best under a rule; machines that a pod would narrow to fewer offerings come last. Where pods insist on different offerings of
 * the same kinds, as on a zone each, the machines are also shared out among them beforehand, as else the first of them fill one machine
 * after the other. Where no way finds a place for all pods, those that the one which leaves fewest leaves over are put in by exchanging pods
 * ({@link PodExchange}).
 *
 * <p><b>Complexity.</b> Pods × machines for each way; then the budget of steps.
 */
final class FleetPacking {
    /** Not worth exchanging pods for, where more than this share of all is left over. */
    private static final double MOST_LEFT = 1.0 / 3;

    private static final long STEPS_PER_EXCHANGE = 3_000_000;

    private final PoolTemplate template;
    private final Demand demand;
    private final Market market;
    private final NodeOffers offers;
    private final int columns;
    private final double[] asked;
    private final int[] items;
    /** Of the segments that have pods left. */
    private final List<Share> shares;

    /** Offerings of one size and price. */
    static final class Kind {
        private final double price;
        private final long[] free;
        private final BitSet rows = new BitSet();

        /** @param free a column each; not copied */
        Kind(double price, long[] free) {
            this.price = price;
            this.free = free;
        }

        double price() {
            return price;
        }

        /** A column each; not to be written to. */
        long[] free() {
            return free;
        }

        /** Whether some of them are among these rows. */
        boolean isAmong(BitSet others) {
            return rows.intersects(others);
        }

        void add(int row) {
            rows.set(row);
        }
    }

    /** Rows that a segment's pods insist on, and what these ask for. */
    private static final class Share {
        private final BitSet rows;
        private final double[] asked;

        Share(BitSet rows, int columns) {
            this.rows = rows;
            this.asked = new double[columns];
        }
    }

    /** A machine on which pods are put. */
    private static final class Node {
        private final Kind kind;
        private final long[] free;
        private final List<Integer> pods = new ArrayList<>();
        /** Those of the kind that are meant for the pods whose share the machine is. */
        private BitSet rows;

        private Narrowing narrowing;

        Node(Kind kind, Narrowing untouched) {
            this.kind = kind;
            this.free = kind.free.clone();
            this.rows = kind.rows;
            this.narrowing = untouched;
        }

        /** The offerings left, were it narrowed so. */
        private BitSet rows(Narrowing narrowed) {
            BitSet left = (BitSet) rows.clone();
            left.and(narrowed.rows());
            return left;
        }

        /** Whether it would be open to fewer offerings. */
        boolean isNarrowedBy(Narrowing next) {
            return next != narrowing
                    && !next.rows().equals(narrowing.rows())
                    && !rows(next).equals(rows(narrowing));
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

    /** Machines with pods on them, and the pods that found no place. */
    private record Load(List<Node> nodes, List<Integer> left) {}

    FleetPacking(PackingProblem problem) {
        this.template = problem.template();
        this.demand = problem.demand();
        this.market = problem.market();
        this.offers = problem.offers();
        this.columns = demand.columns();
        this.asked = demand.totals();
        this.items = ordered();
        Share[] bySegment = new Share[market.segments()];
        Arrays.setAll(bySegment, segment -> new Share(market.rowsOf(segment), columns));
        BitSet asking = new BitSet();
        for (int item : items) {
            asking.set(market.segmentOf(item));
            demand.addTo(bySegment[market.segmentOf(item)].asked, item);
        }
        this.shares = asking.stream().mapToObj(segment -> bySegment[segment]).toList();
    }

    /** Items with pods left, those first that fewest rows are open to, then the largest. */
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
                sizes.put(item, largest(demand.amounts(), item * columns, asked));
            }
        }
        order.sort(Comparator.comparingInt((Integer item) -> open[market.segmentOf(item)])
                .thenComparing(Comparator.comparingDouble((Integer item) -> sizes.getOrDefault(item, 0.0))
                        .reversed())
                .thenComparing(Comparator.naturalOrder()));
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The nodes that the machines make with all pods on them, the cheapest that was found; null when some pod finds no place. */
    @Nullable
    Draft pack(List<Kind> fleet) {
        Draft best = null;
        Load nearest = null;
        List<Share> apart = apart(fleet);
        for (int way = 0; way < (apart.size() > 1 ? 2 : 1) * Rule.values().length; way++) {
            boolean shared = way >= Rule.values().length;
            Load load = load(fleet, Rule.values()[way % Rule.values().length], shared ? apart : List.of());
            if (load == null) {
                continue;
            }
            if (load.left.isEmpty()) {
                Draft draft = draft(load.nodes.stream()
                        .map(node -> node.pods)
                        .map(FleetPacking::array)
                        .toList());
                best = draft != null && (best == null || draft.isBetterThan(best)) ? draft : best;
            } else if (nearest == null || load.left.size() < nearest.left.size()) {
                nearest = load;
            }
        }
        return best == null && nearest != null ? exchanged(nearest) : best;
    }

    private static int[] array(List<Integer> items) {
        return items.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Those that may not have all machines of the fleet whatever offering is chosen. */
    private List<Share> apart(List<Kind> fleet) {
        return shares.stream()
                .filter(share -> fleet.stream().anyMatch(kind -> !BitSets.containsAll(share.rows, kind.rows)))
                .toList();
    }

    /** Puts pods on under a rule; null when too many find no place. */
    private @Nullable Load load(List<Kind> fleet, Rule rule, List<Share> apart) {
        List<Node> nodes = new ArrayList<>();
        double[] total = new double[columns];
        for (Kind kind : fleet) {
            nodes.add(new Node(kind, template.untouched()));
            for (int column = 0; column < columns; column++) {
                total[column] += Math.max(0, kind.free[column]);
            }
        }
        shareOut(nodes, total, apart);
        double[] weights = new double[columns];
        for (int column = 0; column < columns; column++) {
            weights[column] = total[column] > 0 ? asked[column] / total[column] / total[column] : 0;
        }
        List<Integer> left = new ArrayList<>();
        for (int item : items) {
            for (int i = demand.left(item); i > 0; i--) {
                if (!place(item, nodes, rule, weights)) {
                    left.add(item);
                    if (left.size() > MOST_LEFT * demand.count()) {
                        return null;
                    }
                }
            }
        }
        return new Load(nodes, left);
    }

    /** Gives each machine, the largest first, to those who lack most of what is due to them by what they ask for. */
    private void shareOut(List<Node> nodes, double[] total, List<Share> apart) {
        double[] sum = new double[columns];
        for (Share share : apart) {
            for (int column = 0; column < columns; column++) {
                sum[column] += share.asked[column];
            }
        }
        double[][] given = new double[apart.size()][columns];
        List<Node> order = new ArrayList<>(nodes);
        order.sort(Comparator.comparingDouble((Node node) -> largest(node.kind.free, 0, total))
                .reversed());
        for (Node node : order) {
            int neediest = -1;
            double most = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < given.length; i++) {
                double lacks = Double.NEGATIVE_INFINITY;
                for (int column = 0; column < columns; column++) {
                    if (sum[column] > 0 && total[column] > 0) {
                        lacks = Math.max(lacks, apart.get(i).asked[column] / sum[column] - given[i][column]);
                    }
                }
                if (lacks > most && apart.get(i).rows.intersects(node.rows)) {
                    neediest = i;
                    most = lacks;
                }
            }
            if (neediest >= 0) {
                node.rows = (BitSet) node.rows.clone();
                node.rows.and(apart.get(neediest).rows);
                for (int column = 0; column < columns; column++) {
                    given[neediest][column] +=
                            total[column] > 0 ? Math.max(0, node.kind.free[column]) / total[column] : 0;
                }
            }
        }
    }

    /** The largest of the shares of these totals, a column each. */
    private static double largest(long[] amounts, int offset, double[] total) {
        double largest = 0;
        for (int column = 0; column < total.length; column++) {
            largest = Math.max(largest, total[column] > 0 ? amounts[offset + column] / total[column] : 0);
        }
        return largest;
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
            if (next == null || !next.rows().intersects(node.rows)) {
                continue;
            }
            boolean narrower = node.isNarrowedBy(next);
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

    private @Nullable Draft exchanged(Load load) {
        List<PodExchange.Node> nodes = load.nodes.stream()
                .map(node -> new PodExchange.Node(node.kind.free, openTo(node)))
                .toList();
        PodExchange exchange = new PodExchange(demand, nodes);
        for (int i = 0; i < nodes.size(); i++) {
            for (int item : load.nodes.get(i).pods) {
                exchange.put(item, nodes.get(i));
            }
        }
        boolean settled = load.left.stream().allMatch(exchange::put) && exchange.settle(STEPS_PER_EXCHANGE);
        offers.count(exchange.steps());
        return settled ? draft(nodes.stream().map(PodExchange.Node::pods).toList()) : null;
    }

    /** Asks that leave a node open to all that it is open to. */
    private BitSet openTo(Node node) {
        BitSet open = new BitSet();
        for (int ask = 0; ask < demand.asks().size(); ask++) {
            Narrowing next = node.narrowing.with(demand.asks().get(ask));
            open.set(ask, next != null && demand.asks().get(ask).ports().isEmpty() && !node.isNarrowedBy(next));
        }
        return open;
    }

    /** @param pods the items on each machine */
    private @Nullable Draft draft(List<int[]> pods) {
        List<Bin> bins = new ArrayList<>();
        for (int[] each : pods) {
            Bin bin = each.length == 0 ? null : offers.bin(each);
            if (bin != null) {
                bins.add(bin);
            } else if (each.length > 0) {
                return null;
            }
        }
        return template.limits().allow(bins) ? Draft.of(bins, 0) : null;
    }
}
