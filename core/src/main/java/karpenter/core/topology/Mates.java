package karpenter.core.topology;

import java.util.Arrays;

/**
 * The pods on one node as groups per node see them: how many own each group, and how many each selects. Belongs to one pass.
 *
 * <p><b>Method.</b> Few groups bear on a node, so they are kept in short arrays and looked for one by one; the working copy of an
 * inner loop, which fills node after node, finds them by an index over all groups instead.
 */
public final class Mates {
    private static final int[] NONE = {};

    private int[] groups = NONE;
    private int[] owners = NONE;
    private int[] selected = NONE;
    private int size;
    /** Position of each group plus 1, or empty. */
    private final int[] index;

    public Mates() {
        this.index = NONE;
    }

    /** @param groupCount one more than the largest id that will be seen */
    public Mates(int groupCount) {
        this.index = new int[groupCount];
    }

    public Mates(Mates other) {
        this.index = NONE;
        this.groups = Arrays.copyOf(other.groups, other.size);
        this.owners = Arrays.copyOf(other.owners, other.size);
        this.selected = Arrays.copyOf(other.selected, other.size);
        this.size = other.size;
    }

    private int find(int group) {
        if (index.length > 0) {
            return index[group] - 1;
        }
        for (int i = 0; i < size; i++) {
            if (groups[i] == group) {
                return i;
            }
        }
        return -1;
    }

    /** How many pods alike may join, at most {@code most}. */
    public int room(Membership membership, int most) {
        int room = most;
        for (Membership.Part part : membership.perNode()) {
            int at = find(part.group().id());
            int ownersHere = at < 0 ? 0 : owners[at];
            int there = at < 0 ? 0 : selected[at];
            room = part.group().room(part.owns(), part.selected(), ownersHere, there, 0, room);
            if (room == 0) {
                return 0;
            }
        }
        return room;
    }

    /** Whether a pod may join as far as one group of its own has a say. */
    public boolean admits(Membership.Part part) {
        int at = find(part.group().id());
        int ownersHere = at < 0 ? 0 : owners[at];
        int there = at < 0 ? 0 : selected[at];
        return part.group().room(part.owns(), part.selected(), ownersHere, there, 0, 1) == 1;
    }

    /** How many pods here the group selects. */
    public int selected(TopologyGroup group) {
        int at = find(group.id());
        return at < 0 ? 0 : selected[at];
    }

    /** Adds so many pods alike, or takes them away when negative. */
    public void add(Membership membership, int count) {
        for (Membership.Part part : membership.perNode()) {
            int at = find(part.group().id());
            if (at < 0) {
                at = append(part.group().id());
            }
            // Wishes bind their owners alone, so that nobody need know who has them.
            owners[at] += part.owns() && !part.group().terms().wish() ? count : 0;
            selected[at] += part.selected() ? count : 0;
        }
    }

    private int append(int group) {
        if (size == groups.length) {
            int length = Math.max(4, 2 * size);
            groups = Arrays.copyOf(groups, length);
            owners = Arrays.copyOf(owners, length);
            selected = Arrays.copyOf(selected, length);
        }
        groups[size] = group;
        owners[size] = 0;
        selected[size] = 0;
        size++;
        if (index.length > 0) {
            index[group] = size;
        }
        return size - 1;
    }

    /** Sends all away. */
    public void clear() {
        if (index.length > 0) {
            for (int i = 0; i < size; i++) {
                index[groups[i]] = 0;
            }
        }
        size = 0;
    }

    /**
     * Whether pods that are here may stay, all others in place.
     *
     * @param alone whether a pod that needs the company of its own kind may be the first of it anywhere
     */
    public boolean allows(Membership membership, boolean alone) {
        for (Membership.Part part : membership.perNode()) {
            TopologyGroup group = part.group();
            if (part.owns() && !group.terms().wish()) {
                int others = selected(group) - (part.selected() ? 1 : 0);
                boolean allowed = switch (group.kind()) {
                    case SPREAD -> selected(group) <= group.terms().maxSkew();
                    case ANTI_AFFINITY -> others == 0;
                    case AFFINITY -> others > 0 || (alone && part.selected());
                };
                if (!allowed) {
                    return false;
                }
            }
        }
        return true;
    }
}
