package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a pool's {@link OfferingTable} worth considering for a demand, and what its pods are worth at their prices.
 *
 * <p><b>Method.</b> A row is left out when another is as cheap, as large in every column, open to as many asks, and no heavier on
 * the pool's limits. Asks that the same rows are open to form a segment; each segment has its own {@link ResourcePrices}, found
 * from what is sold to it and from what pods ask for that can share its nodes, so that a pod which insists on dear machines is worth
 * more than one that would also take cheap ones.
 */
final class Market {
    /**
     * What a node takes for itself wherever it is bought, for the comparison of kinds only: enough to prefer one large machine to
     * many small ones of the same price per core, as each runs a kubelet and DaemonSets of its own.
     */
    private static final ResourceVector UPKEEP =
            ResourceVector.of(50, 100L << 20).with(ResourceVector.PODS, 1);

    /** Stands in for a price of 0, relative to the dearest row, so that free machines can be compared too. */
    private static final double LEAST_PRICE = 1e-7;

    private final Demand demand;
    private final OfferingTable offerings;
    private final Objective objective;
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private final Map<BitSet, Shelf> shelves = new LinkedHashMap<>();
    private final int[] segmentOfAsk;
    private final double[] worth;
    private final long[] upkeep;
    private double dearest;
    private int pricings;
    /** Where each kind of machine has prices of its own. */
    private @Nullable PricesByKind byKind;

    /** Asks to which the same rows are open. */
    private static final class Segment {
        private final BitSet rows;
        /** Numbers of the segments, this one too, whose pods can use all its rows and maybe others. */
        private final BitSet sharers = new BitSet();
        /** What its own pods left ask for. */
        private final double[] asked;
        /** Candidates that may decide its prices. */
        private final List<Candidate> frontier = new ArrayList<>();
        /** What each of these has free, and its price. */
        private long[][] frontierFree = {};

        private double[] frontierPrices = {};

        private double[] prices;

        Segment(BitSet rows, int columns) {
            this.rows = rows;
            this.asked = new double[columns];
            this.prices = new double[columns];
        }

