package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** Kube-scheduler's rules of spread, affinity and anti-affinity, for one more pod in a cluster of nodes. */
class TopologyFiltersTest extends FilteredNodes {
    private static TopologyGroup spread(int maxSkew) {
        return group(0, Kind.SPREAD, "zone", maxSkew, 0, NodeFilter.ANY, false);
    }

    private static TopologyGroup spread(NodeFilter filter) {
        return group(0, Kind.SPREAD, "zone", 1, 0, filter, false);
    }

    private static TopologyGroup zonal(Kind kind) {
        return group(0, kind, "zone", 0, 0, NodeFilter.ANY, false);
    }

    private boolean admits(Membership membership, Node node) {
        return filters.admits(membership, node, false, false);
    }

    private boolean admitsForCertain(Membership membership, Node node) {
        return filters.admits(membership, node, true, false);
    }

    @Test
    void spreadsNoFurtherThanTheSkewAboveTheLeastCount() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Membership web = both(spread(2));
        put(web, 2, a);

        assertThat(admits(web, a)).as("3 − 0 > 2").isFalse();
        assertThat(admits(web, b)).isTrue();
        put(web, 1, b);
        assertThat(admits(web, a)).as("3 − 1 = 2").isTrue();
    }

    @Test
    void goesByTheLeastCountHoweverManyDomainsHaveIt() {
        Node full = node("zone", "full");
        Membership web = both(spread(1));
        put(web, 1, full);
        assertThat(admits(web, full)).isTrue();

        for (int empty = 1; empty <= 5; empty++) {
            node("zone", "empty-" + empty);
            assertThat(admits(web, full)).as("2 − 0 > 1, %s empty", empty).isFalse();
        }
    }

    @Test
    void addsUpTheNodesOfADomain() {
        Node one = node("zone", "a");
        Node other = node("zone", "a");
        node("zone", "b");
        Membership web = both(spread(1));
        put(web, 1, one);

        assertThat(admits(web, other)).isFalse();
    }

    @Test
    void asksAPodThatItsOwnSpreadDoesNotSelectOnlyWhatIsThere() {
        Node a = node("zone", "a");
        node("zone", "b");
        TopologyGroup spread = spread(1);
        put(selected(spread), 1, a);

        assertThat(admits(owner(spread), a)).as("1 − 0 = 1").isTrue();
        put(selected(spread), 1, a);
        assertThat(admits(owner(spread), a)).isFalse();
    }

    @Test
    void asksTheOwnersOfASpreadAlone() {
        Node a = node("zone", "a");
        node("zone", "b");
        TopologyGroup spread = spread(1);
        put(both(spread), 1, a);

        assertThat(admits(selected(spread), a)).isTrue();
    }

    @Test
    void needsTheLabelOfASpread() {
        Node bare = node("rack", "r");

        assertThat(admits(owner(spread(1)), bare)).isFalse();
        assertThat(admits(selected(spread(1)), bare)).isTrue();
    }

    @Test
    void countsADomainThatTheNodeWouldBeTheFirstOf() {
        Node a = node("zone", "a");
        Membership web = both(spread(1));
        put(web, 3, a);

        assertThat(admits(web, a)).as("a is all there is").isTrue();
        assertThat(admits(web, Node.of("zone", "b"))).isTrue();
        enter(Node.of("zone", "b"));
        assertThat(admits(web, a)).as("b is empty").isFalse();
    }

    @Test
    void takesTheLeastCountForNoneWhileThereAreFewerDomainsThanAskedFor() {
        TopologyGroup spread = group(0, Kind.SPREAD, "zone", 1, 2, NodeFilter.ANY, false);
        Node a = node("zone", "a");
        put(both(spread), 1, a);

        assertThat(admits(both(spread), a)).isFalse();
        Node b = node("zone", "b");
        put(both(spread), 1, b);
        assertThat(admits(both(spread), a)).isTrue();
    }

    @Test
    void leavesNodesOutThatTheFilterDoes() {
        NodeFilter amd64 =
                new NodeFilter(List.of(Requirements.of(Requirement.in("arch", "amd64"))), false, List.of(), Set.of());
        Node a = node("zone", "a", "arch", "amd64");
        Node arm = node("zone", "b", "arch", "arm64");
        Membership web = both(spread(amd64));
        put(web, 1, a, arm);
        put(web, 4, arm);

        assertThat(admits(web, a)).as("a is the only domain").isTrue();
        node("zone", "b", "arch", "amd64");
        assertThat(admits(web, a))
                .as("those on the other node of b don't count")
                .isFalse();
    }

    @Test
    void leavesNodesOutThatLackALabelOfAnotherSpread() {
        Node a = node("zone", "a", "rack", "r");
        node("zone", "b");
        Membership web = both(spread(new NodeFilter(List.of(), false, List.of(), Set.of("zone", "rack"))));
        put(web, 1, a);

        assertThat(admits(web, a)).isTrue();
    }

    @Test
    void leavesNodesOutWhoseTaintsAreNotToleratedIfTaintsCount() {
        Node a = node("zone", "a");
        enter(new Node(Map.of("zone", List.of("b")), List.of(Taint.of("team", "blue", Taint.NO_SCHEDULE)), true));
        NodeFilter honoring = new NodeFilter(List.of(), true, List.of(), Set.of());
        put(both(spread(honoring)), 1, a);

        assertThat(admits(both(spread(honoring)), a)).isTrue();
    }

    @Test
    void countsPodsOfANodeThatLeavesButNotTheNode() {
        Node a = node("zone", "a");
        Node leaving = enter(new Node(Map.of("zone", List.of("b")), List.of(), false));
        Membership web = both(spread(1));
        put(web, 1, a);

        assertThat(admits(web, a)).as("b is no domain").isTrue();
        Membership apart = both(group(1, Kind.ANTI_AFFINITY, "zone", 0, 0, NodeFilter.ANY, false));
        put(apart, 1, leaving);
        assertThat(admits(apart, Node.of("zone", "b"))).isFalse();
    }

    @Test
    void takesAHostForADomainUnlessThereMayBeMoreOfThem() {
        TopologyGroup spread = group(0, Kind.SPREAD, Labels.HOSTNAME, 1, 0, NodeFilter.ANY, false);
        Node one = node(Labels.HOSTNAME, "1");
        Node two = node(Labels.HOSTNAME, "2");
        Membership web = both(spread);
        put(web, 1, one, two);

        assertThat(filters.admits(web, one, true, false)).isTrue();
        assertThat(filters.admits(web, one, true, true))
                .as("an empty host may come")
                .isFalse();
    }

    @Test
    void keepsOwnersOfAntiAffinityFromThoseItSelects() {
        Node a = node("zone", "a");
        Node sameZone = node("zone", "a");
        Node b = node("zone", "b");
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        put(selected(apart), 1, a);

        assertThat(admits(owner(apart), sameZone)).isFalse();
        assertThat(admits(owner(apart), b)).isTrue();
        assertThat(admits(selected(apart), a)).isTrue();
    }

    @Test
    void keepsPodsFromOwnersOfAnAntiAffinityThatSelectsThem() {
        Node a = node("zone", "a");
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        put(owner(apart), 1, a);

        assertThat(admits(selected(apart), a)).isFalse();
        assertThat(admits(owner(apart), a)).isTrue();
        put(owner(apart), -1, a);
        assertThat(admits(selected(apart), a)).isTrue();
    }

    @Test
    void aWishKeepsNobodyElseAway() {
        Node a = node("zone", "a");
        TopologyGroup wish = group(0, Kind.ANTI_AFFINITY, "zone", 0, 0, NodeFilter.ANY, true);
        put(owner(wish), 1, a);

        assertThat(admits(selected(wish), a)).isTrue();
        put(selected(wish), 1, a);
        assertThat(admits(owner(wish), a)).isFalse();
    }

    @Test
    void letsANodeWithoutTheLabelBeFarFromEverybody() {
        Node bare = node("rack", "r");
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        put(both(apart), 5, bare);

        assertThat(admits(both(apart), bare)).isTrue();
    }

    @Test
    void needsCompanyInTheSameDomain() {
        Node a = node("zone", "a");
        Node sameZone = node("zone", "a");
        Node b = node("zone", "b");
        Node bare = node("rack", "r");
        TopologyGroup together = zonal(Kind.AFFINITY);

        assertThat(admits(owner(together), a)).isFalse();
        put(selected(together), 1, a);
        assertThat(admits(owner(together), sameZone)).isTrue();
        assertThat(admits(owner(together), b)).isFalse();
        assertThat(admits(owner(together), bare)).isFalse();
    }

    @Test
    void mayBeTheFirstOfItsOwnCompanyWhereTheLabelIs() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Node bare = node("rack", "r");
        TopologyGroup together = zonal(Kind.AFFINITY);

        assertThat(admits(both(together), a)).isTrue();
        assertThat(admits(both(together), bare)).isFalse();
        put(selected(together), 1, bare);
        assertThat(admits(both(together), a))
                .as("company where there is no zone is none")
                .isTrue();
        put(selected(together), 1, b);
        assertThat(admits(both(together), a)).isFalse();
    }

    @Test
    void isTheFirstOfItsCompanyInAllTermsOrInNone() {
        TopologyGroup inZone = group(0, Kind.AFFINITY, "zone", 0, 0, NodeFilter.ANY, false);
        TopologyGroup inRack = group(1, Kind.AFFINITY, "rack", 0, 0, NodeFilter.ANY, false);
        Node node = node("zone", "a", "rack", "r");
        Node noZone = node("rack", "r");
        Membership web = both(inZone, inRack);

        assertThat(admits(web, node)).isTrue();
        put(selected(inZone, inRack), 1, noZone);
        assertThat(admits(web, node)).isFalse();
    }

    @Test
    void aWishForCompanyIsNoReasonToBeTheFirstOfOthers() {
        TopologyGroup wish = group(0, Kind.AFFINITY, "zone", 0, 0, NodeFilter.ANY, true);
        TopologyGroup inRack = group(1, Kind.AFFINITY, "rack", 0, 0, NodeFilter.ANY, false);
        Node node = node("zone", "a", "rack", "r");
        put(selected(inRack), 1, node);

        assertThat(admits(both(wish, inRack), node))
                .as("the first it wishes for, with others in its rack")
                .isTrue();
    }

    @Test
    void isTheFirstOfItsCompanyWhateverCompanyItWishesForHasCome() {
        TopologyGroup wish = group(0, Kind.AFFINITY, "zone", 0, 0, NodeFilter.ANY, true);
        TopologyGroup inRack = group(1, Kind.AFFINITY, "rack", 0, 0, NodeFilter.ANY, false);
        Node node = node("zone", "a", "rack", "r");
        put(selected(wish), 1, node);

        assertThat(admits(both(wish, inRack), node)).isTrue();
    }

    @Test
    void isTheFirstOfItsCompanyOnlyIfItMayStart() {
        Node a = node("zone", "a");
        Membership company = both(zonal(Kind.AFFINITY));

        assertThat(filters.hasCompany(company, a, true, true)).isTrue();
        assertThat(filters.hasCompany(company, a, true, false)).isFalse();
        put(company, 1, a);
        assertThat(filters.hasCompany(company, a, true, false)).isTrue();
    }

    @Test
    void countsTheGroupsThatRefuseAndCompanyAsOne() {
        TopologyGroup inZone = group(0, Kind.AFFINITY, "zone", 0, 0, NodeFilter.ANY, false);
        TopologyGroup inRack = group(1, Kind.AFFINITY, "rack", 0, 0, NodeFilter.ANY, false);
        TopologyGroup spread = group(2, Kind.SPREAD, "zone", 1, 0, NodeFilter.ANY, false);
        TopologyGroup apart = group(3, Kind.ANTI_AFFINITY, "zone", 0, 0, NodeFilter.ANY, false);
        Node a = node("zone", "a", "rack", "r");
        Node b = node("zone", "b", "rack", "s");
        put(selected(spread, apart), 1, a);
        Membership picky = Membership.of(List.of(inZone, inRack, spread, apart), List.of(spread));

        assertThat(filters.refusals(picky, a))
                .as("no company in zone and rack, more than in b, and not alone")
                .isEqualTo(3);
        assertThat(filters.refusals(picky, b)).isEqualTo(1);
        put(selected(inZone, inRack), 1, b);
        assertThat(filters.refusals(picky, b)).isZero();
    }

    @Test
    void countsWhoRefusesAPodThatIsThereAsIfItWereNot() {
        Node a = node("zone", "a");
        Membership apart = both(zonal(Kind.ANTI_AFFINITY));
        put(apart, 1, a);

        assertThat(filters.refusalsAgain(apart, a)).as("it is alone").isZero();
        assertThat(admits(apart, a)).as("and is still there").isFalse();
        put(apart, 1, a);
        assertThat(filters.refusalsAgain(apart, a)).isEqualTo(1);
    }

    @Test
    void keepsAwayFromOwnersOnANodeThatLeaves() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        Node leaving = enter(new Node(Map.of("zone", List.of("b")), List.of(), false));
        Node b = node("zone", "b");
        assertThat(admits(selected(apart), b)).isTrue();
        filters.leave(b);
        put(owner(apart), 1, leaving);

        assertThat(admits(selected(apart), b)).isFalse();
        filters.leave(leaving);
        assertThat(admits(selected(apart), b)).isTrue();
    }

    @Test
    void takesPodsOnANodeThatLeavesForADomainWhileTheyAreThere() {
        Node a = node("zone", "a");
        Node leaving = enter(new Node(Map.of("zone", List.of("b")), List.of(), false));
        Membership web = both(spread(1));
        put(web, 2, a);
        assertThat(admits(web, a)).as("a is all there is").isTrue();
        put(web, 1, leaving);

        assertThat(admits(web, a)).as("3 − 1 > 1").isFalse();
    }

    @Test
    void letsAPodStayThatWouldBeLetInAgain() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Membership web = both(spread(1));
        put(web, 1, a);
        assertThat(filters.allows(web, a)).isTrue();
        put(web, 1, a);
        assertThat(filters.allows(web, a)).isFalse();
        put(web, 1, b);
        assertThat(filters.allows(web, a)).isTrue();
    }

    @Test
    void takesALabelThatIsOpenForTheLikeliestOrForTheWorst() {
        Node a = node("zone", "a");
        Node open = node("zone", "b|a");
        Membership web = both(spread(1));
        put(web, 1, a, open);

        assertThat(admitsForCertain(web, a))
                .as("one each in a and b, or a is all there is")
                .isTrue();
        node("zone", "b");
        assertThat(admits(web, a)).as("one each in a and b").isTrue();
        assertThat(admitsForCertain(web, a)).as("both may be in a").isFalse();
    }

    @Test
    void reckonsWithADomainThatAnOpenLabelMayMake() {
        Node a = node("zone", "a");
        node("zone", "a|b");
        Membership web = both(spread(1));
        put(web, 1, a);

        assertThat(admits(web, a)).isTrue();
        assertThat(admitsForCertain(web, a)).as("b may come to be, empty").isFalse();
    }

    @Test
    void doesNotCountOnADomainThatIsOpenForTheDomainsAskedFor() {
        TopologyGroup spread = group(0, Kind.SPREAD, "zone", 1, 2, NodeFilter.ANY, false);
        Node a = node("zone", "a");
        Node other = node("zone", "a");
        Node open = node("zone", "b|a");
        put(both(spread), 1, a, open);

        assertThat(admits(both(spread), other)).isTrue();
        assertThat(admitsForCertain(both(spread), other)).isFalse();
    }

    @Test
    void reckonsWithNodesThatTheFilterMayLeaveOut() {
        NodeFilter amd64 =
                new NodeFilter(List.of(Requirements.of(Requirement.in("arch", "amd64"))), false, List.of(), Set.of());
        Node a = node("zone", "a", "arch", "amd64");
        Node open = node("zone", "b", "arch", "amd64|arm64");
        node("zone", "b", "arch", "amd64");
        Membership web = both(spread(amd64));
        put(web, 1, a, open);

        assertThat(admits(web, a)).isTrue();
        assertThat(admitsForCertain(web, a)).isFalse();
    }

    @Test
    void reckonsWithAHostThatTheFilterMayCount() {
        NodeFilter amd64 =
                new NodeFilter(List.of(Requirements.of(Requirement.in("arch", "amd64"))), false, List.of(), Set.of());
        TopologyGroup spread = group(0, Kind.SPREAD, Labels.HOSTNAME, 1, 0, amd64, false);
        Node one = node(Labels.HOSTNAME, "1", "arch", "amd64");
        node(Labels.HOSTNAME, "2", "arch", "arm64|amd64");
        put(both(spread), 1, one);

        assertThat(admits(both(spread), one)).isTrue();
        assertThat(admitsForCertain(both(spread), one)).isFalse();
    }

    @Test
    void countsWhatComesAndGoesAfterItWasAsked() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Membership web = both(spread(1));
        put(web, 1, a, b);
        assertThat(admits(web, a)).isTrue();

        filters.leave(b);
        put(web, 1, a);
        assertThat(admits(web, a)).as("a is all there is").isTrue();
        filters.enter(b);
        assertThat(admits(web, a)).as("3 − 1 > 1").isFalse();
        assertThat(admits(web, b)).isTrue();
        put(web, 1, b);
        assertThat(admits(web, a)).as("3 − 2 = 1").isTrue();
    }

    @Test
    void looksAtEachNodeOncePerGroup() {
        for (int i = 0; i < 10; i++) {
            node("zone", "z" + i);
        }
        Node last = node("zone", "z");
        Membership web = both(spread(1));
        for (int i = 0; i < 20; i++) {
            admits(web, last);
        }
        assertThat(filters.looks()).isEqualTo(11);
        node("zone", "new");
        admits(web, last);
        assertThat(filters.looks()).isEqualTo(12);
        filters.leave(last);
        assertThat(filters.looks()).isEqualTo(13);
    }
}
