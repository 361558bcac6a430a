package karpenter.core.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import karpenter.core.topology.TopologyGroup.Kind;
import org.jspecify.annotations.Nullable;

/**
 * How many pods each group counts in each domain, running ones and those that the pass has given a seat so far. Belongs to one
 * pass.
 *
 * <p>A domain bears on a spread when a machine has it that stays, or when owners of the spread could still be given a seat in it:
 * kube-scheduler knows only domains that have nodes, and a zone where nothing can be bought must not hold the others back.
 *
 * <p><b>Differs from upstream.</b> Upstream counts every domain that any instance type mentions.
 */
public final class DomainCounts {
    /** Of domains that a message lists. */
    private static final int MOST_LISTED = 25;

    private final @Nullable Tally[] tallies;

    /** The domains of one group. */
    private static final class Tally {
        private final Map<String, Integer> numbers;
        private int[] selected;
        private int[] owners;
        /** Open seats of owners. */
        private int[] open;

        private boolean[] exists;
        private int total;

        Tally() {
            numbers = new HashMap<>();
            selected = new int[4];
            owners = new int[4];
            open = new int[4];
            exists = new boolean[4];
        }

        Tally(Tally other) {
            numbers = new HashMap<>(other.numbers);
            selected = other.selected.clone();
            owners = other.owners.clone();
            open = other.open.clone();
            exists = other.exists.clone();
            total = other.total;
        }

        int number(String value) {
            Integer known = numbers.get(value);
            if (known != null) {
                return known;
            }
            int number = numbers.size();
            numbers.put(value, number);
            if (number == selected.length) {
                selected = Arrays.copyOf(selected, 2 * number);
                owners = Arrays.copyOf(owners, 2 * number);
                open = Arrays.copyOf(open, 2 * number);
                exists = Arrays.copyOf(exists, 2 * number);
            }
            return number;
        }

        boolean bears(int domain) {
            return exists[domain] || open[domain] > 0 || selected[domain] > 0 || owners[domain] > 0;
        }

        /** The least count, or 0 when there are fewer domains than the spread asks for. */
        int least(TopologyGroup.Terms terms) {
            int least = Integer.MAX_VALUE;
            int domains = 0;
            for (int domain = 0; domain < numbers.size(); domain++) {
                if (bears(domain)) {
                    domains++;
                    least = Math.min(least, selected[domain]);
                }
            }
            return domains == 0 || domains < terms.minDomains() ? 0 : least;
        }
    }

    DomainCounts(int groupCount) {
        tallies = new Tally[groupCount];
    }

    DomainCounts(DomainCounts other) {
        tallies = new Tally[other.tallies.length];
        for (int i = 0; i < tallies.length; i++) {
            Tally tally = other.tallies[i];
            tallies[i] = tally == null ? null : new Tally(tally);
        }
    }

    private Tally tally(TopologyGroup group) {
        Tally tally = tallies[group.id()];
        if (tally == null) {
            tally = new Tally();
            tallies[group.id()] = tally;
        }
        return tally;
    }

    /** There is a node with this value, or will be, that the spread counts. */
    public void exists(TopologyGroup group, String value) {
        Tally tally = tally(group);
        int number = tally.number(value);
        tally.exists[number] = true;
    }

    /** A pod that runs. */
    void addRunning(Membership.Part part, String value) {
        Tally tally = tally(part.group());
        int number = tally.number(value);
        add(tally, part, number, 1);
    }

    private static void add(Tally tally, Membership.Part part, int number, int count) {
        if (part.selected()) {
            tally.selected[number] += count;
            tally.total += count;
        }
        // Wishes bind their owners alone, so that nobody need know who has them.
        if (part.owns() && !part.group().terms().wish()) {
            tally.owners[number] += count;
        }
    }

