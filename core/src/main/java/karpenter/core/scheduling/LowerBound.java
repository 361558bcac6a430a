package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyGroup;

/**
 * The least that new nodes for these pods can cost.
 *
 * <p><b>Problem.</b> A price means little unless one knows how much better it could be.
 *
 * <p><b>Method.</b> A relaxation: pods may be cut up, and put on any machine that their asks, their pool's requirements, overhead
 * and DaemonSets leave open to them. Then machines need only cover demand, for certain sets of machines: what insists on a machine
 * of the set must be covered by machines of the set, in each resource. A machine counts as holding no more pods than fit it
 * whole ({@link MostPods}), and one of those that all keep each other off their nodes. The linear program over these covers, with the pools' limits,
 * is solved by its dual, whose prices are a proof whatever the solver's fate ({@link Covering#prices(List, double[], double[])}). If a gap to the plan remains, whole
 * machines are searched ({@link WholeNodes}); if one still does, with what pods are worth as a further resource
 * ({@link DualFeasibleFunction}), as a pod needs all that it asks for on one machine.
 *
 * <p>Pools whose pods don't mix are bounded apart.
 *
 * <p><b>Complexity.</b> Machines that no other dominates × resources × sets, per step of the simplex method.
 */
final class LowerBound {
    /** The sets that more is asked of are kept; what the others' pods ask for counts towards larger ones. */
    private static final int MOST_SETS = 12;

    /** Groups of pods that keep each other off their nodes: those with most pods are kept. */
    private static final int MOST_SLOTS = 4;

    /** Closer than this, the search for whole machines isn't worth its time. */
    private static final double CLOSE = 5e-4;

    /** A plan dearer than the bound by more than this is worth another look. */
    private static final double DEAR = 0.003;

    /** Sets of machines that are found to be too small, at most. */
    private static final int MOST_CUTS = 16;

    /** With more nodes, that they are whole hardly counts, and the search ends before it knows. */
    private static final int MOST_WHOLE_NODES = 100;

    private final List<PoolTemplate> pools;
    private final List<long[]> limits;
    private final int columns;
    private final int[] firstRow;
    /** By number of the ask. */
    private final Map<Integer, Asked> asked = new LinkedHashMap<>();
    /** Pods of which no two may share a node. */
    private final Map<TopologyGroup, Apart> apart = new LinkedHashMap<>();

    /** What pods that ask the same ask for together, and the pools that their nodes may belong to. */
    private static final class Asked {
        private final NodeAsk ask;
        private final double[] amounts;
        private final BitSet pools = new BitSet();
        /** By what a pod asks for; the amounts of a class are one object. */
        private final IdentityHashMap<long[], Integer> counts = new IdentityHashMap<>();

        private final List<long[]> sizes = new ArrayList<>();

        Asked(NodeAsk ask, int columns) {
            this.ask = ask;
            this.amounts = new double[columns];
        }

        void count(long[] size, int pods) {
            if (counts.merge(size, pods, Integer::sum) == pods) {
                sizes.add(size);
            }
        }

        List<MostPods.Size> sizes() {
            return sizes.stream()
                    .map(size -> new MostPods.Size(size, counts.getOrDefault(size, 0)))
                    .toList();
        }
    }

    /** Pods that all keep each other off their nodes, each of which takes a machine. */
    private static final class Apart {
        private final List<Asked> asks = new ArrayList<>();
        private int pods;

        int pods() {
            return pods;
        }
    }

    /** Machines, and what they must hold at least. */
    private static final class Cover {
        /** Numbers of rows of all pools. */
        private final BitSet rows;
        /** A column each. */
        private final double[] amounts;
        /** Which pods they are for. */
        private final MostPods pods;

        Cover(BitSet rows, double[] amounts, MostPods pods) {
            this.rows = rows;
            this.amounts = amounts;
            this.pods = pods;
        }
    }

    /** Machines of which each holds one of some pods, and how many these are. */
    private record Slots(BitSet rows, int pods) {}

    /** @param limits what the pools' limits left before anything was planned, a row per pool */
    LowerBound(List<PoolTemplate> pools, List<long[]> limits, ResourceColumns columns) {
        this.pools = pools;
        this.limits = limits;
        this.columns = columns.count();
        this.firstRow = new int[pools.size() + 1];
        for (int pool = 0; pool < pools.size(); pool++) {
            firstRow[pool + 1] = firstRow[pool] + pools.get(pool).offerings().rowCount();
        }
    }

