package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import karpenter.core.topology.Membership;
import karpenter.core.topology.Topology;
import karpenter.core.topology.TopologyGroup;
import org.jspecify.annotations.Nullable;

/**
 * Puts pods on nodes that must share a node with certain others.
 *
 * <p><b>Method.</b> Where there is company already, they join it. Else one of those they need, or one of themselves when they are
 * their own company and there is none anywhere, goes ahead to the machine, or onto the new node, that then holds most of them, and
 * the rest follows. This comes before other pods fill the nodes.
 */
final class Company {
    private final Topology topology;
    private final Machines machines;
    private final List<PoolTemplate> pools;
    private final List<PlannedNode> planned;
    private final NodeAsk.Interner interner;
    private final ResourceColumns columns;
    private final Objective objective;

    /** @param planned nodes of the pass; added to */
    Company(
            Topology topology,
            Machines machines,
            List<PoolTemplate> pools,
            List<PlannedNode> planned,
            NodeAsk.Interner interner,
            ResourceColumns columns,
            Objective objective) {
        this.objective = objective;
        this.topology = topology;
        this.machines = machines;
        this.pools = pools;
        this.planned = planned;
        this.interner = interner;
        this.columns = columns;
    }

    /** Places pods of those lots that need company, and pods that are company to them. */
    void gather(List<Demand.Lot> lots) {
        for (Demand.Lot lot : lots) {
            if (!lot.ask().groups().companions().isEmpty()) {
                gather(lot, lots);
            }
        }
    }

    private void gather(Demand.Lot lot, List<Demand.Lot> lots) {
        List<Demand.Lot> leaders = new ArrayList<>();
        for (Demand.Lot other : lots) {
            if (other.podClass() != lot.podClass()
                    && other.ask().groups().companions().isEmpty()
                    && isCompany(other.ask().groups(), lot)) {
                leaders.add(other);
            }
        }
        boolean alone = leaders.isEmpty();
        join(lot);
        while (lot.podClass().unplaced() > 0) {
            leaders.removeIf(leader -> leader.podClass().unplaced() == 0);
            // Who could have others' company doesn't start one of its own: the others may come to be elsewhere.
            Demand.Lot first = alone ? first(lot) : leaders.isEmpty() ? null : leaders.getFirst();
            if (first == null) {
                return;
            }
            if (!goAhead(first, lot)) {
                if (alone) {
                    return;
                }
                leaders.removeFirst();
            }
            join(lot);
        }
    }

    private static boolean isCompany(Membership groups, Demand.Lot lot) {
        return lot.ask().groups().companions().stream().allMatch(part -> groups.selectedBy(part.group()));
    }

    private void join(Demand.Lot lot) {
        machines.place(lot.podClass(), lot.ask());
        TopUp.fill(planned, List.of(lot));
    }

    /** One of the pods themselves, who needs nobody else; null when there must be company somewhere else. */
    private Demand.@Nullable Lot first(Demand.Lot lot) {
        for (Membership.Part part : lot.ask().groups().companions()) {
            if (!part.selected() || isSomewhere(part.group())) {
                return null;
            }
        }
        NodeAsk ask = interner.intern(lot.ask().terms().first());
        return new Demand.Lot(lot.podClass().share(ask, 1), ask);
    }

    private boolean isSomewhere(TopologyGroup group) {
        return topology.running(group) > 0
                || machines.all().stream().anyMatch(machine -> machine.mates().selected(group) > 0)
                || planned.stream().anyMatch(node -> node.mates().selected(group) > 0);
    }

    /** Places one pod so that as many of the others as possible can follow; false when none could. */
    private boolean goAhead(Demand.Lot first, Demand.Lot lot) {
        int waiting = lot.podClass().unplaced();
        if (first.podClass().whole() != lot.podClass()) {
            // No machine has room for one of those they need, or it would be there already.
            return open(first, lot, waiting, 1);
        }
        ExistingMachine best = null;
        int most = 0;
        for (ExistingMachine machine : machines.all()) {
            int held = machine.admits(first.ask()) ? machine.holds(first.podClass(), first.ask(), waiting) : 0;
            if (held > most) {
                best = machine;
                most = held;
            }
        }
        if (most < waiting && open(first, lot, waiting - 1, most)) {
            return true;
        }
        if (best == null) {
            return false;
        }
        machines.place(best, first.podClass(), first.ask(), 1);
        return true;
    }

    /** Opens a node for one pod and as many followers as a machine can hold, if these are at least so many. */
    private boolean open(Demand.Lot first, Demand.Lot lot, int wanted, int least) {
        for (PoolTemplate pool : pools) {
            Demand demand = new Demand(List.of(first, lot), columns.count());
            NodeOffers offers = new NodeOffers(pool, demand, new Market(pool, demand, columns, objective), objective);
            int held = least - 1;
            int beyond = wanted + 1;
            while (beyond - held > 1) {
                int middle = (held + beyond) >>> 1;
                if (offers.bin(items(middle)) != null) {
                    held = middle;
                } else {
                    beyond = middle;
                }
            }
            Bin bin = held < least ? null : offers.bin(items(held));
            if (bin != null) {
                pool.limits().take(bin.charge());
                planned.add(bin.plan(pool, demand));
                return true;
            }
        }
        return false;
    }

    private static int[] items(int followers) {
        int[] items = new int[followers + 1];
        Arrays.fill(items, 1, items.length, 1);
        return items;
    }
}
