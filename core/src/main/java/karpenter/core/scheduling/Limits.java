package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Quantity;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.NodeState;
import karpenter.core.resource.ResourceVector;

/**
 * What a NodePool may still buy: its limits less what its machines have, less what this pass has promised away. The limit
 * {@code nodes} counts machines. Reaching a limit exactly is allowed. Capacity reservations are limits too, which all pools share.
 *
 * <p><b>Differs from upstream.</b> Upstream counts nodes only against earlier passes, so that one pass can overshoot.
 */
final class Limits {
    static final String NODES = "nodes";

    private final List<String> names;
    /** By the first names; the rest are reservations. */
    private final long[] own;

    private final Reservations reservations;

    private Limits(List<String> names, long[] own, Reservations reservations) {
        this.names = names;
        this.own = own;
        this.reservations = reservations;
    }

    /** @param machines those that stay; the pool's own are counted */
    static Limits of(NodePool pool, List<NodeState> machines, Reservations reservations) {
        Map<String, Quantity> written =
                pool.spec().limits() == null ? Map.of() : pool.spec().limits();
        List<String> names = new ArrayList<>();
        long[] own = new long[written.size()];
        new TreeMap<>(written).forEach((name, quantity) -> {
            own[names.size()] = ResourceVector.amountOf(name, quantity);
            names.add(name);
        });
        names.addAll(reservations.names());
        Limits fresh = new Limits(List.copyOf(names), own, reservations);
        for (NodeState machine : machines) {
            if (machine.managed() && pool.name().equals(machine.nodePoolName())) {
                fresh.take(fresh.use(machine.capacity()));
            }
        }
        return fresh;
    }

    boolean unlimited() {
        return names.isEmpty();
    }

    /** What one machine of this capacity counts against each limit. */
    long[] use(ResourceVector capacity) {
        long[] use = new long[names.size()];
        for (int i = 0; i < own.length; i++) {
            use[i] = names.get(i).equals(NODES) ? 1 : capacity.get(names.get(i));
        }
        return use;
    }

    /** The number of the reservation that an offering is of, or -1. */
    int reservation(InstanceType type, Offering offering) {
        return reservations.indexOf(type, offering);
    }

    /** That use, and a machine of a reservation besides; -1 for none. */
    long[] use(long[] use, int reservation) {
        if (reservation < 0) {
            return use;
        }
        long[] more = use.clone();
        more[own.length + reservation] = 1;
        return more;
    }

    /** Keys that only machines from a reservation have. */
    Set<String> reservationLabels() {
        return reservations.labels();
    }

    /** Whether a machine of this use may still be bought. */
    boolean allows(long[] use) {
        return isWithin(use, left());
    }

    /** Whether all these nodes may be bought together. */
    boolean allow(List<Bin> bins) {
        long[] sum = new long[names.size()];
        for (Bin bin : bins) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += bin.charge()[i];
            }
        }
        return isWithin(sum, left());
    }

    /** Whether no limit is exceeded by a use when so much is left of each; a use of 0 isn't limited. */
    static boolean isWithin(long[] use, long[] left) {
        for (int i = 0; i < use.length; i++) {
            if (use[i] > 0 && use[i] > left[i]) {
                return false;
            }
        }
        return true;
    }

    /** How many machines of this use may still be bought, at most {@code most}; a use of 0 isn't limited. */
    int timesAllowed(long[] use, int most) {
        long times = most;
        for (int i = 0; i < use.length; i++) {
            if (use[i] > 0) {
                times = Math.min(times, Math.max(0, left(i)) / use[i]);
            }
        }
        return (int) times;
    }

    /** Whether no node at all may be bought any more. */
    boolean nodesExhausted() {
        int at = names.indexOf(NODES);
        return at >= 0 && own[at] <= 0;
    }

    void take(long[] use) {
        add(use, -1);
    }

    void giveBack(long[] use) {
        add(use, 1);
    }

    private void add(long[] use, int times) {
        for (int i = 0; i < use.length; i++) {
            if (i < own.length) {
                own[i] += times * use[i];
            } else {
                reservations.left()[i - own.length] += times * use[i];
            }
        }
    }

    /** The limits that such a use exceeds. */
    List<String> exceededBy(long[] use) {
        List<String> exceeded = new ArrayList<>();
        for (int i = 0; i < use.length; i++) {
            if (use[i] > 0 && use[i] > left(i)) {
                exceeded.add(names.get(i));
            }
        }
        return exceeded;
    }

    /** Goes back to what was left at some time. */
    void restore(long[] before) {
        System.arraycopy(before, 0, own, 0, own.length);
        System.arraycopy(before, own.length, reservations.left(), 0, reservations.left().length);
    }

    /** What is left of each limit; a copy. */
    long[] left() {
        long[] left = Arrays.copyOf(own, names.size());
        System.arraycopy(reservations.left(), 0, left, own.length, reservations.left().length);
        return left;
    }

    private long left(int i) {
        return i < own.length ? own[i] : reservations.left()[i - own.length];
    }
}