    /** The bound for the pods on these nodes, and no others. */
    CostBound of(List<PlannedNode> nodes) {
        if (nodes.isEmpty()) {
            return CostBound.NONE;
        }
        double[] price = new double[pools.size()];
        for (PlannedNode node : nodes) {
            int pool = pools.indexOf(node.template());
            price[pool] += node.template().offerings().row(cheapest(node)).price();
            node.parts().forEach(part -> add(part, pool));
        }
        asked.values().forEach(this::openLimitedPools);
        double bound = 0;
        boolean whole = false;
        for (BitSet together : components()) {
            double known = together.stream().mapToDouble(pool -> price[pool]).sum();
            CostBound part = bound(together, known, nodes.size());
            bound += part.pricePerHourUsd();
            whole |= part.kind() == CostBound.Kind.WHOLE_NODES;
        }
        return new CostBound(bound, whole ? CostBound.Kind.WHOLE_NODES : CostBound.Kind.RESOURCES);
    }

    private static int cheapest(PlannedNode node) {
        int row = node.buyable().nextSetBit(0);
        return row < 0 ? node.row() : row;
    }

    private void add(PlannedNode.Part part, int pool) {
        NodeAsk ask = wherever(part);
        Asked total = asked.computeIfAbsent(ask.id(), fresh -> new Asked(ask, columns));
        total.pools.set(pool);
        long[] amounts = part.podClass().amounts();
        for (int column = 0; column < columns; column++) {
            total.amounts[column] += (double) amounts[column] * part.count();
        }
        total.count(amounts, part.count());
        for (Membership.Part each : ask.groups().parts()) {
            TopologyGroup group = each.group();
            if (each.owns()
                    && each.selected()
                    && group.perNode()
                    && group.kind() == TopologyGroup.Kind.ANTI_AFFINITY
                    && !group.terms().wish()) {
                Apart pods = apart.computeIfAbsent(group, fresh -> new Apart());
                pods.pods += part.count();
                if (!pods.asks.contains(total)) {
                    pods.asks.add(total);
                }
            }
        }
    }

    /** What the pods ask for, as it was before they were given a domain, unless they have alternatives. */
    private static NodeAsk wherever(PlannedNode.Part part) {
        PodClass podClass = part.podClass();
        for (PodClass whole = podClass.whole(); whole != null; whole = podClass.whole()) {
            podClass = whole;
        }
        return podClass.asks().size() == 1 ? podClass.asks().getFirst() : part.ask();
    }

    /**
     * Where limits decide which pods go on to the next pool, any of them might have stayed, and any might have gone on, as far as
     * the first pool without limits.
     */
    private void openLimitedPools(Asked total) {
        boolean goesOn = false;
        boolean stays = false;
        for (int pool = 0; pool < pools.size(); pool++) {
            PoolTemplate template = pools.get(pool);
            if (template.untouched().with(total.ask) == null) {
                continue;
            }
            boolean limited =
                    !template.limits().unlimited() || !template.minValues().isEmpty();
            if ((goesOn && !stays) || (limited && pool < total.pools.length())) {
                total.pools.set(pool);
            }
            goesOn |= limited;
            stays |= !limited;
        }
    }

    /** Pools that share pods, directly or by way of others. */
    private List<BitSet> components() {
        List<BitSet> components = new ArrayList<>();
        for (Asked total : asked.values()) {
            BitSet merged = (BitSet) total.pools.clone();
            for (BitSet other : List.copyOf(components)) {
                if (other.intersects(merged)) {
                    merged.or(other);
                    components.remove(other);
                }
            }
            components.add(merged);
        }
        return components;
    }

    private CostBound bound(BitSet together, double known, int nodes) {
        List<Cover> covers = covers(together);
        List<Slots> slots = slots(together);
        List<WholeNodes.Machine> machines = machines(together, covers, slots);
        double[] limit = limitsOf(together);
        int cells = covers.size() * columns + slots.size();
        double[] demand = new double[cells];
        for (int cover = 0; cover < covers.size(); cover++) {
            System.arraycopy(covers.get(cover).amounts, 0, demand, cover * columns, columns);
        }
        for (int slot = 0; slot < slots.size(); slot++) {
            demand[covers.size() * columns + slot] = slots.get(slot).pods;
        }
        CostBound bound = bound(machines, demand, limit, known, nodes);
        // Where pods need a node each, that decides.
        if (slots.isEmpty() && known > bound.pricePerHourUsd() * (1 + DEAR)) {
            return bound.max(byWorth(machines, new CutUpPods(amounts(together), columns), demand, limit, known, nodes));
        }
        return bound;
    }

