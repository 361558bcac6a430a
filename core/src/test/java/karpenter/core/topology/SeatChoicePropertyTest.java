package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** Random groups and pods: what is given seats keeps every rule, counted anew pod by pod. */
class SeatChoicePropertyTest {
    private static final List<String> ZONES = List.of("a", "b", "c");

    private static TopologyGroup group(int id, Kind kind, int maxSkew) {
        Selection nobody = new Selection(List.of());
        return new TopologyGroup(id, new TopologyGroup.Terms(kind, "zone", nobody, maxSkew, 0, NodeFilter.ANY, false));
    }

    /** Pods alike, with a seat in each zone. */
    private record Party(Membership membership, List<Seat> seats) {}

    private static Party party(DomainCounts counts, List<TopologyGroup> owned, List<TopologyGroup> selecting) {
        Membership membership = Membership.of(owned, selecting);
        List<Seat> seats = new ArrayList<>();
        for (String zone : ZONES) {
            Seat seat = counts.seat(membership, Map.of("zone", zone), group -> true, 1, false);
            assertThat(seat).isNotNull();
            if (seat != null) {
                counts.open(seat);
                seats.add(seat);
            }
        }
        return new Party(membership, seats);
    }

    @Test
    void fillsDomainsEvenly() {
        for (int skew = 1; skew <= 3; skew++) {
            for (int pods = 0; pods < 12; pods++) {
                DomainCounts counts = new DomainCounts(1);
                TopologyGroup spread = group(0, Kind.SPREAD, skew);
                Party party = party(counts, List.of(spread), List.of(spread));

                assertThat(new SeatChoice(counts).fill(party.seats, pods)).isEqualTo(pods);
                assertThat(party.seats.stream().mapToInt(Seat::taken).max().orElseThrow()
                                - party.seats.stream()
                                        .mapToInt(Seat::taken)
                                        .min()
                                        .orElseThrow())
                        .isEqualTo(pods % 3 == 0 ? 0 : 1);
            }
        }
    }

    @Test
    void stopsAtTheSkewWhenADomainIsFull() {
        for (int skew = 1; skew <= 3; skew++) {
            DomainCounts counts = new DomainCounts(1);
            TopologyGroup spread = group(0, Kind.SPREAD, skew);
            Party party = party(counts, List.of(spread), List.of(spread));
            party.seats.getFirst().limit(2);

            assertThat(new SeatChoice(counts).fill(party.seats, 100)).isEqualTo(2 + 2 * (2 + skew));
        }
    }

    @Test
    void forgetsADomainThatCannotBeHad() {
        DomainCounts counts = new DomainCounts(1);
        TopologyGroup spread = group(0, Kind.SPREAD, 1);
        Party party = party(counts, List.of(spread), List.of(spread));
        counts.close(party.seats.getFirst());

        assertThat(new SeatChoice(counts).fill(party.seats, 100)).isEqualTo(100);
        assertThat(party.seats.getFirst().taken()).isZero();
    }

    @Test
    void givesAsManySeatsAsThereAreDomainsToPodsThatRepelEachOther() {
        DomainCounts counts = new DomainCounts(1);
        TopologyGroup apart = group(0, Kind.ANTI_AFFINITY, 0);
        Party party = party(counts, List.of(apart), List.of(apart));

        assertThat(new SeatChoice(counts).fill(party.seats, 100)).isEqualTo(3);
    }

    @Test
    void keepsPodsTogetherThatNeedEachOther() {
        DomainCounts counts = new DomainCounts(1);
        TopologyGroup together = group(0, Kind.AFFINITY, 0);
        Party party = party(counts, List.of(together), List.of(together));

        assertThat(new SeatChoice(counts).fill(party.seats, 100)).isEqualTo(100);
        assertThat(party.seats.stream().filter(seat -> seat.taken() > 0)).hasSize(1);
    }

    @Test
    void keepsEveryRuleAfterEachStep() {
        int given = 0;
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            List<TopologyGroup> groups = new ArrayList<>();
            for (int id = 0; id < 3; id++) {
                groups.add(group(id, List.of(Kind.values()).get(random.nextInt(3)), 1 + random.nextInt(3)));
            }
            DomainCounts counts = new DomainCounts(groups.size());
            List<Party> parties = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                parties.add(party(counts, some(groups, random), some(groups, random)));
            }
            SeatChoice choice = new SeatChoice(counts);
            for (int step = 0; step < 12; step++) {
                Party party = parties.get(random.nextInt(parties.size()));
                List<Seat> one = List.of(party.seats.get(random.nextInt(ZONES.size())));
                given += choice.fill(random.nextBoolean() ? party.seats : one, 1 + random.nextInt(3));
                for (TopologyGroup group : groups) {
                    check(seed, group, parties);
                }
            }
        }
        assertThat(given).isGreaterThan(10_000);
    }

    private static List<TopologyGroup> some(List<TopologyGroup> groups, Random random) {
        return groups.stream().filter(group -> random.nextInt(3) == 0).toList();
    }

    private static void check(int seed, TopologyGroup group, List<Party> parties) {
        int[] selected = new int[ZONES.size()];
        int[] owners = new int[ZONES.size()];
        int[] both = new int[ZONES.size()];
        for (Party party : parties) {
            boolean isSelected = party.membership.selectedBy(group);
            boolean owns = party.membership.parts().stream()
                    .anyMatch(part -> part.group().equals(group) && part.owns());
            for (int zone = 0; zone < ZONES.size(); zone++) {
                int taken = party.seats.get(zone).taken();
                selected[zone] += isSelected ? taken : 0;
                owners[zone] += owns ? taken : 0;
                both[zone] += isSelected && owns ? taken : 0;
            }
        }
        int least = Math.min(selected[0], Math.min(selected[1], selected[2]));
        int all = selected[0] + selected[1] + selected[2];
        for (int zone = 0; zone < ZONES.size(); zone++) {
            if (owners[zone] > 0) {
                switch (group.kind()) {
                    case SPREAD ->
                        assertThat(selected[zone] - least)
                                .as("seed %d", seed)
                                .isLessThanOrEqualTo(group.terms().maxSkew());
                    case AFFINITY ->
                        assertThat(selected[zone])
                                .as("seed %d of %d", seed, all)
                                .isPositive();
                    case ANTI_AFFINITY ->
                        assertThat(selected[zone] == 0 || (owners[zone] == 1 && selected[zone] == 1 && both[zone] == 1))
                                .as("seed %d", seed)
                                .isTrue();
                }
            }
        }
    }
}
