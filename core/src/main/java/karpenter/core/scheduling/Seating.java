package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.cluster.PodShape;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.DomainCounts;
import karpenter.core.topology.Membership;
import karpenter.core.topology.NodeFilter;
import karpenter.core.topology.Seat;
import karpenter.core.topology.SeatChoice;
import karpenter.core.topology.TopologyGroup;
import karpenter.core.topology.TopologyGroup.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Decides in which domains (zones, say) the pods of a pass go that others watch or that watch others, before they are packed onto
 * nodes.
 *
 * <p><b>Method.</b> For each class and alternative the cells it could use ({@link Cells}), each a {@link Seat}. Classes take
 * turns: those first that keep others off, then those that are only counted, then those that spread, then followers; of equals
 * those with fewest seats. A pod that finds no seat waits for what others change, and goes on to its next alternative when nothing
 * changes any more. What a seat can't hold after all is told back and decided anew.
 *
 * <p><b>Complexity.</b> See {@link SeatChoice}; each further turn costs only for pods without a seat.
 */
final class Seating {
    private final List<PodClass> classes;
    private final Cells cells;
    private final List<PoolTemplate> pools;
    private final List<ExistingMachine> machines;
    private final NodeAsk.Interner interner;
    private final DomainCounts counts;
    private final SeatChoice choice;
    private final Map<Limit, Integer> limits;
    private final List<Party> parties = new ArrayList<>();
    private final IdentityHashMap<PodClass, Party> byClass = new IdentityHashMap<>();
    private final IdentityHashMap<PodClass, Place> byShare = new IdentityHashMap<>();

    /** Names a seat from one attempt to the next. */
    record Limit(int podClass, int alternative, int place) {}

    /** A seat, and what its pods ask of a node there. */
    record Place(Limit name, Seat seat, NodeAsk ask, Cells.Cell cell) {}

    /** A class whose domains have to be decided. */
    private static final class Party {
        private final PodClass podClass;
        private final List<List<Place>> alternatives = new ArrayList<>();
        private int turn;
        private int left;

        Party(PodClass podClass) {
            this.podClass = podClass;
        }

        int turn() {
            return turn;
        }

        int places() {
            return alternatives.getLast().size();
        }
    }

    /** Pods of one class that were given one seat, to be packed. */
    record Given(PodClass share, Place place) {}

    /**
     * @param counts of what runs; kept up to date from now on
     * @param limits how many pods a seat held in an earlier attempt, if fewer than it was given; added to
     */
    Seating(
            List<PodClass> classes,
            Cells cells,
            List<PoolTemplate> pools,
            List<ExistingMachine> machines,
            NodeAsk.Interner interner,
            DomainCounts counts,
            Map<Limit, Integer> limits) {
        this.classes = classes;
        this.cells = cells;
        this.pools = pools;
        this.machines = machines;
        this.interner = interner;
        this.counts = counts;
        this.choice = new SeatChoice(counts);
        this.limits = limits;
        for (int number = 0; number < classes.size(); number++) {
            seat(number);
        }
        parties.sort(Comparator.comparingInt(Party::turn).thenComparingInt(Party::places));
    }

    private void seat(int number) {
        PodClass podClass = classes.get(number);
        List<Set<String>> keys =
                podClass.asks().stream().map(ask -> keys(podClass, ask)).toList();
        if (keys.stream().allMatch(Set::isEmpty)) {
            return;
        }
        Party party = new Party(podClass);
        for (int alternative = 0; alternative < keys.size(); alternative++) {
            party.alternatives.add(places(number, alternative, keys.get(alternative)));
        }
        party.turn = turn(podClass.asks().getLast().groups());
        parties.add(party);
        byClass.put(podClass, party);
    }

    private static int turn(Membership groups) {
        boolean keepsOff = false;
        boolean spreads = false;
        boolean follows = false;
        for (Membership.Part part : groups.parts()) {
            if (part.owns() && !part.group().perNode()) {
                Kind kind = part.group().kind();
                keepsOff |= kind == Kind.ANTI_AFFINITY;
                spreads |= kind == Kind.SPREAD || (kind == Kind.AFFINITY && part.selected());
                follows |= kind == Kind.AFFINITY && !part.selected();
            }
        }
        return follows ? 3 : keepsOff ? 0 : spreads ? 2 : 1;
    }

