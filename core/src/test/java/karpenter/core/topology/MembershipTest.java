package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import karpenter.api.Labels;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** What the groups of pods alike come to. */
class MembershipTest {
    private final TopologyGroup hosts = group(1, Kind.ANTI_AFFINITY, Labels.HOSTNAME);
    private final TopologyGroup company = group(2, Kind.AFFINITY, Labels.HOSTNAME);
    private final TopologyGroup zones = group(3, Kind.SPREAD, Labels.ZONE);

    private static TopologyGroup group(int id, Kind kind, String key) {
        return new TopologyGroup(
                id, new TopologyGroup.Terms(kind, key, new Selection(List.of()), 1, 0, NodeFilter.ANY, false));
    }

    @Test
    void tellsGroupsPerNodeFromWiderOnes() {
        Membership node = Membership.of(List.of(hosts), List.of());
        Membership domain = Membership.of(List.of(), List.of(zones));
        Membership mixed = Membership.of(List.of(hosts), List.of(zones));
        assertThat(Stream.of(Membership.NONE, node, domain, mixed).map(Membership::bindsNode))
                .containsExactly(false, true, false, true);
        assertThat(Stream.of(Membership.NONE, node, domain, mixed).map(Membership::bindsDomain))
                .containsExactly(false, false, true, true);
        assertThat(node.onNode()).isSameAs(node);
        assertThat(domain.onNode()).isSameAs(Membership.NONE);
        assertThat(mixed.onNode()).isEqualTo(node);
        assertThat(domain.groupsPerNode()).isEmpty();
        assertThat(mixed.groupsPerNode()).containsExactly(hosts);
    }

    @Test
    void isEqualWhenEachGroupIsOwnedAndSelectsAlike() {
        List<Membership> all = List.of(
                Membership.NONE,
                Membership.of(List.of(hosts), List.of()),
                Membership.of(List.of(), List.of(hosts)),
                Membership.of(List.of(hosts), List.of(hosts)),
                Membership.of(List.of(zones), List.of()),
                Membership.of(List.of(hosts, zones), List.of()),
                Membership.of(List.of(hosts), List.of(zones)));
        assertThat(Set.copyOf(all)).as("no two are equal").hasSize(all.size());
        assertThat(all.stream().map(Membership::hashCode).collect(Collectors.toSet()))
                .as("those that differ hash apart")
                .hasSize(all.size());
        Membership twin = Membership.of(Set.of(zones, hosts), List.of());
        assertThat(twin).isEqualTo(all.get(5)).hasSameHashCodeAs(all.get(5));
        assertThat(twin.equals((Object) "a membership")).isFalse();
    }

    @Test
    void isContentAloneOnlyAsFarAsItsNodeIsConcerned() {
        TopologyGroup zonalCompany = group(4, Kind.AFFINITY, Labels.ZONE);
        Membership needy = Membership.of(List.of(company, zonalCompany, hosts), List.of(company));
        assertThat(needy.companions()).extracting(part -> part.group().id()).containsExactly(company.id());
        assertThat(needy.withoutNeedOfCompany())
                .isEqualTo(Membership.of(List.of(zonalCompany, hosts), List.of(company)));
        assertThat(Membership.of(List.of(company), List.of())
                        .withoutNeedOfCompany()
                        .parts())
                .isEmpty();
    }

    @Test
    void knowsWhichGroupsSelectIt() {
        Membership membership = Membership.of(List.of(hosts), List.of(zones));
        assertThat(membership.selectedBy(zones)).isTrue();
        assertThat(membership.selectedBy(hosts)).isFalse();
        assertThat(membership.selectedBy(company)).isFalse();
    }
}
