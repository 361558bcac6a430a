package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import karpenter.api.Labels;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** Who may join whom on a node. */
class MatesTest {
    private static TopologyGroup group(Kind kind, int maxSkew, boolean wish) {
        return group(0, kind, maxSkew, wish);
    }

    private static TopologyGroup group(int id, Kind kind, int maxSkew, boolean wish) {
        return new TopologyGroup(
                id,
                new TopologyGroup.Terms(
                        kind, Labels.HOSTNAME, new Selection(List.of()), maxSkew, 0, NodeFilter.ANY, wish));
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

    @Test
    void takesAsManyAsTheSkewAllowsOnceAnOwnerIsThere() {
        TopologyGroup spread = group(Kind.SPREAD, 2, false);
        Mates mates = new Mates(1);

        assertThat(mates.room(selected(spread), 9)).isEqualTo(9);
        assertThat(mates.room(both(spread), 9)).isEqualTo(2);
        mates.add(both(spread), 1);
        assertThat(mates.room(selected(spread), 9)).isEqualTo(1);
        mates.add(selected(spread), 1);
        assertThat(mates.room(both(spread), 9)).isZero();
        assertThat(mates.room(owner(spread), 9)).isEqualTo(9);
        assertThat(mates.allows(both(spread), false)).isTrue();
        mates.add(selected(spread), 1);
        assertThat(mates.room(owner(spread), 9)).isZero();
        assertThat(mates.allows(both(spread), false)).isFalse();
    }

    @Test
    void keepsThoseApartWhoRepelEachOther() {
        TopologyGroup apart = group(Kind.ANTI_AFFINITY, 0, false);
        Mates mates = new Mates();

        assertThat(mates.room(both(apart), 9)).isEqualTo(1);
        mates.add(owner(apart), 2);
        assertThat(mates.room(owner(apart), 9)).isEqualTo(9);
        assertThat(mates.room(selected(apart), 9)).isZero();
        mates.add(owner(apart), -2);
        mates.add(selected(apart), 1);
        assertThat(mates.room(selected(apart), 9)).isEqualTo(9);
        assertThat(mates.room(owner(apart), 9)).isZero();
        assertThat(mates.allows(owner(apart), false)).isFalse();
        assertThat(mates.allows(both(apart), false)).isTrue();
    }

    @Test
    void bindsNobodyElseByAWish() {
        TopologyGroup apart = group(Kind.ANTI_AFFINITY, 0, true);
        Mates mates = new Mates(1);
        mates.add(owner(apart), 1);

        assertThat(mates.room(selected(apart), 9)).isEqualTo(9);
        mates.add(selected(apart), 1);
        assertThat(mates.room(owner(apart), 9)).isZero();
        assertThat(mates.allows(owner(apart), false)).isTrue();
    }

    @Test
    void letsInWhoNeedsCompanyWhenThereIsSome() {
        TopologyGroup together = group(Kind.AFFINITY, 0, false);
        Mates mates = new Mates(1);

        assertThat(mates.room(both(together), 9)).isZero();
        assertThat(mates.room(both(together).withoutNeedOfCompany(), 9)).isEqualTo(9);
        mates.add(both(together).withoutNeedOfCompany(), 1);
        assertThat(mates.room(both(together), 9)).isEqualTo(9);
        assertThat(mates.allows(both(together), false)).isFalse();
        assertThat(mates.allows(both(together), true)).isTrue();
        mates.add(both(together), 1);
        assertThat(mates.allows(both(together), false)).isTrue();
    }

    @Test
    void isEmptyAgainOnceAllAreSentAway() {
        TopologyGroup apart = group(Kind.ANTI_AFFINITY, 0, false);
        for (Mates mates : List.of(new Mates(1), new Mates())) {
            mates.add(both(apart), 1);
            Mates copy = new Mates(mates);
            mates.clear();

            assertThat(mates.room(both(apart), 9)).isEqualTo(1);
            assertThat(copy.room(both(apart), 9)).isZero();
        }
    }

    @Test
    void countsEachGroupForItself() {
        List<TopologyGroup> groups = IntStream.range(0, 4)
                .mapToObj(id -> group(id, Kind.SPREAD, 9, false))
                .toList();
        for (Mates mates : List.of(new Mates(4), new Mates())) {
            groups.forEach(group -> mates.add(both(group), 1 + group.id()));
            groups.forEach(group -> mates.add(selected(group), 1));
            assertThat(groups).extracting(mates::selected).containsExactly(2, 3, 4, 5);
            mates.clear();
            assertThat(groups).extracting(mates::selected).containsOnly(0);
        }
    }

    @Test
    void tellsWhichOfItsGroupsKeepsAPodOut() {
        TopologyGroup together = group(0, Kind.AFFINITY, 0, false);
        TopologyGroup apart = group(1, Kind.ANTI_AFFINITY, 0, false);
        Mates mates = new Mates();
        Membership pod = both(together, apart);
        assertThat(pod.parts()).extracting(mates::admits).as("nobody is there").containsExactly(false, true);
        mates.add(owner(apart), 1);
        assertThat(pod.parts())
                .extracting(mates::admits)
                .as("who can't stand it is")
                .containsExactly(false, false);
        mates.clear();
        mates.add(selected(together), 1);
        assertThat(pod.parts()).extracting(mates::admits).as("its company is").containsExactly(true, true);
        mates.add(selected(apart), 1);
        assertThat(pod.parts())
                .extracting(mates::admits)
                .as("whom it can't stand is")
                .containsExactly(true, false);
    }
}