    /** The labels whose values have to be decided for these pods. */
    static Set<String> keys(PodClass podClass, NodeAsk ask) {
        TreeSet<String> keys = new TreeSet<>();
        for (Membership.Part part : ask.groups().parts()) {
            TopologyGroup group = part.group();
            if (!group.perNode() && (part.owns() || !group.terms().wish())) {
                keys.add(group.key());
                if (!part.owns()) {
                    addFilterKeys(keys, group.terms().filter(), podClass.sample());
                }
            }
        }
        return keys;
    }

    /** Whether a node counts for somebody else's spread may depend on labels that these pods leave open. */
    private static void addFilterKeys(Set<String> keys, NodeFilter filter, PodShape shape) {
        keys.addAll(filter.keys());
        if (!filter.alternatives().isEmpty() && !filter.alternatives().equals(PodRequirements.required(shape))) {
            keys.addAll(filter.alternativeKeys());
        }
        if (filter.honorsTaints() && !filter.tolerations().equals(shape.tolerations())) {
            keys.add(Labels.NODE_POOL);
        }
    }

    private List<Place> places(int number, int alternative, Set<String> keys) {
        PodClass podClass = classes.get(number);
        NodeAsk ask = podClass.asks().get(alternative);
        List<Place> places = new ArrayList<>();
        List<Cells.Cell> found = cells.of(ask, keys);
        for (int at = 0; at < found.size(); at++) {
            Cells.Cell cell = found.get(at);
            NodeAsk within = interner.intern(ask.terms().within(cell.domains()));
            boolean buyable = pools.stream().anyMatch(pool -> pool.canTake(within, podClass.amounts()));
            int room = room(podClass, within, cell);
            Limit name = new Limit(number, alternative, at);
            int most = limits.getOrDefault(name, Integer.MAX_VALUE);
            Seat seat = (buyable || room > 0) && most > 0
                    ? counts.seat(
                            ask.groups(),
                            cell.values(),
                            group -> isCounted(group, podClass, cell.values()),
                            cell.price(),
                            !buyable)
                    : null;
            if (seat != null) {
                seat.limit(most);
                seat.expectFreePlaces(room);
                counts.open(seat);
                places.add(new Place(name, seat, within, cell));
            }
        }
        return places;
    }

    /** How many pods machines there have room for, were those that need company not in need of it. */
    private int room(PodClass podClass, NodeAsk within, Cells.Cell cell) {
        NodeAsk ask = interner.intern(within.terms().first());
        int room = 0;
        for (int machine : cell.machines()) {
            int wanted = podClass.unplaced() - room;
            if (wanted <= 0) {
                break;
            }
            room += machines.get(machine).holds(podClass, ask, wanted);
        }
        return room;
    }

    /** Whether a spread counts the nodes of a cell that pods of the class are put on. */
    private boolean isCounted(TopologyGroup group, PodClass podClass, Map<String, String> values) {
        NodeFilter filter = group.terms().filter();
        List<Requirements> own = PodRequirements.required(podClass.sample());
        boolean labels = filter.alternatives().isEmpty()
                || filter.alternatives().equals(own)
                || filter.alternatives().stream().anyMatch(alternative -> alternative.satisfiedBy(values));
        return labels
                && values.keySet().containsAll(filter.keys())
                && (!filter.honorsTaints()
                        || filter.tolerations().equals(podClass.sample().tolerations())
                        || NodeAsk.untolerated(taints(values.get(Labels.NODE_POOL)), filter.tolerations(), true)
                                == null);
    }

    private List<Taint> taints(@Nullable String poolName) {
        for (PoolTemplate pool : pools) {
            if (pool.pool().name().equals(poolName)) {
                return pool.taints();
            }
        }
        return List.of();
    }

    /** Whether the domains of the class are decided here. */
    boolean decides(PodClass podClass) {
        return byClass.containsKey(podClass);
    }

