package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Quantity;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.NodeState;
import karpenter.core.resource.ResourceVector;

/**
 * What a NodePool may still buy: its limits less what its machines have, less what this pass has promised away. The limit
 * {@code nodes} counts machines. Reaching a limit exactly is allowed.
 *
 * <p><b>Differs from upstream.</b> Upstream counts nodes only against earlier passes, so that one pass can overshoot.
 */
final class Limits {
    static final String NODES = "nodes";

    private final List<String> names;
    private final long[] left;

    private Limits(List<String> names, long[] left) {
        this.names = names;
        this.left = left;
    }

    /** @param machines those that stay; the pool's own are counted */
    static Limits of(NodePool pool, List<NodeState> machines) {
        Map<String, Quantity> written = pool.spec().limits();
        if (written == null || written.isEmpty()) {
            return new Limits(List.of(), new long[0]);
        }
        List<String> names = new ArrayList<>();
        long[] left = new long[written.size()];
        new TreeMap<>(written).forEach((name, quantity) -> {
            left[names.size()] = ResourceVector.amountOf(name, quantity);
            names.add(name);
        });
        Limits fresh = new Limits(List.copyOf(names), left);
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
        for (int i = 0; i < use.length; i++) {
            use[i] = names.get(i).equals(NODES) ? 1 : capacity.get(names.get(i));
        }
        return use;
    }

    /** Whether a machine of this use may still be bought. */
    boolean allows(long[] use) {
        return isWithin(use, left);
    }

    /** Whether all these nodes may be bought together. */
    boolean allow(List<Bin> bins) {
        long[] sum = new long[left.length];
        for (Bin bin : bins) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += bin.charge()[i];
            }
        }
        return isWithin(sum, left);
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
                times = Math.min(times, Math.max(0, left[i]) / use[i]);
            }
        }
        return (int) times;
    }

    /** Whether no node at all may be bought any more. */
    boolean nodesExhausted() {
        int at = names.indexOf(NODES);
        return at >= 0 && left[at] <= 0;
    }

    void take(long[] use) {
        for (int i = 0; i < use.length; i++) {
            left[i] -= use[i];
        }
    }

    void giveBack(long[] use) {
        for (int i = 0; i < use.length; i++) {
            left[i] += use[i];
        }
    }

    /** The limits that such a use exceeds. */
    List<String> exceededBy(long[] use) {
        List<String> exceeded = new ArrayList<>();
        for (int i = 0; i < use.length; i++) {
            if (use[i] > 0 && use[i] > left[i]) {
                exceeded.add(names.get(i));
            }
        }
        return exceeded;
    }

    /** Goes back to what was left at some time. */
    void restore(long[] before) {
        System.arraycopy(before, 0, left, 0, left.length);
    }

    /** What is left of each limit; a copy. */
    long[] left() {
        return left.clone();
    }
}
