package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** What a group is called and told apart by. */
class TopologyGroupTest {
    private static TopologyGroup group(int id) {
        return FilteredNodes.group(id, Kind.SPREAD, "zone", 1, 0, NodeFilter.ANY, false);
    }

    @Test
    void callsKindsWhatUpstreamDoes() {
        assertThat(Arrays.stream(Kind.values()).map(Kind::text))
                .containsExactly("topology spread", "pod affinity", "pod anti-affinity");
    }

    @Test
    void isNobodyButItself() {
        TopologyGroup group = group(1);
        assertThat(List.of(group(1), group)).as("equal terms in another pass").doesNotHaveDuplicates();
        assertThat(IntStream.range(0, 9).map(id -> group(id).hashCode()).distinct())
                .as("groups of a pass hash apart")
                .hasSize(9);
    }
}
