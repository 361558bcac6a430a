package karpenter.core.topology;

/**
 * A domain of each wider group for pods alike: where they could be put, in one of their alternatives. Belongs to one pass, which
 * keeps the number of pods in it.
 */
public final class Seat {
    private final Membership.Part[] parts;
    /** Number of the domain in which each part counts; −1 where it doesn't count. */
    private final int[] domains;

    private final double price;
    private final boolean onMachinesOnly;
    private int most = Integer.MAX_VALUE;
    private int freePlaces;
    private int taken;
    private boolean open;

    Seat(Membership.Part[] parts, int[] domains, double price, boolean onMachinesOnly) {
        this.parts = parts;
        this.domains = domains;
        this.price = price;
        this.onMachinesOnly = onMachinesOnly;
    }

    Membership.Part[] parts() {
        return parts;
    }

    int domain(int part) {
        return domains[part];
    }

    /** For comparison with other seats of the same pods. */
    double price() {
        return price;
    }

    /** Whether no new node could be bought for it. */
    boolean onMachinesOnly() {
        return onMachinesOnly;
    }

    /** How many pods were put here and have not been taken away. */
    public int taken() {
        return taken;
    }

    void take(int count) {
        taken += count;
    }

    /** How many more pods may be put here, groups aside. */
    public int left() {
        return open ? Math.max(0, most - taken) : 0;
    }

    /** No more pods than these may be put here from now on. */
    public void limit(int pods) {
        most = pods;
    }

    /** How many pods machines that exist have room for; a preference only. */
    public void expectFreePlaces(int pods) {
        freePlaces = pods;
    }

    boolean hasFreePlace() {
        return taken < freePlaces;
    }

    boolean isOpen() {
        return open;
    }

    void setOpen(boolean value) {
        open = value;
    }
}
