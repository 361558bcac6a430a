package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import karpenter.core.topology.DomainCounts.Refusal;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** Who may join which domain, and what is said when nobody may. */
class DomainCountsTest {
    private final DomainCounts counts = new DomainCounts(3);

    private static TopologyGroup group(int id, Kind kind, String key, int maxSkew, int minDomains, boolean wish) {
        return new TopologyGroup(
                id,
                new TopologyGroup.Terms(
                        kind, key, new Selection(List.of()), maxSkew, minDomains, NodeFilter.ANY, wish));
    }

    private static TopologyGroup zonal(Kind kind) {
        return group(0, kind, "zone", kind == Kind.SPREAD ? 1 : 0, 0, false);
    }

    private static Membership owner(TopologyGroup group) {
        return Membership.of(List.of(group), List.of());
    }

    private static Membership selected(TopologyGroup group) {
        return Membership.of(List.of(), List.of(group));
    }

    private static Membership both(TopologyGroup... groups) {
        return Membership.of(List.of(groups), List.of(groups));
    }

    private Seat seat(Membership membership, Map<String, String> labels) {
        Seat seat = Objects.requireNonNull(counts.seat(membership, labels, group -> true, 1, false));
        counts.open(seat);
        return seat;
    }

    private Seat zone(Membership membership, String zone) {
        return seat(membership, Map.of("zone", zone));
    }

    private void run(Membership membership, String domain) {
        counts.addRunning(membership.parts().getFirst(), domain);
    }

    @Test
    void keepsSelectedPodsOffDomainsOfPodsThatCannotStandThemUntilTheyLeave() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        Seat keeper = zone(owner(apart), "a");
        counts.add(keeper, 2);

