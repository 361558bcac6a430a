package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.FilteredNodes.Node;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** Which nodes a group counts, and where. */
class NodeInclusionTest {
    private static TopologyGroup group(Kind kind, NodeFilter filter) {
        return new TopologyGroup(
                0, new TopologyGroup.Terms(kind, "zone", new Selection(List.of()), 1, 0, filter, false));
    }

    private static NodeFilter oneOf(Requirement... alternatives) {
        return new NodeFilter(Arrays.stream(alternatives).map(Requirements::of).toList(), false, List.of(), Set.of());
    }

    private static String values(int count) {
        return IntStream.range(0, count).mapToObj(i -> "v" + i).collect(Collectors.joining("|"));
    }

    @Test
    void countsEachNodeUnlessASpreadsFilterLeavesItOut() {
        NodeFilter amd64 = oneOf(Requirement.in("arch", "amd64"));
        Node arm = Node.of("zone", "a", "arch", "arm64");

        assertThat(NodeInclusion.counts(group(Kind.SPREAD, NodeFilter.ANY), arm))
                .isTrue();
        assertThat(NodeInclusion.counts(group(Kind.SPREAD, amd64), arm)).isFalse();
        assertThat(NodeInclusion.counts(group(Kind.SPREAD, amd64), Node.of("arch", "amd64|arm64")))
                .as("by the likeliest label")
                .isTrue();
        assertThat(NodeInclusion.counts(group(Kind.AFFINITY, amd64), arm)).isTrue();
    }

    @Test
    void isOpenWhereTheDomainOrTheFiltersAnswerIs() {
        TopologyGroup amd64 = group(Kind.SPREAD, oneOf(Requirement.in("arch", "amd64")));

        assertThat(NodeInclusion.isOpen(amd64, Node.of("zone", "a", "arch", "amd64")))
                .isFalse();
        assertThat(NodeInclusion.isOpen(amd64, Node.of("zone", "a|b", "arch", "amd64")))
                .isTrue();
        assertThat(NodeInclusion.isOpen(amd64, Node.of("zone", "a", "arch", "amd64|arm64")))
                .isTrue();
        assertThat(NodeInclusion.isOpen(amd64, Node.of("zone", "a", "arch", "arm64|s390x")))
                .as("left out either way")
                .isFalse();
        assertThat(NodeInclusion.isOpen(group(Kind.SPREAD, NodeFilter.ANY), Node.of("arch", "amd64|arm64")))
                .as("nobody asks for it")
                .isFalse();
    }

    @Test
    void isSettledOnceOneValueIsLeftOfThoseThatALabelCouldHave() {
        TopologyGroup amd64 = group(Kind.SPREAD, oneOf(Requirement.in("arch", "amd64")));
        Node settled = Node.of("zone", "a|a", "arch", "amd64|amd64");

        assertThat(settled.possible("zone")).containsExactly("a");
        assertThat(NodeInclusion.isOpen(amd64, settled)).isFalse();
        assertThat(NodeInclusion.domains(amd64, settled)).containsExactly("a");
    }

    @Test
    void asksForAllAlternativesTogether() {
        TopologyGroup either =
                group(Kind.SPREAD, oneOf(Requirement.in("arch", "amd64"), Requirement.in("os", "linux")));

        assertThat(NodeInclusion.mayOrMayNotCount(either, Node.of("arch", "amd64|arm64", "os", "linux")))
                .as("linux will do anyway")
                .isFalse();
        assertThat(NodeInclusion.mayOrMayNotCount(either, Node.of("arch", "amd64|arm64", "os", "linux|windows")))
                .as("it could be windows on arm64")
                .isTrue();
    }

    @Test
    void takesMoreThan256OutcomesForOpenWithoutLookingAtThem() {
        TopologyGroup any = group(Kind.SPREAD, oneOf(Requirement.exists("size"), Requirement.exists("generation")));

        assertThat(NodeInclusion.mayOrMayNotCount(any, Node.of("size", values(16), "generation", values(16))))
                .as("256 outcomes, all of which count")
                .isFalse();
        assertThat(NodeInclusion.mayOrMayNotCount(any, Node.of("size", values(257))))
                .isTrue();
    }

    @Test
    void isInOneDomainOnceTheLabelIsSettledAndInNoneWithoutIt() {
        TopologyGroup zonal = group(Kind.AFFINITY, NodeFilter.ANY);

        assertThat(NodeInclusion.domains(zonal, Node.of("zone", "a"))).containsExactly("a");
        assertThat(NodeInclusion.domains(zonal, Node.of("zone", "a|b"))).containsExactlyInAnyOrder("a", "b");
        assertThat(NodeInclusion.domains(zonal, Node.of("rack", "r"))).isEmpty();
    }
}