    /**
     * The seat of pods where labels have these values, closed at first.
     *
     * @param values what each group's key is there; no entry where nodes don't have the label
     * @param counts whether a spread counts nodes there
     * @param price for comparison with other seats of the same pods
     * @return null when an owned group needs a label that isn't there
     */
    public @Nullable Seat seat(
            Membership membership,
            Map<String, String> values,
            Predicate<TopologyGroup> counts,
            double price,
            boolean onMachinesOnly) {
        Membership.Part[] parts = membership.perDomain();
        int[] domains = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            TopologyGroup group = parts[i].group();
            String value = values.get(group.key());
            if (value == null && parts[i].owns() && group.kind() != Kind.ANTI_AFFINITY) {
                return null;
            }
            domains[i] = value == null || !(parts[i].owns() || counts.test(group))
                    ? -1
                    : tally(group).number(value);
        }
        return new Seat(parts, domains, price, onMachinesOnly);
    }

    /** Whether a spread already reckons with the domain, or nobody has that spread so far. */
    public boolean reckonsWith(TopologyGroup group, String value) {
        Tally tally = tallies[group.id()];
        if (tally == null || Arrays.stream(tally.owners).allMatch(owners -> owners == 0)) {
            return true;
        }
        Integer number = tally.numbers.get(value);
        return number != null && tally.bears(number);
    }

    /** Lets pods take the seat. */
    public void open(Seat seat) {
        setOpen(seat, true);
    }

    /** Lets no more pods take the seat. */
    public void close(Seat seat) {
        setOpen(seat, false);
    }

    private void setOpen(Seat seat, boolean open) {
        if (seat.isOpen() == open) {
            return;
        }
        seat.setOpen(open);
        for (int i = 0; i < seat.parts().length; i++) {
            Membership.Part part = seat.parts()[i];
            if (part.owns() && seat.domain(i) >= 0) {
                tally(part.group()).open[seat.domain(i)] += open ? 1 : -1;
            }
        }
    }

    /** Puts pods there, or takes them away when negative. */
    public void add(Seat seat, int count) {
        seat.take(count);
        for (int i = 0; i < seat.parts().length; i++) {
            if (seat.domain(i) >= 0) {
                add(tally(seat.parts()[i].group()), seat.parts()[i], seat.domain(i), count);
            }
        }
    }

    /** Whether one more pod may be put there, as far as the pods of the pass and the running ones are concerned. */
    public boolean admits(Seat seat) {
        boolean first = false;
        for (int i = 0; i < seat.parts().length; i++) {
            int domain = seat.domain(i);
            if (domain >= 0) {
                Membership.Part part = seat.parts()[i];
                Tally tally = tally(part.group());
                boolean needsCompany = part.owns() && part.group().kind() == Kind.AFFINITY;
                if (needsCompany && tally.selected[domain] == 0) {
                    if (!part.selected() || tally.total > 0) {
                        return false;
                    }
                    first = true;
                } else if (part.group()
                                .room(
                                        part.owns(),
                                        part.selected(),
                                        tally.owners[domain],
                                        tally.selected[domain],
                                        part.group().kind() == Kind.SPREAD
                                                ? tally.least(part.group().terms())
                                                : 0,
                                        1)
                        == 0) {
                    return false;
                }
            }
        }
        return !first || isFirst(seat);
    }

    /** Whether no pod anywhere would be company for one there. */
    boolean isFirst(Seat seat) {
        for (int i = 0; i < seat.parts().length; i++) {
            Membership.Part part = seat.parts()[i];
            if (part.owns()
                    && !part.group().terms().wish()
                    && part.group().kind() == Kind.AFFINITY
                    && tally(part.group()).total > 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the seat's pods need company of which there is none so far. */
    boolean startsCompany(Seat seat) {
        for (int i = 0; i < seat.parts().length; i++) {
            Membership.Part part = seat.parts()[i];
            if (part.owns()
                    && part.group().kind() == Kind.AFFINITY
                    && seat.domain(i) >= 0
                    && tally(part.group()).total == 0) {
                return true;
            }
        }
        return false;
    }

    /** How far the spreads that have to do with the seat's pods are above their least count there, in pods. */
    long unevenness(Seat seat) {
        long sum = 0;
        for (int i = 0; i < seat.parts().length; i++) {
            TopologyGroup group = seat.parts()[i].group();
            if (group.kind() == Kind.SPREAD && seat.domain(i) >= 0) {
                Tally tally = tally(group);
                sum += tally.selected[seat.domain(i)]
                        - Math.min(tally.least(group.terms()), tally.selected[seat.domain(i)]);
            }
        }
        return sum;
    }

    /** How many groups would lose a domain that is still free for those who can't stand company. */
    int spoilt(Seat seat) {
        int spoilt = 0;
        for (int i = 0; i < seat.parts().length; i++) {
            Membership.Part part = seat.parts()[i];
            if (part.group().kind() == Kind.ANTI_AFFINITY && seat.domain(i) >= 0) {
                Tally tally = tally(part.group());
                int alike = (part.selected() ? tally.selected[seat.domain(i)] : 0)
                        + (part.owns() ? tally.owners[seat.domain(i)] : 0);
                spoilt += alike == 0 ? 1 : 0;
            }
        }
        return spoilt;
    }

    /** In how many groups those who need company can't follow to the seat, although nobody has led them elsewhere. */
    int unfollowed(Seat seat) {
        int unfollowed = 0;
        for (int i = 0; i < seat.parts().length; i++) {
            Membership.Part part = seat.parts()[i];
            if (part.selected() && part.group().kind() == Kind.AFFINITY && seat.domain(i) >= 0) {
                Tally tally = tally(part.group());
                int widest = Arrays.stream(tally.open).max().orElse(0);
                boolean led = tally.selected[seat.domain(i)] > 0;
                unfollowed += led || tally.open[seat.domain(i)] == widest ? 0 : 1;
            }
        }
        return unfollowed;
    }

    /**
     * Whether a pod that has the seat would be let in there again, all others in place: what kube-scheduler will ask when it comes
     * to the last of them.
     */
    public boolean allows(Seat seat) {
        for (int i = 0; i < seat.parts().length; i++) {
            Membership.Part part = seat.parts()[i];
            int domain = seat.domain(i);
            if (part.owns() && domain >= 0 && !part.group().terms().wish()) {
                Tally tally = tally(part.group());
                int others = tally.selected[domain] - (part.selected() ? 1 : 0);
                boolean allowed = switch (part.group().kind()) {
                    case SPREAD ->
                        tally.selected[domain] - tally.least(part.group().terms())
                                <= part.group().terms().maxSkew();
                    case ANTI_AFFINITY -> others == 0;
                    case AFFINITY -> others > 0 || (part.selected() && tally.total == 1);
                };
                if (!allowed) {
                    return false;
                }
            }
        }
        return true;
    }

    /** What stands in the way of a pod: the first owned group for which none of these seats would do, else the first at all. */
    public @Nullable Refusal refusal(List<Seat> seats) {
        Refusal any = null;
        if (seats.isEmpty()) {
            return null;
        }
        Membership.Part[] parts = seats.getFirst().parts();
        for (int i = 0; i < parts.length; i++) {
            int at = i;
            Membership.Part part = parts[i];
            Tally tally = tally(part.group());
            boolean nowhere = seats.stream().noneMatch(seat -> alone(seat, at));
            if (nowhere || (any == null && part.owns())) {
                List<String> names = new ArrayList<>();
                for (Seat seat : seats) {
                    names.add(name(tally, seat.domain(at)));
                }
                Refusal refusal = new Refusal(
                        part.group().kind(),
                        part.group().key(),
                        part.owns(),
                        listed(tally),
                        names.stream().distinct().sorted().limit(MOST_LISTED).toList());
                if (nowhere) {
                    return refusal;
                }
                any = refusal;
            }
        }
        return any;
    }

    private boolean alone(Seat seat, int part) {
        Membership.Part[] one = {seat.parts()[part]};
        return admits(new Seat(one, new int[] {seat.domain(part)}, 0, false));
    }

    private static String name(Tally tally, int number) {
        for (Map.Entry<String, Integer> entry : tally.numbers.entrySet()) {
            if (entry.getValue() == number) {
                return entry.getKey();
            }
        }
        return "";
    }

    private static List<Refusal.Count> listed(Tally tally) {
        return tally.numbers.entrySet().stream()
                .filter(entry -> tally.bears(entry.getValue()))
                .sorted(Map.Entry.comparingByKey())
                .limit(MOST_LISTED)
                .map(entry -> new Refusal.Count(entry.getKey(), tally.selected[entry.getValue()]))
                .toList();
    }

    /**
     * Why a group lets a pod in nowhere.
     *
     * @param owned whether the pod itself has the constraint, or another pod keeps it away
     * @param counts pods in each domain, at most 25
     * @param open domains that the pod could be put in otherwise, at most 25
     */
    public record Refusal(Kind kind, String key, boolean owned, List<Count> counts, List<String> open) {
        public Refusal {
            counts = List.copyOf(counts);
            open = List.copyOf(open);
        }

        /** Pods that the group counts in a domain. */
        public record Count(String domain, int pods) {}
    }
}