        assertThat(counts.admits(zone(selected(apart), "a"))).isFalse();
        assertThat(counts.admits(zone(selected(apart), "b"))).isTrue();
        counts.add(keeper, -2);
        assertThat(counts.admits(zone(selected(apart), "a"))).isTrue();
    }

    @Test
    void aWishKeepsNobodyElseAway() {
        TopologyGroup wish = group(0, Kind.ANTI_AFFINITY, "zone", 0, 0, true);
        counts.add(zone(owner(wish), "a"), 1);

        assertThat(counts.admits(zone(selected(wish), "a"))).isTrue();
        run(selected(wish), "b");
        assertThat(counts.admits(zone(owner(wish), "b"))).isFalse();
        assertThat(counts.allows(zone(owner(wish), "b")))
                .as("who wished in vain may stay")
                .isTrue();
    }

    @Test
    void isNotTheFirstOfItsCompanyWhereAnotherTermHasFoundSome() {
        TopologyGroup inZone = group(0, Kind.AFFINITY, "zone", 0, 0, false);
        TopologyGroup inRack = group(1, Kind.AFFINITY, "rack", 0, 0, false);
        Seat seat = seat(both(inZone, inRack), Map.of("zone", "a", "rack", "r"));

        assertThat(counts.admits(seat)).as("nobody is anywhere").isTrue();
        run(selected(inRack), "r");
        assertThat(counts.admits(seat))
                .as("there is company in the rack, but none in the zone")
                .isFalse();
        run(selected(inZone), "a");
        assertThat(counts.admits(seat)).isTrue();
    }

    @Test
    void mayBeTheFirstWhoeverItWouldOnlyLikeToBeWith() {
        TopologyGroup need = group(0, Kind.AFFINITY, "zone", 0, 0, false);
        TopologyGroup wish = group(1, Kind.AFFINITY, "rack", 0, 0, true);
        run(selected(wish), "r");

        assertThat(counts.admits(seat(both(need, wish), Map.of("zone", "a", "rack", "r"))))
                .isTrue();
    }

    @Test
    void isNotTheFirstOfACompanyThatDoesNotTakeIt() {
        assertThat(counts.admits(zone(owner(zonal(Kind.AFFINITY)), "a"))).isFalse();
    }

    @Test
    void allowsAPodToStayThatWouldBeLetInAgain() {
        TopologyGroup spread = zonal(Kind.SPREAD);
        Seat first = zone(both(spread), "a");
        zone(both(spread), "b");
        counts.add(first, 1);
        assertThat(counts.allows(first)).isTrue();
        counts.add(first, 1);
        assertThat(counts.allows(first)).isFalse();
        run(selected(spread), "b");
        assertThat(counts.allows(first)).as("2 − 1 = 1").isTrue();
    }

    @Test
    void allowsOnlyOneToStayOfThoseThatRepelEachOther() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        Seat first = zone(both(apart), "a");
        counts.add(first, 1);
        assertThat(counts.allows(first)).isTrue();
        counts.add(first, 1);
        assertThat(counts.allows(first)).isFalse();
    }

    @Test
    void allowsOneAloneToStayOnlyWhileItIsTheOnlyOneAnywhere() {
        TopologyGroup together = zonal(Kind.AFFINITY);
        Seat first = zone(both(together), "a");
        counts.add(first, 1);
        assertThat(counts.allows(first)).isTrue();
        run(selected(together), "b");
        assertThat(counts.allows(first)).as("its kind is in b").isFalse();
        counts.add(first, 1);
        assertThat(counts.allows(first)).as("two keep each other company").isTrue();
    }

    @Test
    void allowsNobodyToStayWhoNeedsOthersAndHasNone() {
        TopologyGroup together = zonal(Kind.AFFINITY);
        Seat alone = zone(owner(together), "a");
        counts.add(alone, 2);
        assertThat(counts.allows(alone)).isFalse();
        run(selected(together), "a");
        assertThat(counts.allows(alone)).isTrue();
    }

    @Test
    void countsHoweverManyDomainsThereAre() {
        TopologyGroup spread = zonal(Kind.SPREAD);
        List<Seat> seats = new ArrayList<>();
        for (int domains = 1; domains <= 9; domains++) {
            seats.add(zone(both(spread), "zone-" + domains));
            assertThat(new SeatChoice(counts).fill(seats, 2)).isEqualTo(2);
        }
        assertThat(seats).extracting(Seat::taken).containsOnly(2);
    }

    @Test
    void takesTheLeastCountForNoneWithFewerDomainsThanAskedFor() {
        TopologyGroup spread = group(0, Kind.SPREAD, "zone", 1, 3, false);
        Seat a = zone(both(spread), "a");
        Seat b = zone(both(spread), "b");
        assertThat(new SeatChoice(counts).fill(List.of(a, b), 9)).isEqualTo(2);
        counts.exists(spread, "c");
        assertThat(new SeatChoice(counts).fill(List.of(a, b), 9))
                .as("c is empty")
                .isZero();
        run(selected(spread), "c");
        assertThat(new SeatChoice(counts).fill(List.of(a, b), 9)).isEqualTo(2);
    }

    @Test
    void hasNoSeatWithoutTheLabelThatASpreadOrAnAffinityNeeds() {
        for (Kind kind : List.of(Kind.SPREAD, Kind.AFFINITY)) {
            assertThat(new DomainCounts(1).seat(owner(zonal(kind)), Map.of(), group -> true, 1, false))
                    .as("%s", kind)
                    .isNull();
        }
        assertThat(new DomainCounts(1).seat(owner(zonal(Kind.ANTI_AFFINITY)), Map.of(), group -> true, 1, false))
                .isNotNull();
        assertThat(new DomainCounts(1).seat(selected(zonal(Kind.SPREAD)), Map.of(), group -> true, 1, false))
                .isNotNull();
    }

    @Test
    void leavesPodsOutOfTheCountWhereASpreadCountsNoNodes() {
        TopologyGroup spread = zonal(Kind.SPREAD);
        Seat counted = zone(both(spread), "a");
        zone(both(spread), "b");
        Seat uncounted =
                Objects.requireNonNull(counts.seat(selected(spread), Map.of("zone", "a"), group -> false, 1, false));
        counts.open(uncounted);
        counts.add(uncounted, 5);
        assertThat(counts.admits(counted)).isTrue();
        counts.add(zone(selected(spread), "a"), 1);
        assertThat(counts.admits(counted)).isFalse();
    }

    @Test
    void reckonsWithDomainsThatAreThereOrCouldBe() {
        TopologyGroup spread = zonal(Kind.SPREAD);
        assertThat(counts.reckonsWith(spread, "a")).as("nobody has the spread").isTrue();
        Seat seat = zone(both(spread), "a");
        assertThat(counts.reckonsWith(spread, "z"))
                .as("nobody has the spread so far")
                .isTrue();
        counts.add(seat, 1);
        assertThat(counts.reckonsWith(spread, "a")).isTrue();
        assertThat(counts.reckonsWith(spread, "z"))
                .as("z has never been heard of")
                .isFalse();
        Seat closed = zone(both(spread), "c");
        counts.close(closed);
        assertThat(counts.reckonsWith(spread, "c")).as("no seat in c is left").isFalse();
        counts.exists(spread, "c");
        assertThat(counts.reckonsWith(spread, "c")).isTrue();
    }

    @Test
    void measuresHowFarADomainIsAboveTheEmptiest() {
        TopologyGroup spread = group(0, Kind.SPREAD, "zone", 5, 0, false);
        Seat a = zone(both(spread), "a");
        Seat b = zone(both(spread), "b");
        counts.add(a, 4);
        counts.add(b, 1);
        assertThat(counts.unevenness(a)).isEqualTo(3);
        assertThat(counts.unevenness(b)).isZero();
    }

    @Test
    void countsGroupsThatWouldLoseAFreeDomain() {
        TopologyGroup first = group(0, Kind.ANTI_AFFINITY, "zone", 0, 0, false);
        TopologyGroup second = group(1, Kind.ANTI_AFFINITY, "zone", 0, 0, false);
        Membership membership = Membership.of(List.of(first), List.of(second));
        Seat seat = zone(membership, "a");
        assertThat(counts.spoilt(seat)).isEqualTo(2);
        run(owner(first), "a");
        assertThat(counts.spoilt(seat))
                .as("another owner has spoilt a for the first")
                .isEqualTo(1);
        run(selected(second), "a");
        assertThat(counts.spoilt(seat)).isZero();
        assertThat(counts.spoilt(zone(membership, "b"))).isEqualTo(2);
    }

    @Test
    void spoilsNoDomainWhereOneAlikeIsAlready() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        run(both(apart), "a");
        assertThat(counts.spoilt(zone(both(apart), "a"))).isZero();
        assertThat(counts.spoilt(zone(both(apart), "b"))).isEqualTo(1);
    }

    @Test
    void startsCompanyOnlyWhereThereIsNoneYetAndItIsNeeded() {
        TopologyGroup together = zonal(Kind.AFFINITY);
        assertThat(counts.startsCompany(zone(both(together), "a"))).isTrue();
        assertThat(counts.startsCompany(zone(selected(together), "a"))).isFalse();
        run(selected(together), "b");
        assertThat(counts.startsCompany(zone(both(together), "a"))).isFalse();
        assertThat(new DomainCounts(1).startsCompany(zone(both(zonal(Kind.SPREAD)), "a")))
                .isFalse();
    }

    @Test
    void countsFollowersThatCannotComeAfter() {
        TopologyGroup together = zonal(Kind.AFFINITY);
        zone(owner(together), "b");
        zone(owner(together), "a");
        zone(owner(together), "a");
        Seat reachable = zone(selected(together), "a");
        Seat narrow = zone(selected(together), "b");
        Seat remote = zone(selected(together), "z");
        assertThat(counts.unfollowed(reachable)).isZero();
        assertThat(counts.unfollowed(narrow))
                .as("fewer of the followers have a seat in b")
                .isEqualTo(1);
        assertThat(counts.unfollowed(remote)).isEqualTo(1);
        run(selected(together), "z");
        assertThat(counts.unfollowed(remote)).as("z has been led to already").isZero();
        assertThat(counts.unfollowed(zone(owner(together), "b")))
                .as("followers lead nobody")
                .isZero();
        assertThat(new DomainCounts(1).unfollowed(zone(selected(zonal(Kind.SPREAD)), "b")))
                .isZero();
    }

    @Test
    void saysNothingWhenThereIsNoSeatOrNobodyIsInTheWay() {
        assertThat(counts.refusal(List.of())).isNull();
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        assertThat(counts.refusal(List.of(zone(selected(apart), "a")))).isNull();
    }

    @Test
    void saysWhichDomainsTheOwnGroupCountsAndWhichAreOpen() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        Seat a = zone(both(apart), "a");
        Seat b = zone(both(apart), "b");
        Seat closed = zone(both(apart), "closed");
        counts.close(closed);
        counts.add(a, 1);
        counts.add(b, 1);
        assertThat(counts.refusal(List.of(b, a)))
                .isEqualTo(new Refusal(
                        Kind.ANTI_AFFINITY,
                        "zone",
                        true,
                        List.of(new Refusal.Count("a", 1), new Refusal.Count("b", 1)),
                        List.of("a", "b")));
    }

    @Test
    void namesTheGroupThatLetsAPodInNowhereBeforeItsOwnThatWould() {
        TopologyGroup spread = group(0, Kind.SPREAD, "zone", 1, 0, false);
        TopologyGroup apart = group(1, Kind.ANTI_AFFINITY, "rack", 0, 0, false);
        Membership pod = Membership.of(List.of(spread), List.of(apart));
        Seat seat = seat(pod, Map.of("zone", "a", "rack", "r"));
        Refusal own = Objects.requireNonNull(counts.refusal(List.of(seat)));
        assertThat(own.kind()).isEqualTo(Kind.SPREAD);
        assertThat(own.owned()).isTrue();
        run(owner(apart), "r");
        Refusal others = Objects.requireNonNull(counts.refusal(List.of(seat)));
        assertThat(others.kind()).isEqualTo(Kind.ANTI_AFFINITY);
        assertThat(others.owned()).isFalse();
        assertThat(others.key()).isEqualTo("rack");
    }

    @Test
    void listsNoMoreThanTwentyFiveDomains() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        List<Seat> seats = new ArrayList<>();
        for (int i = 10; i < 40; i++) {
            Seat seat = zone(both(apart), "zone-" + i);
            counts.add(seat, 1);
            seats.add(seat);
        }
        Refusal refusal = Objects.requireNonNull(counts.refusal(seats));
        assertThat(refusal.counts()).hasSize(25);
        assertThat(refusal.open()).hasSize(25).startsWith("zone-10").endsWith("zone-34");
    }
}
