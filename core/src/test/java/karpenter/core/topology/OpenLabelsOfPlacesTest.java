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

/** What is certain and what may be, while labels of nodes are still open. The first value of a node is the likeliest. */
class OpenLabelsOfPlacesTest extends FilteredNodes {
    private static final NodeFilter AMD64 =
            new NodeFilter(List.of(Requirements.of(Requirement.in("arch", "amd64"))), false, List.of(), Set.of());

    private static TopologyGroup group(int id, Kind kind, String key, int maxSkew, int minDomains, NodeFilter filter) {
        return group(id, kind, key, maxSkew, minDomains, filter, false);
    }

    private static TopologyGroup zonal(Kind kind) {
        return group(0, kind, "zone", kind == Kind.SPREAD ? 1 : 0, 0, NodeFilter.ANY);
    }

    private static Membership spread(int maxSkew, int minDomains) {
        return both(group(0, Kind.SPREAD, "zone", maxSkew, minDomains, NodeFilter.ANY));
    }

    private boolean isLikely(Membership membership, Node node) {
        return filters.admits(membership, node, false, false);
    }

    private boolean isCertain(Membership membership, Node node) {
        return filters.admits(membership, node, true, false);
    }

    private boolean may(Membership membership, Node node) {
        return filters.mayAdmit(membership, node, false);
    }

    @Test
    void aNodeThatIsAskedAboutMakesNoOtherDomainBe() {
        Node a = node("zone", "a");
        Node open = node("zone", "a|b");
        Membership web = spread(1, 0);
        put(web, 1, a);

        assertThat(isCertain(web, open)).as("in a, a is all there is").isTrue();
        assertThat(isCertain(web, a)).as("the open node may make b be").isFalse();
        put(web, 1, open);
        put(web, -1, a);
        assertThat(isCertain(web, open))
                .as("in b with its pod, two against none in a")
                .isFalse();
    }

    @Test
    void isCertainOfASpreadOnlyWhereEachDomainWouldDo() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Node open = node("zone", "a|b");
        Membership web = spread(1, 0);
        put(web, 1, b);