    /** Gives seats to pods without a place, as many as find one; by class. */
    Map<PodClass, List<Given>> deal() {
        IdentityHashMap<Place, Integer> before = new IdentityHashMap<>();
        int alternatives = 0;
        for (Party party : parties) {
            party.left = party.podClass.unplaced();
            alternatives = Math.max(alternatives, party.left == 0 ? 0 : party.alternatives.size());
            if (party.left > 0) {
                party.alternatives.forEach(places ->
                        places.forEach(place -> before.put(place, place.seat().taken())));
            }
        }
        for (int deepest = 0; deepest < alternatives; deepest++) {
            boolean progress = true;
            while (progress) {
                progress = false;
                for (Party party : parties) {
                    progress |= party.left > 0 && takeSeats(party, deepest);
                }
            }
        }
        Map<PodClass, List<Given>> given = new HashMap<>();
        for (Party party : parties) {
            for (List<Place> places : party.alternatives) {
                for (Place place : places) {
                    int fresh = place.seat().taken()
                            - before.getOrDefault(place, place.seat().taken());
                    if (fresh > 0) {
                        PodClass share = party.podClass.share(place.ask(), fresh);
                        byShare.put(share, place);
                        given.computeIfAbsent(party.podClass, first -> new ArrayList<>())
                                .add(new Given(share, place));
                    }
                }
            }
        }
        return given;
    }

    private boolean takeSeats(Party party, int deepest) {
        int before = party.left;
        for (int alternative = 0; alternative <= deepest && alternative < party.alternatives.size(); alternative++) {
            List<Seat> seats = party.alternatives.get(alternative).stream()
                    .map(Place::seat)
                    .toList();
            party.left -= choice.fill(seats, party.left);
        }
        return party.left < before;
    }

    /** Takes back seats that didn't hold all the pods they were given; these are without a seat again. */
    void settle(Given given) {
        int left = given.share().unplaced();
        if (left > 0) {
            Seat seat = given.place().seat();
            counts.add(seat, -left);
            counts.close(seat);
            limits.put(given.place().name(), seat.taken());
        }
    }

    /** Gives a pod the seat that a machine is in. Answers false when it may not have it. */
    boolean takeSeat(PodClass podClass, int alternative, ExistingMachine machine) {
        Party party = byClass.get(podClass);
        if (party == null) {
            return true;
        }
        int number = cells.number(machine);
        for (Place place : party.alternatives.get(alternative)) {
            if (place.cell().machines().contains(number)) {
                if (place.seat().left() == 0 || !counts.admits(place.seat())) {
                    return false;
                }
                counts.add(place.seat(), 1);
                return true;
            }
        }
        return false;
    }

    /** The places whose pods wouldn't be let in again with all others in place. */
    List<Place> violated() {
        List<Place> violated = new ArrayList<>();
        for (Party party : parties) {
            for (List<Place> places : party.alternatives) {
                for (Place place : places) {
                    if (place.seat().taken() > 0 && !counts.allows(place.seat())) {
                        violated.add(place);
                    }
                }
            }
        }
        return violated;
    }

    /** For the next attempt: one pod less there. */
    void limit(Place place) {
        limits.put(place.name(), place.seat().taken() - 1);
    }

    /** The place of a share, or of the share it is part of; null when its domain isn't decided here. */
    @Nullable
    Place placeOf(PodClass share) {
        for (PodClass each = share; each != null; each = each.whole()) {
            Place place = byShare.get(each);
            if (place != null) {
                return place;
            }
        }
        return null;
    }

    /** A pod has lost its seat. */
    void leave(Place place) {
        counts.add(place.seat(), -1);
    }

    /** What keeps pods of the class, under their last alternative, from all of its domains; null when that isn't it. */
    DomainCounts.@Nullable Refusal refusal(PodClass podClass) {
        Party party = byClass.get(podClass);
        return party == null
                ? null
                : counts.refusal(party.alternatives.getLast().stream()
                        .filter(place -> place.seat().left() > 0)
                        .map(Place::seat)
                        .toList());
    }
}
