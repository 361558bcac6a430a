package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import karpenter.core.cluster.Pod;
import karpenter.core.topology.Mates;

/**
 * Plans new nodes in the order in which the reference implementation does, for {@link Packing#UPSTREAM}.
 *
 * <p><b>Method.</b> Pod by pod: most cpu first, then most memory, the oldest, by uid. Each goes onto the planned node with the
 * fewest pods of which some type still holds all, else onto a new node of the heaviest pool that can take it. A node keeps all types
 * that hold its pods, and is charged the largest of them against the pool's limits.
 *
 * <p><b>Complexity.</b> Pods × nodes, where what a node has once refused to a class of pods isn't asked again.
 *
 * <p><b>Differs from upstream.</b> Nodes with equally many pods are tried in the order of their opening, where upstream's order is
 * accidental; limits on the number of nodes hold within a pass.
 */
final class UpstreamGreedy {
    private final List<PoolTemplate> pools;
    private final int columns;
    private final Cutoff cutoff;
    private final List<PlannedNode> nodes;
    private final TreeSet<Claim> open =
            new TreeSet<>(Comparator.comparingInt(Claim::pods).thenComparingInt(Claim::number));

    /** A node that may take more pods. */
    private static final class Claim {
        private final int number;
        private final PlannedNode node;
        private final long[] allowance;
        private int pods;

        Claim(int number, PlannedNode node, long[] allowance) {
            this.number = number;
            this.node = node;
            this.allowance = allowance;
        }

        int pods() {
            return pods;
        }

        int number() {
            return number;
        }
    }

    /** Pods that are alike, and the nodes known to have no room for them. */
    private static final class Queued {
        private final Demand.Lot lot;
        private final BitSet refusedBy = new BitSet();

        Queued(Demand.Lot lot) {
            this.lot = lot;
        }
    }

    private record Turn(Pod pod, Queued queued) {
        private static final Comparator<Turn> ORDER = Comparator.comparingLong(
                        (Turn turn) -> turn.pod.shape().requests().milliCpu())
                .thenComparingLong(turn -> turn.pod.shape().requests().memoryBytes())
                .reversed()
                .thenComparing(turn -> turn.pod.creationTimestamp())
                .thenComparing(turn -> turn.pod.uid());
    }

    /** @param nodes takes the nodes that are planned, in the order of opening; their charges are taken from the limits */
    UpstreamGreedy(List<PoolTemplate> pools, int columns, List<PlannedNode> nodes, Cutoff cutoff) {
        this.pools = pools;
        this.columns = columns;
        this.nodes = nodes;
        this.cutoff = cutoff;
    }

    /** Places what it can of the pods of these lots that have no place, and counts them as placed. */
    void place(List<Demand.Lot> lots) {
        List<Turn> turns = new ArrayList<>();
        for (Demand.Lot lot : lots) {
            List<Pod> waiting = lot.podClass().waiting();
            Queued queued = new Queued(lot);
            // The oldest of the class are dealt out first, to where earlier rounds put some.
            for (Pod pod : waiting.subList(waiting.size() - lot.podClass().unplaced(), waiting.size())) {
                turns.add(new Turn(pod, queued));
            }
        }
        turns.sort(Turn.ORDER);
        long[] least = least(lots);
        for (Turn turn : turns) {
            if (cutoff.passed()) {
                return;
            }
            if (!join(turn.queued, least)) {
                open(turn.queued.lot);
            }
        }
    }

    private long[] least(List<Demand.Lot> lots) {
        long[] least = new long[columns];
        for (int column = 0; column < columns; column++) {
            int at = column;
            least[column] = lots.stream()
                    .mapToLong(lot -> lot.podClass().amounts()[at])
                    .min()
                    .orElse(0);
        }
        return least;
    }

    /** Puts one pod onto a planned node, if one has room; forgets nodes on the way that no pod of the round fits any more. */
    private boolean join(Queued queued, long[] least) {
        for (Iterator<Claim> claims = open.iterator(); claims.hasNext(); ) {
            Claim claim = claims.next();
            if (!queued.refusedBy.get(claim.number)) {
                if (takes(claim, queued.lot)) {
                    claims.remove();
                    claim.pods++;
                    claim.node.add(queued.lot, 1);
                    open.add(claim);
                    return true;
                }
                queued.refusedBy.set(claim.number);
                if (!claim.node.narrowing().holds(sum(claim.node.used(), least))) {
                    claims.remove();
                }
            }
        }
        return false;
    }

    private static boolean takes(Claim claim, Demand.Lot lot) {
        PlannedNode node = claim.node;
        PoolTemplate template = node.template();
        Narrowing next = node.narrowing().with(lot.ask());
        if (next == null || node.mates().room(lot.ask().groups(), 1) == 0) {
            return false;
        }
        long[] used = sum(node.used(), lot.podClass().amounts());
        if (!next.holds(used)) {
            return false;
        }
        if (template.limits().unlimited() && template.minValues().isEmpty()) {
            return true;
        }
        BitSet rows = template.buyable(node.row(), next, used, claim.allowance);
        return !rows.isEmpty()
                && template.minValues().needed(next, rows, node.leastValues(), template.mostInstanceTypes()) != null;
    }

    /** Whether a node with no pod on it will do: one that needs company won't. */
    private static boolean welcome(Demand.Lot lot) {
        return new Mates().room(lot.ask().groups(), 1) == 1;
    }

    private static long[] sum(long[] a, long[] b) {
        long[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    /** Reserved capacity first, if that leaves the choice that minValues asks for. */
    private static BitSet choice(PoolTemplate template, Narrowing narrowed, BitSet rows) {
        BitSet first = template.offerings().standIns(rows.nextSetBit(0), rows);
        int[] least = template.leastValues(narrowed, rows);
        if (template.minValues().needed(narrowed, first, least, template.mostInstanceTypes()) != null) {
            return first;
        }
        BitSet others = template.offerings().others(rows.nextSetBit(0), rows);
        return others.isEmpty() ? first : others;
    }

    private void open(Demand.Lot lot) {
        long[] amounts = lot.podClass().amounts();
        for (PoolTemplate template : pools) {
            Narrowing narrowed = template.untouched().with(lot.ask());
            if (narrowed != null && template.canTake(lot.ask(), amounts) && welcome(lot)) {
                BitSet rows = choice(template, narrowed, template.buyable(narrowed, amounts));
                long[] allowance = template.limits().left();
                long[] charge = template.offerings().largestUse(rows, new long[allowance.length]);
                template.limits().take(charge);
                PlannedNode node = new PlannedNode(
                        template, rows.nextSetBit(0), template.leastValues(narrowed, rows), charge, columns);
                Claim claim = new Claim(nodes.size(), node, allowance);
                node.add(lot, 1);
                claim.pods = 1;
                nodes.add(node);
                open.add(claim);
                return;
            }
        }
    }
}
