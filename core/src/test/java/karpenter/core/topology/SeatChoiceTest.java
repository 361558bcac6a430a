package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** Which of the seats that are admitted a pod is given. */
class SeatChoiceTest {
    private final DomainCounts counts = new DomainCounts(2);
    private final SeatChoice choice = new SeatChoice(counts);

    private static TopologyGroup group(int id, Kind kind) {
        return new TopologyGroup(
                id,
                new TopologyGroup.Terms(
                        kind, "zone", new Selection(List.of()), kind == Kind.SPREAD ? 9 : 0, 0, NodeFilter.ANY, false));
    }

    private Seat seat(Membership membership, String zone, double price, boolean onMachinesOnly) {
        Seat seat = Objects.requireNonNull(
                counts.seat(membership, Map.of("zone", zone), group -> true, price, onMachinesOnly));
        counts.open(seat);
        return seat;
    }

    private static Membership both(TopologyGroup group) {
        return Membership.of(List.of(group), List.of(group));
    }

    @Test
    void takesTheCheapestOfSeatsThatAreAlikeElse() {
        Membership apart = both(group(0, Kind.ANTI_AFFINITY));
        Seat dear = seat(apart, "a", 2, false);
        Seat cheap = seat(apart, "b", 1, false);
        Seat laterCheap = seat(apart, "c", 1, false);
        assertThat(choice.fill(List.of(dear, cheap, laterCheap), 1)).isEqualTo(1);
        assertThat(cheap.taken()).as("of equal prices the first").isEqualTo(1);
        choice.fill(List.of(dear, cheap, laterCheap), 1);
        assertThat(laterCheap.taken()).isEqualTo(1);
    }

    @Test
    void takesFreeMachinesBeforeTheCheaperZone() {
        Membership apart = both(group(0, Kind.ANTI_AFFINITY));
        Seat cheap = seat(apart, "a", 1, false);
        Seat free = seat(apart, "b", 2, false);
        free.expectFreePlaces(1);
        choice.fill(List.of(cheap, free), 1);
        assertThat(free.taken()).isEqualTo(1);
        assertThat(free.hasFreePlace()).isFalse();
    }

    @Test
    void leavesEmptyDomainsToThoseWhoCannotStandCompany() {
        TopologyGroup apart = group(0, Kind.ANTI_AFFINITY);
        Membership selected = Membership.of(List.of(), List.of(apart));
        Seat empty = seat(selected, "a", 1, false);
        Seat spoilt = seat(selected, "b", 2, false);
        counts.addRunning(selected.parts().getFirst(), "b");
        choice.fill(List.of(empty, spoilt), 3);
        assertThat(spoilt.taken()).isEqualTo(3);
    }

    @Test
    void startsCompanyWhereMostOfItCanFollow() {
        Membership together = both(group(0, Kind.AFFINITY));
        Seat narrow = seat(together, "a", 1, false);
        narrow.limit(2);
        Seat wide = seat(together, "b", 2, false);
        wide.limit(5);
        assertThat(choice.fill(List.of(narrow, wide), 9)).isEqualTo(5);
        assertThat(narrow.taken()).isZero();
    }

    @Test
    void startsCompanyInTheCheaperZoneWhenBothHoldAll() {
        Membership together = both(group(0, Kind.AFFINITY));
        Seat wide = seat(together, "a", 2, false);
        wide.limit(100);
        Seat cheap = seat(together, "b", 1, false);
        cheap.limit(3);
        assertThat(choice.fill(List.of(wide, cheap), 3)).isEqualTo(3);
        assertThat(cheap.taken()).isEqualTo(3);
    }

    @Test
    void startsCompanyWhereNodesCanBeBoughtRatherThanOnMachinesOnly() {
        Membership together = both(group(0, Kind.AFFINITY));
        Seat machines = seat(together, "a", 1, true);
        machines.expectFreePlaces(9);
        Seat anywhere = seat(together, "b", 2, false);
        choice.fill(List.of(machines, anywhere), 2);
        assertThat(anywhere.taken()).isEqualTo(2);
    }

    @Test
    void usesMachinesForPodsThatNeedNoCompany() {
        Membership spread = both(group(0, Kind.SPREAD));
        Seat machines = seat(spread, "a", 1, true);
        machines.expectFreePlaces(9);
        Seat anywhere = seat(spread, "b", 2, false);
        choice.fill(List.of(machines, anywhere), 1);
        assertThat(machines.taken()).isEqualTo(1);
    }

    @Test
    void fillsASeatThatNoGroupHasToDoWithAtOnce() {
        Seat seat = seat(Membership.NONE, "a", 1, false);
        seat.limit(5);
        assertThat(choice.fill(List.of(seat), 3)).isEqualTo(3);
        assertThat(seat.left()).isEqualTo(2);
        assertThat(choice.fill(List.of(seat), 3)).isEqualTo(2);
        assertThat(seat.taken()).isEqualTo(5);
        assertThat(seat.left()).isZero();
    }

    @Test
    void fillsAnotherSeatThatNoGroupHasToDoWithOnceTheCheapestIsFull() {
        Seat dear = seat(Membership.NONE, "a", 2, false);
        Seat cheap = seat(Membership.NONE, "b", 1, false);
        cheap.limit(2);
        assertThat(choice.fill(List.of(dear, cheap), 3)).isEqualTo(3);
        assertThat(cheap.taken()).isEqualTo(2);
        assertThat(dear.taken()).isEqualTo(1);
    }

    @Test
    void givesNoSeatThatIsClosed() {
        Seat seat = seat(both(group(0, Kind.SPREAD)), "a", 1, false);
        counts.close(seat);
        assertThat(choice.fill(List.of(seat), 3)).isZero();
    }
}