        assertThat(isLikely(web, open)).isTrue();
        assertThat(isCertain(web, open)).as("b would have two, a none").isFalse();
        put(web, 1, a);
        assertThat(isCertain(web, open)).isTrue();
    }

    @Test
    void isCertainOfANodeThatMayNotCountOnlyWhereItsDomainWouldDo() {
        Node a = node("zone", "a", "arch", "amd64");
        Node b = node("zone", "b", "arch", "amd64");
        Node open = node("zone", "a", "arch", "arm64|amd64");
        Membership web = both(group(0, Kind.SPREAD, "zone", 1, 0, AMD64));
        put(web, 1, a);

        assertThat(isCertain(web, open)).as("a has one more than b already").isFalse();
        put(web, 1, b);
        assertThat(isCertain(web, open)).isTrue();
    }

    @Test
    void countsOnItsOwnNodeForTheDomainsAskedForUnlessItMayNotCount() {
        Membership web = both(group(0, Kind.SPREAD, "zone", 1, 2, AMD64));
        Node a = node("zone", "a", "arch", "amd64");
        Node mayComeToC = node("zone", "a|c", "arch", "amd64");
        put(web, 1, a, mayComeToC);

        assertThat(isCertain(web, Node.of("zone", "c", "arch", "amd64")))
                .as("a and c are two, with one each at worst")
                .isTrue();
        assertThat(isCertain(web, Node.of("zone", "c", "arch", "amd64|arm64")))
                .as("a may be the only one, so that the least is 0")
                .isFalse();
        assertThat(isCertain(web, Node.of("zone", "c", "arch", "arm64")))
                .as("no domain of the spread")
                .isFalse();
    }

    @Test
    void takesNodesThatWillNotBeInTheDomainForLessThanItsOwn() {
        Node a = node("zone", "a");
        Node open = node("zone", "b|c");
        Membership web = spread(2, 0);
        put(web, 3, a);
        put(web, 2, open);

        assertThat(isCertain(web, a)).as("3 + 1 − 2 = 2").isTrue();
        put(web, 1, a);
        assertThat(isCertain(web, a)).as("4 + 1 − 2 > 2").isFalse();
    }

    @Test
    void isInOneOfItsDomainsOnly() {
        Node a = node("zone", "a");
        Node open = node("zone", "b|a");
        Membership web = spread(1, 0);
        put(web, 1, a);
        put(web, 2, open);

        assertThat(isCertain(web, a))
                .as("two in b against one in a, or three in a alone")
                .isTrue();
    }

    @Test
    void leavesPodsOutOfTheLeastCountThatMayBeElsewhere() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Node open = node("zone", "b|c");
        Membership web = spread(1, 0);
        put(web, 1, a, open);

        assertThat(isLikely(web, a)).as("one each").isTrue();
        assertThat(isCertain(web, a)).as("that of b may be in c").isFalse();
        put(web, 1, b);
        assertThat(isCertain(web, a)).isTrue();
    }

    @Test
    void forgetsAnOpenNodeThatHasGone() {
        Node a = node("zone", "a");
        Node open = node("zone", "a|b");
        Membership web = spread(1, 2);
        put(web, 1, a);
        assertThat(may(web, a)).as("b may come to be, but empty").isTrue();

        filters.leave(open);
        assertThat(may(web, a)).as("a can't be but alone").isFalse();
    }

    @Test
    void takesNodesThatItsTaintsKeepOutForSettled() {
        NodeFilter honoring = new NodeFilter(List.of(), true, List.of(), Set.of());
        Membership web = both(group(0, Kind.SPREAD, "zone", 1, 0, honoring));
        Node a = node("zone", "a");
        filters.enter(new Node(
                Map.of("zone", List.of("a", "b")), List.of(Taint.of("team", "blue", Taint.NO_SCHEDULE)), true));
        put(web, 1, a);

        assertThat(isCertain(web, a))
                .as("the tainted node makes no domain be, wherever it is")
                .isTrue();
    }

    @Test
    void isCertainOfAntiAffinityOnlyWhereNobodyMayCome() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Node open = node("zone", "a|b");
        assertThat(isCertain(owner(apart), open)).isTrue();

        put(selected(apart), 1, open);
        assertThat(isLikely(owner(apart), b)).isTrue();
        assertThat(isCertain(owner(apart), b)).as("it may come to b").isFalse();
        put(selected(apart), -1, open);
        put(owner(apart), 1, open);
        assertThat(isLikely(selected(apart), b)).isTrue();
        assertThat(isCertain(selected(apart), b)).isFalse();
        put(owner(apart), -1, open);
        put(selected(apart), 1, b);
        assertThat(isLikely(owner(apart), open)).isTrue();
        assertThat(isCertain(owner(apart), open)).isFalse();
        assertThat(isCertain(owner(apart), a)).isTrue();
    }

    @Test
    void remembersOwnersThatMayComeWhereNothingElseIs() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        Node open = node("zone", "a|b");
        Membership web = selected(apart);
        assertThat(isCertain(web, Node.of("zone", "b"))).isTrue();
        put(owner(apart), 1, open);

        assertThat(isLikely(web, Node.of("zone", "b"))).isTrue();
        assertThat(isCertain(web, Node.of("zone", "b"))).isFalse();
        put(owner(apart), -1, open);
        assertThat(isCertain(web, Node.of("zone", "b"))).isTrue();
    }

    @Test
    void isCertainOfCompanyOnlyWhereItStays() {
        TopologyGroup together = zonal(Kind.AFFINITY);
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Node open = node("zone", "a|b");
        put(selected(together), 1, open);

        assertThat(isLikely(owner(together), a)).isTrue();
        assertThat(isCertain(owner(together), a)).as("it may go to b").isFalse();
        assertThat(isCertain(owner(together), open))
                .as("on the same node it is wherever that is")
                .isTrue();
        put(selected(together), -1, open);
        put(selected(together), 1, a);
        assertThat(isLikely(owner(together), open)).isTrue();
        assertThat(isCertain(owner(together), open)).as("it may be in b").isFalse();
        put(selected(together), 1, b);
        assertThat(isCertain(owner(together), open)).isTrue();
    }

    @Test
    void mayLetInWhereThoseInTheWayMayBeElsewhere() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        Node open = node("zone", "a|b");
        Membership web = spread(1, 0);
        put(web, 1, open);

        assertThat(isLikely(web, a)).isFalse();
        assertThat(may(web, a)).as("it may be in b").isTrue();
        put(web, 1, a);
        assertThat(may(web, a)).as("one in b, one in a").isTrue();
        put(web, 1, a);
        assertThat(may(web, a)).as("two in a already, no more than one in b").isFalse();
        put(web, 1, b);
        assertThat(may(web, a)).isTrue();
    }

    @Test
    void mayNotLetInWhereNothingIsOpenAndTheRuleIsAgainstIt() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        TopologyGroup spread = zonal(Kind.SPREAD);
        put(selected(spread), 1, a);

        assertThat(may(both(spread), a)).isFalse();
        assertThat(may(both(spread), b)).isTrue();
        assertThat(may(selected(spread), a)).as("only its owners are asked").isTrue();
        assertThat(may(owner(spread), a)).as("it adds nothing").isTrue();
        assertThat(may(owner(spread), Node.of("rack", "r"))).as("no zone").isFalse();
    }

    @Test
    void mayLetInWhereItMayComeToAnotherDomain() {
        Node a = node("zone", "a");
        Node open = node("zone", "a|b");
        node("zone", "b");
        Membership web = spread(1, 0);
        put(web, 5, a);

        assertThat(isLikely(web, open)).isFalse();
        assertThat(may(web, open)).isTrue();
        TopologyGroup apart = group(1, Kind.ANTI_AFFINITY, "zone", 0, 0, NodeFilter.ANY);
        put(selected(apart), 1, a);
        assertThat(isLikely(owner(apart), open)).isFalse();
        assertThat(may(owner(apart), open)).isTrue();
    }

    @Test
    void mayCountOnDomainsThatCouldComeToBe() {
        Membership web = spread(1, 3);
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        node("zone", "a|b");
        put(web, 1, a, b);
        assertThat(may(web, a)).as("there can't be three").isFalse();

        Node open = node("zone", "a|c");
        assertThat(isLikely(web, a)).isFalse();
        assertThat(may(web, a))
                .as("c may be the third, but not with fewer than b")
                .isTrue();
        filters.leave(open);
        assertThat(may(web, a)).isFalse();
    }

    @Test
    void mayLetInWhereNoDomainCounts() {
        Node arm = node("zone", "a", "arch", "arm64");
        Membership web = both(group(0, Kind.SPREAD, "zone", 1, 0, AMD64));
        put(web, 3, arm);

        assertThat(may(web, arm)).isTrue();
        assertThat(isLikely(web, arm)).isTrue();
    }

    @Test
    void mayLetInMoreOnAHostOnlyWhileNoEmptyOneComes() {
        Membership web = both(group(0, Kind.SPREAD, Labels.HOSTNAME, 1, 0, NodeFilter.ANY));
        Node one = node(Labels.HOSTNAME, "1");
        Node two = node(Labels.HOSTNAME, "2");
        put(web, 1, one, two);

        assertThat(filters.mayAdmit(web, one, false)).isTrue();
        assertThat(filters.mayAdmit(web, one, true)).isFalse();
    }

    @Test
    void anEmptyNodeThatComesIsNoNewZone() {
        Membership web = spread(1, 0);
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        put(web, 1, a, b);

        assertThat(filters.mayAdmit(web, a, true)).isTrue();
        assertThat(filters.admits(web, a, false, true)).isTrue();
    }

    @Test
    void mayStandThoseWhoMayBeElsewhereOnly() {
        TopologyGroup apart = zonal(Kind.ANTI_AFFINITY);
        Node a = node("zone", "a");
        Node open = node("zone", "a|b");
        put(both(apart), 1, open);

        assertThat(isLikely(both(apart), a)).isFalse();
        assertThat(may(both(apart), a)).isTrue();
        put(selected(apart), 1, a);
        assertThat(may(owner(apart), a)).isFalse();
        assertThat(may(selected(apart), a)).isTrue();
        put(selected(apart), -1, a);
        put(owner(apart), 1, a);
        assertThat(may(selected(apart), a)).isFalse();
        assertThat(may(owner(apart), a)).isTrue();
        assertThat(may(both(apart), Node.of("rack", "r")))
                .as("without a zone it is far from all")
                .isTrue();
    }

    @Test
    void mayLetInOnlyWithCompany() {
        TopologyGroup together = zonal(Kind.AFFINITY);
        Node a = node("zone", "a");

        assertThat(may(owner(together), a)).isFalse();
        put(selected(together), 1, a);
        assertThat(may(owner(together), a)).isTrue();
    }

    @Test
    void looksAtTheDomainsThatAreThereWhileALabelIsOpen() {
        Node a = node("zone", "a");
        Node b = node("zone", "b");
        node("zone", "a|b");
        Membership web = spread(1, 0);
        isCertain(web, a);
        long before = filters.looks();
        isCertain(web, a);
        assertThat(filters.looks() - before)
                .as("two domains, one kind of open nodes")
                .isEqualTo(3);

        filters.leave(b);
        before = filters.looks();
        isCertain(web, a);
        assertThat(filters.looks() - before).as("b is forgotten").isEqualTo(2);
    }
}