    private static CostBound bound(
            List<WholeNodes.Machine> machines, double[] demand, double[] limit, double known, int nodes) {
        double[] prices = Covering.prices(machines, demand, limit);
        double bound = worth(prices, demand, limit);
        if (nodes > MOST_WHOLE_NODES || known <= bound * (1 + CLOSE) || isLimited(prices, demand)) {
            return new CostBound(Math.min(bound, known), CostBound.Kind.RESOURCES);
        }
        double whole = WholeNodes.least(machines, demand, Arrays.copyOf(prices, demand.length), known, nodes);
        return whole > bound * (1 + Draft.TIE)
                ? new CostBound(whole, CostBound.Kind.WHOLE_NODES)
                : new CostBound(bound, CostBound.Kind.RESOURCES);
    }

    private static double worth(double[] prices, double[] demand, double[] limit) {
        double worth = 0;
        for (int cell = 0; cell < prices.length; cell++) {
            worth += prices[cell] * (cell < demand.length ? demand[cell] : -limit[cell - demand.length]);
        }
        return Math.max(0, worth);
    }

    private static boolean isLimited(double[] prices, double[] demand) {
        return Arrays.stream(prices, demand.length, prices.length).anyMatch(price -> price > 0);
    }

    /**
     * The bound with what pods are worth as a further resource ({@link DualFeasibleFunction}); then with one more for each set of whole
     * machines that would be cheap enough, but whose machines can't hold the pods, even cut up.
     */
    private static CostBound byWorth(
            List<WholeNodes.Machine> machines,
            CutUpPods pods,
            double[] demand,
            double[] limit,
            double known,
            int nodes) {
        DualFeasibleFunction worth = pods.worthMost(machines);
        List<WholeNodes.Machine> with = machines;
        double[] asked = demand;
        CostBound best = CostBound.NONE;
        for (int cut = 0; worth != null && cut <= MOST_CUTS; cut++) {
            with = pods.withWorth(with, worth, asked.length);
            asked = pods.withWorth(asked, worth);
            double[] prices = Covering.prices(with, asked, limit);
            double bound = worth(prices, asked, limit);
            best = best.max(new CostBound(Math.min(bound, known), CostBound.Kind.RESOURCES));
            if (nodes > MOST_WHOLE_NODES || known <= bound * (1 + CLOSE) || isLimited(prices, asked)) {
                break;
            }
            WholeNodes sets = WholeNodes.inOrder(with, asked, Arrays.copyOf(prices, asked.length), known, nodes);
            WholeNodes.Fleet fleet = sets.next();
            if (sets.bound() > best.pricePerHourUsd() * (1 + Draft.TIE)) {
                best = new CostBound(sets.bound(), CostBound.Kind.WHOLE_NODES);
            }
            worth = fleet == null ? null : pods.exceeding(fleet.machines());
        }
        return best;
    }

    /** What the pods of each size ask for together. */
    private List<double[]> amounts(BitSet together) {
        List<double[]> pods = new ArrayList<>();
        for (Asked total : asked.values()) {
            if (!total.pools.intersects(together)) {
                continue;
            }
            for (MostPods.Size size : total.sizes()) {
                double[] sum = new double[columns];
                for (int column = 0; column < columns; column++) {
                    sum[column] = (double) size.amounts()[column] * size.count();
                }
                pods.add(sum);
            }
        }
        return pods;
    }

    /** A set for each group of asks that the same machines are open to, those of greatest demand, and one for all of them. */
    private List<Cover> covers(BitSet together) {
        double[] all = new double[columns];
        BitSet union = new BitSet();
        Map<BitSet, double[]> bySet = new LinkedHashMap<>();
        Map<BitSet, List<MostPods.Size>> sizes = new LinkedHashMap<>();
        for (Asked total : asked.values()) {
            if (total.pools.intersects(together)) {
                BitSet rows = rows(total);
                union.or(rows);
                double[] sum = bySet.computeIfAbsent(rows, fresh -> new double[columns]);
                add(sum, total.amounts);
                add(all, total.amounts);
                sizes.computeIfAbsent(rows, fresh -> new ArrayList<>()).addAll(total.sizes());
            }
        }
        List<BitSet> sets = new ArrayList<>(bySet.keySet());
        sets.remove(union);
        Map<BitSet, double[]> within = new LinkedHashMap<>();
        for (BitSet set : sets) {
            double[] sum = new double[columns];
            bySet.forEach((rows, amounts) -> {
                if (BitSets.containsAll(set, rows)) {
                    add(sum, amounts);
                }
            });
            within.put(set, sum);
        }
        sets.sort(Comparator.comparingDouble((BitSet set) -> -share(within.getOrDefault(set, all), all)));
        List<Cover> covers = new ArrayList<>();
        covers.add(new Cover(union, all, podsWithin(union, sizes)));
        for (BitSet set : sets.subList(0, Math.min(MOST_SETS, sets.size()))) {
            covers.add(new Cover(set, within.getOrDefault(set, all), podsWithin(set, sizes)));
        }
        return covers;
    }

