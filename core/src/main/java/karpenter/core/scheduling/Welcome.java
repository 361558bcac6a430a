package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.core.topology.Mates;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyGroup;
import org.jspecify.annotations.Nullable;

/**
 * Which pods may join those picked for a node so far, as groups per node see it.
 *
 * <p><b>Method.</b> Pods that have to do with a group in the same way (they own it, are selected by it, or both) get the same answer
 * from it. A newcomer changes answers of its own groups alone, and seldom many, so these are kept, and for each ask how many
 * refuse it.
 *
 * <p><b>Complexity.</b> For a newcomer: its groups, and the asks whose answer changes.
 */
final class Welcome {
    private final @Nullable Mates mates;
    private final Membership[] groups;
    private final Membership.Part[] parts;
    /** Numbers of the asks that each part is of. */
    private final int[][] asksOf;
    /** For each ask the numbers of the parts whose answer it may change. */
    private final int[][] touched;

    private final boolean[] refusesAlone;
    private final int[] refusalsAlone;
    /** Whether each part keeps pods off. */
    private final boolean[] refuses;
    /** How many parts of each ask keep it off. */
    private final int[] refusals;

    private final boolean[] welcome;

    /** @param mates for the pods picked; null when no pod has to do with a group per node */
    Welcome(List<NodeAsk> asks, @Nullable Mates mates) {
        this.mates = mates;
        this.groups = asks.stream().map(NodeAsk::groups).toArray(Membership[]::new);
        Map<Membership.Part, Integer> numbers = new HashMap<>();
        List<Membership.Part> found = new ArrayList<>();
        List<List<Integer>> having = new ArrayList<>();
        Map<TopologyGroup, List<Integer>> ofGroup = new HashMap<>();
        for (int ask = 0; ask < groups.length; ask++) {
            for (Membership.Part part : groups[ask].parts()) {
                if (part.group().perNode()) {
                    int number = numbers.computeIfAbsent(part, fresh -> found.size());
                    if (number == found.size()) {
                        found.add(part);
                        having.add(new ArrayList<>());
                        ofGroup.computeIfAbsent(part.group(), fresh -> new ArrayList<>())
                                .add(number);
                    }
                    having.get(number).add(ask);
                }
            }
        }
        this.parts = found.toArray(Membership.Part[]::new);
        this.asksOf = having.stream().map(Welcome::numbers).toArray(int[][]::new);
        this.touched = new int[groups.length][];
        for (int ask = 0; ask < groups.length; ask++) {
            List<Integer> all = new ArrayList<>();
            groups[ask].groupsPerNode().forEach(group -> all.addAll(ofGroup.getOrDefault(group, List.of())));
            touched[ask] = numbers(all);
        }
        this.refusesAlone = new boolean[parts.length];
        this.refusalsAlone = new int[groups.length];
        for (int part = 0; part < parts.length; part++) {
            refusesAlone[part] = mates != null && !mates.admits(parts[part]);
            for (int ask : asksOf[part]) {
                refusalsAlone[ask] += refusesAlone[part] ? 1 : 0;
            }
        }
        this.refuses = new boolean[parts.length];
        this.refusals = new int[groups.length];
        this.welcome = new boolean[groups.length];
        clear();
    }

    private static int[] numbers(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Sends all away. */
    void clear() {
        if (mates == null) {
            Arrays.fill(welcome, true);
            return;
        }
        mates.clear();
        System.arraycopy(refusesAlone, 0, refuses, 0, refuses.length);
        System.arraycopy(refusalsAlone, 0, refusals, 0, refusals.length);
        for (int ask = 0; ask < welcome.length; ask++) {
            welcome[ask] = refusals[ask] == 0;
        }
    }

    /** Of each ask, whether such pods may join; follows what happens here; not to be written to. */
    boolean[] ofAsks() {
        return welcome;
    }

    /** Whether a pod that asks so may make a difference to others. */
    boolean matters(int ask) {
        return touched[ask].length > 0;
    }

    /**
     * A pod has joined.
     *
     * @return whether some are welcome now that weren't before
     */
    boolean add(int ask) {
        if (mates == null || touched[ask].length == 0) {
            return false;
        }
        mates.add(groups[ask], 1);
        boolean more = false;
        for (int part : touched[ask]) {
            boolean refusesNow = !mates.admits(parts[part]);
            if (refusesNow != refuses[part]) {
                refuses[part] = refusesNow;
                for (int other : asksOf[part]) {
                    refusals[other] += refusesNow ? 1 : -1;
                    boolean welcomeNow = refusals[other] == 0;
                    more |= welcomeNow && !welcome[other];
                    welcome[other] = welcomeNow;
                }
            }
        }
        return more;
    }
}
