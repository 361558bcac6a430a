package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a pool's template once pods that ask this and that are planned onto one node: requirements, ports taken, and
 * the rows of the pool's {@link OfferingTable} that still qualify (whether they are large enough is another matter).
 *
 * <p><b>Method.</b> Nodes that were narrowed to the same are one object, and the way from one to the next is remembered by ask,
 * so that trying another pod on a node costs an array access. Starts at {@link PoolTemplate#untouched}.
 */
final class Narrowing {
    private static final Narrowing[] NONE_YET = {};

    private final PoolTemplate template;
    private final Requirements requirements;
    private final HostPorts ports;
    private final BitSet rows;
    private @Nullable Narrowing[] next = NONE_YET;
    private boolean[] tried = {};
    private @Nullable List<long[]> frontier;

    Narrowing(PoolTemplate template, Requirements requirements, HostPorts ports, BitSet rows) {
        this.template = template;
        this.requirements = requirements;
        this.ports = ports;
        this.rows = rows;
    }

    Requirements requirements() {
        return requirements;
    }

    /** Rows that qualify, whatever they can hold; not to be changed. */
    BitSet rows() {
        return rows;
    }

    HostPorts ports() {
        return ports;
    }

    /** This with one more pod that asks so, or null when it can't join. */
    @Nullable
    Narrowing with(NodeAsk ask) {
        if (ask.id() >= tried.length) {
            int length = Math.max(ask.id() + 1, 2 * tried.length);
            next = Arrays.copyOf(next, length);
            tried = Arrays.copyOf(tried, length);
        }
        if (!tried[ask.id()]) {
            tried[ask.id()] = true;
            next[ask.id()] = narrow(ask);
        }
        return next[ask.id()];
    }

    private @Nullable Narrowing narrow(NodeAsk ask) {
        if (!template.tolerated(ask)
                || ports.clashWith(ask.ports())
                || requirements.compatible(ask.requirements(), template.wellKnown()) != null) {
            return null;
        }
        Requirements both = requirements.and(ask.requirements());
        BitSet left = (BitSet) rows.clone();
        for (Requirement asked : ask.requirements().all()) {
            left.and(template.offerings().rows(both.get(asked.key())));
        }
        if (!ask.ports().isEmpty()) {
            left.and(template.offerings().rowsWithout(ask.ports()));
        }
        return left.isEmpty() ? null : template.intern(both, ports.and(ask.ports()), left);
    }

    /** Whether some row that qualifies can hold these amounts, limits aside. */
    boolean holds(long[] amounts) {
        if (frontier == null) {
            frontier = frontier();
        }
        for (long[] free : frontier) {
            if (ResourceColumns.fits(amounts, free, 0)) {
                return true;
            }
        }
        return false;
    }

    /** What the largest machines have free: those that no other exceeds in every column. */
    private List<long[]> frontier() {
        List<long[]> largest = new ArrayList<>();
        for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
            long[] free = template.offerings().row(row).variant().free();
            if (largest.stream().noneMatch(other -> ResourceColumns.fits(free, other, 0))) {
                largest.removeIf(other -> ResourceColumns.fits(other, free, 0));
                largest.add(free);
            }
        }
        return largest;
    }
}