    private MostPods podsWithin(BitSet set, Map<BitSet, List<MostPods.Size>> sizes) {
        List<MostPods.Size> within = new ArrayList<>();
        sizes.forEach((rows, each) -> {
            if (BitSets.containsAll(set, rows)) {
                within.addAll(each);
            }
        });
        return new MostPods(within, columns);
    }

    /** Of pods that each need a node for themselves, those that need most nodes. */
    private List<Slots> slots(BitSet together) {
        List<Apart> most = new ArrayList<>(apart.values());
        most.removeIf(each -> each.asks.stream().noneMatch(total -> total.pools.intersects(together)));
        most.sort(Comparator.comparingInt(Apart::pods).reversed());
        List<Slots> slots = new ArrayList<>();
        for (Apart each : most.subList(0, Math.min(MOST_SLOTS, most.size()))) {
            BitSet rows = new BitSet();
            each.asks.forEach(total -> rows.or(rows(total)));
            slots.add(new Slots(rows, each.pods));
        }
        return slots;
    }

    private static void add(double[] sum, double[] amounts) {
        for (int column = 0; column < sum.length; column++) {
            sum[column] += amounts[column];
        }
    }

    private static double share(double[] part, double[] all) {
        double share = 0;
        for (int column = 0; column < all.length; column++) {
            share += all[column] > 0 ? part[column] / all[column] : 0;
        }
        return share;
    }

    private BitSet rows(Asked total) {
        BitSet rows = new BitSet();
        total.pools.stream().forEach(pool -> {
            Narrowing narrowed = pools.get(pool).untouched().with(total.ask);
            if (narrowed != null) {
                narrowed.rows().stream().forEach(row -> rows.set(firstRow[pool] + row));
            }
        });
        return rows;
    }

    private double[] limitsOf(BitSet together) {
        return together.stream()
                .boxed()
                .flatMap(pool -> Arrays.stream(limits.get(pool)).boxed())
                .mapToDouble(limit -> Math.max(0, limit))
                .toArray();
    }

    /** The machines on sale that no other is as good as; what each holds of each cover, then its use of all limits. */
    private List<WholeNodes.Machine> machines(BitSet together, List<Cover> covers, List<Slots> slots) {
        int limitCells = limitsOf(together).length;
        // Those of the same covers, which alone may be as good as one another or better.
        Map<BitSet, List<WholeNodes.Machine>> byCovers = new LinkedHashMap<>();
        int slotAt = covers.size() * columns;
        int limitAt = slotAt + slots.size();
        for (int pool = together.nextSetBit(0); pool >= 0; pool = together.nextSetBit(pool + 1)) {
            OfferingTable offerings = pools.get(pool).offerings();
            for (int row = 0; row < offerings.rowCount(); row++) {
                OfferingTable.Variant variant = offerings.row(row).variant();
                double[] holds = new double[slotAt + slots.size() + limitCells];
                BitSet within = new BitSet();
                for (int cover = 0; cover < covers.size(); cover++) {
                    if (covers.get(cover).rows.get(firstRow[pool] + row)) {
                        within.set(cover);
                        covers.get(cover).pods.hold(variant.free(), holds, cover * columns);
                    }
                }
                for (int slot = 0; slot < slots.size(); slot++) {
                    if (slots.get(slot).rows.get(firstRow[pool] + row)) {
                        within.set(covers.size() + slot);
                        holds[slotAt + slot] = 1;
                    }
                }
                for (int i = 0; i < variant.limitUse().length; i++) {
                    holds[limitAt + i] = -variant.limitUse()[i];
                }
                WholeNodes.Machine machine =
                        new WholeNodes.Machine(offerings.row(row).price(), holds);
                if (byCovers.entrySet().stream()
                        .noneMatch(known ->
                                BitSets.containsAll(known.getKey(), within) && hasAsGood(known.getValue(), machine))) {
                    byCovers.forEach((covered, known) -> {
                        if (BitSets.containsAll(within, covered)) {
                            known.removeIf(machine::isAtLeast);
                        }
                    });
                    byCovers.computeIfAbsent(within, fresh -> new ArrayList<>()).add(machine);
                }
            }
            limitAt += limits.get(pool).length;
        }
        return byCovers.values().stream().flatMap(List::stream).toList();
    }

    /** Machines were added by price, so that the last are the likeliest. */
    private static boolean hasAsGood(List<WholeNodes.Machine> known, WholeNodes.Machine machine) {
        for (int i = known.size() - 1; i >= 0; i--) {
            if (known.get(i).isAtLeast(machine)) {
                return true;
            }
        }
        return false;
    }
}