        boolean isEmpty() {
            for (double amount : asked) {
                if (amount > 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Candidates that the same segments can use. */
    private static final class Shelf {
        /** Numbers of segments. */
        private final BitSet openTo;

        private final List<Segment> users;
        private final List<Candidate> candidates = new ArrayList<>();
        /** The most that any of them has free, a column each. */
        private final long[] largest;

        private double[] asked = {};

        Shelf(BitSet openTo, List<Segment> segments, int columns) {
            this.openTo = openTo;
            this.users = openTo.stream().mapToObj(segments::get).toList();
            this.largest = new long[columns];
            Arrays.fill(largest, Long.MIN_VALUE);
        }

        void add(Candidate candidate) {
            candidates.add(candidate);
            for (int column = 0; column < largest.length; column++) {
                largest[column] = Math.max(largest[column], candidate.variant.free()[column]);
            }
        }

        /** Whether one of them is as good, for those who can use it. */
        boolean hasAsGood(Candidate candidate) {
            if (!ResourceColumns.fits(candidate.variant.free(), largest, 0)) {
                return false;
            }
            for (int i = candidates.size() - 1; i >= 0; i--) {
                if (candidates.get(i).isAsGood(candidate)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** A row worth considering. Its prices are looked for when they are asked for. */
    final class Candidate {
        private final int row;
        private final OfferingTable.Variant variant;
        private final double price;
        private final double listPrice;
        private final Shelf shelf;

        /** Of resources on this kind of machine, a column each. */
        private double[] prices = {};

        /** The price and the upkeep. */
        private double cost;
        /** Worth per dollar of a node of this kind that is filled to the brim. */
        private double most;

        private int pricedIn = -1;

        private Candidate(int row, OfferingTable.Row offered, double price, double listPrice, Shelf shelf) {
            this.row = row;
            this.variant = offered.variant();
            this.price = price;
            this.listPrice = listPrice;
            this.shelf = shelf;
        }

        int row() {
            return row;
        }

        OfferingTable.Variant variant() {
            return variant;
        }

        /** The price that counts, see {@link Objective}; per hour, never 0. */
        double price() {
            return price;
        }

        /** What the machine costs; per hour, never 0. */
        double listPrice() {
            return listPrice;
        }

        /** Whether pods that ask so may use it. */
        boolean isOpenTo(int segment) {
            return shelf.openTo.get(segment);
        }

        /** What the price of the machine and its upkeep come to; for comparison only. */
        double cost() {
            catchUp();
            return cost;
        }

        /**
         * What all pods left that can use it ask for, or where kinds have prices of their own, those that go well with it; a column each.
         * Not to be written to.
         */
        double[] asked() {
            double[] suited = byKind == null ? null : byKind.asked(prices());
            return suited == null ? shelf.asked : suited;
        }

        /** What a unit of each resource is worth on this kind of machine; not to be written to. */
        double[] prices() {
            catchUp();
            return prices;
        }

        /** Worth per dollar of a node of this kind that is filled to the brim. */
        double most() {
            catchUp();
            return most;
        }

        private void catchUp() {
            if (pricedIn != pricings) {
                pricedIn = pricings;
                prices = pricesFor(this);
                cost = price + worthOf(upkeep, prices);
                most = worthOf(variant.free(), prices) / cost;
            }
        }

        /** Whether it holds all that the other does and is open to all that the other is. */
        boolean isAsLargeAs(Candidate other) {
            return (shelf == other.shelf || BitSets.containsAll(shelf.openTo, other.shelf.openTo))
                    && ResourceColumns.fits(other.variant.free(), variant.free(), 0);
        }

        /** Whether a share of this one that costs what the other does is as large. */
        private boolean isAtLeastPerDollar(Candidate other) {
            long[] free = variant.free();
            long[] otherFree = other.variant.free();
            for (int column = 0; column < free.length; column++) {
                if (Math.max(0, free[column]) * other.price < Math.max(0, otherFree[column]) * price) {
                    return false;
                }
            }
            return true;
        }

        private boolean isAsGood(Candidate other) {
            return price <= other.price
                    && listPrice <= other.listPrice
                    && ResourceColumns.fits(other.variant.free(), variant.free(), 0)
                    && ResourceColumns.fits(variant.limitUse(), other.variant.limitUse(), 0);
        }
    }

    Market(PoolTemplate template, Demand demand, ResourceColumns columns, Objective objective) {
        this.demand = demand;
        this.objective = objective;
        this.offerings = template.offerings();
        this.segmentOfAsk = new int[demand.asks().size()];
        this.worth = new double[demand.items()];
        this.upkeep = columns.amounts(UPKEEP);
        BitSet open = new BitSet();
        for (int ask = 0; ask < segmentOfAsk.length; ask++) {
            Narrowing narrowed = template.untouched().with(demand.asks().get(ask));
            BitSet rows = narrowed == null ? new BitSet() : narrowed.rows();
            open.or(rows);
            segmentOfAsk[ask] = segmentFor(rows);
        }
        for (Segment segment : segments) {
            for (int other = 0; other < segments.size(); other++) {
                segment.sharers.set(other, BitSets.containsAll(segments.get(other).rows, segment.rows));
            }
        }
        collect(open);
        segments.forEach(this::findFrontier);
    }

    /** Prices are decided by machines that no other exceeds per dollar in every resource. */
    private void findFrontier(Segment segment) {
        List<Candidate> frontier = segment.frontier;
        for (Candidate candidate : candidates) {
            if (segment.rows.get(candidate.row)
                    && frontier.stream().noneMatch(known -> known.isAtLeastPerDollar(candidate))) {
                frontier.removeIf(candidate::isAtLeastPerDollar);
                frontier.add(candidate);
            }
        }
        segment.frontierFree =
                frontier.stream().map(each -> each.variant.free()).toArray(long[][]::new);
        segment.frontierPrices =
                frontier.stream().mapToDouble(each -> each.price).toArray();
    }

    private int segmentFor(BitSet rows) {
        for (int segment = 0; segment < segments.size(); segment++) {
            if (segments.get(segment).rows.equals(rows)) {
                return segment;
            }
        }
        segments.add(new Segment(rows, demand.columns()));
        return segments.size() - 1;
    }

    private void collect(BitSet open) {
        double highest = open.isEmpty() ? 0 : offerings.row(open.length() - 1).price();
        double least = Math.max(Double.MIN_NORMAL, highest * LEAST_PRICE);
        int[] spotTypes = objective.wantsSpotTypes() ? spotTypes(open) : new int[0];
        for (int row = open.nextSetBit(0); row >= 0; row = open.nextSetBit(row + 1)) {
            BitSet openTo = new BitSet();
            for (int segment = 0; segment < segments.size(); segment++) {
                openTo.set(segment, segments.get(segment).rows.get(row));
            }
            OfferingTable.Row offered = offerings.row(row);
            int types = spotTypes.length == 0 ? 0 : spotTypes[offered.variant().number()];
            double price = Math.max(least, objective.cost(offered.price(), offered.spot(), types));
            Shelf shelf = shelves.computeIfAbsent(openTo, fresh -> new Shelf(fresh, segments, demand.columns()));
            Candidate candidate = new Candidate(row, offered, price, Math.max(least, offered.price()), shelf);
            boolean needed = shelves.values().stream()
                    .noneMatch(other -> BitSets.containsAll(other.openTo, openTo) && other.hasAsGood(candidate));
            if (needed) {
                drop(candidate);
                shelf.add(candidate);
                candidates.add(candidate);
                dearest = Math.max(dearest, price);
            }
        }
    }

    /** Takes out what this one is as good as: rows of equal price come in the order of their names. */
    private void drop(Candidate newcomer) {
        for (int at = candidates.size() - 1; at >= 0; at--) {
            Candidate other = candidates.get(at);
            if (other.listPrice < newcomer.listPrice) {
                break;
            }
            if (newcomer.isAsGood(other) && BitSets.containsAll(newcomer.shelf.openTo, other.shelf.openTo)) {
                candidates.remove(at);
                other.shelf.candidates.remove(other);
            }
        }
    }

    /** For each variant: how many types have a Spot row among these that is as large; counts no further than matters. */
    private int[] spotTypes(BitSet open) {
        BitSet spot = new BitSet();
        open.stream().filter(row -> offerings.row(row).spot()).forEach(spot::set);
        BitSet variants = new BitSet();
        spot.stream().forEach(row -> variants.set(offerings.row(row).variant().number()));
        int[] counts = new int[offerings.variants().size()];
        for (int at = variants.nextSetBit(0); at >= 0; at = variants.nextSetBit(at + 1)) {
            long[] free = offerings.variants().get(at).free();
            int last = -1;
            for (int other = variants.nextSetBit(0);
                    other >= 0 && counts[at] < objective.leastSpotTypes();
                    other = variants.nextSetBit(other + 1)) {
                OfferingTable.Variant as = offerings.variants().get(other);
                if (as.typeNumber() != last && ResourceColumns.fits(free, as.free(), 0)) {
                    last = as.typeNumber();
                    counts[at]++;
                }
            }
        }
        return counts;
    }

    /** The segment of an item's ask. */
    int segmentOf(int item) {
        return segmentOfAsk[demand.askOf(item)];
    }

    /** How many segments there are. */
    int segments() {
        return segments.size();
    }

    /** The rows that are open to a segment; not to be changed. */
    BitSet rowsOf(int segment) {
        return segments.get(segment).rows;
    }

    /** Whether the machines open to a segment are all open to the other. */
    boolean isWithin(int segment, int other) {
        return segments.get(segment).sharers.get(other);
    }

    /** What pods left ask for that insist on machines which are open to this segment, a column each. */
    double[] askedWithin(int segment) {
        addUp();
        double[] sum = new double[demand.columns()];
        for (Segment each : segments) {
            for (int column = 0; column < sum.length; column++) {
                sum[column] += each.sharers.get(segment) ? each.asked[column] : 0;
            }
        }
        return sum;
    }

    /** The dearest one's price; what is worth more fits no single machine. */
    double dearest() {
        return dearest;
    }

    /** By price ascending; a copy. */
    List<Candidate> candidates() {
        return new ArrayList<>(candidates);
    }

    /** What one pod of an item is worth, in dollars per hour. */
    double worth(int item) {
        return worth[item];
    }

    /** What all pods left are worth together. */
    double worthLeft() {
        double total = 0;
        int[] present = demand.present();
        for (int i = 0; i < demand.presentItems(); i++) {
            total += worth[present[i]] * demand.left(present[i]);
        }
        return total;
    }

    /**
     * Finds prices anew from the pods that are left, and what each candidate may hold at best.
     *
     * @param stretch prices are the mean over this demand and others in which one resource after another is asked for so many
     *     times over; more than 1 gives a price to what is nearly scarce
     */
    void reprice(double stretch) {
        addUp();
        for (Segment segment : segments) {
            segment.prices = byKind == null ? prices(segment, stretch) : segment.prices;
        }
        if (byKind != null) {
            byKind.reprice(worth);
        }
        int columns = demand.columns();
        int[] present = demand.present();
        for (int i = 0; byKind == null && i < demand.presentItems(); i++) {
            int item = present[i];
            double[] prices = segments.get(segmentOfAsk[demand.askOf(item)]).prices;
            worth[item] = 0;
            for (int column = 0; column < columns; column++) {
                worth[item] += prices[column] * demand.amounts()[item * columns + column];
            }
        }
        shelves.values().forEach(shelf -> shelf.asked = asked(shelf.openTo));
        pricings++;
    }

    /** Gives each kind of machine prices of its own, or all that are open to a segment the same, when prices are next found. */
    void priceByKind(boolean wanted) {
        byKind = wanted ? new PricesByKind(demand, candidates) : null;
    }

    boolean pricesByKind() {
        return byKind != null;
    }

    private void addUp() {
        segments.forEach(segment -> Arrays.fill(segment.asked, 0));
        int[] present = demand.present();
        for (int i = 0; i < demand.presentItems(); i++) {
            int item = present[i];
            if (demand.left(item) > 0) {
                demand.addTo(segments.get(segmentOfAsk[demand.askOf(item)]).asked, item);
            }
        }
    }

    /** What the pods left of these segments ask for. */
    private double[] asked(BitSet numbers) {
        double[] sum = new double[demand.columns()];
        for (int number = numbers.nextSetBit(0); number >= 0; number = numbers.nextSetBit(number + 1)) {
            double[] asked = segments.get(number).asked;
            for (int column = 0; column < sum.length; column++) {
                sum[column] += asked[column];
            }
        }
        return sum;
    }

    private double[] prices(Segment segment, double stretch) {
        double[] asked = asked(segment.sharers);
        double[] mean = ResourcePrices.of(segment.frontierFree, segment.frontierPrices, asked);
        if (stretch > 1) {
            for (int more = 0; more < asked.length; more++) {
                double[] stretched = asked.clone();
                stretched[more] *= stretch;
                double[] then = ResourcePrices.of(segment.frontierFree, segment.frontierPrices, stretched);
                for (int column = 0; column < mean.length; column++) {
                    mean[column] += then[column];
                }
            }
            for (int column = 0; column < mean.length; column++) {
                mean[column] /= 1 + asked.length;
            }
        }
        return mean;
    }

    /** The prices at which a candidate is worth most, of the segments that can use it and have pods left. */
    private double[] pricesFor(Candidate candidate) {
        if (byKind != null) {
            return byKind.of(candidate.variant.free());
        }
        double[] best = new double[demand.columns()];
        double most = -1;
        for (Segment segment : candidate.shelf.users) {
            double worthHere = segment.isEmpty() ? -1 : worthOf(candidate.variant.free(), segment.prices);
            if (worthHere > most) {
                most = worthHere;
                best = segment.prices;
            }
        }
        return best;
    }

    private static double worthOf(long[] amounts, double[] prices) {
        double total = 0;
        for (int column = 0; column < prices.length; column++) {
            total += prices[column] * Math.max(0, amounts[column]);
        }
        return total;
    }
}
