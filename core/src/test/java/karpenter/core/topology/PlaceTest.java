package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Taint;
import karpenter.core.topology.FilteredNodes.Node;
import karpenter.core.topology.TopologyGroup.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The pods on a node. */
class PlaceTest {
    private final Node place = Node.of("zone", "a");

    private static TopologyGroup group(Kind kind, boolean wish) {
        return new TopologyGroup(
                0, new TopologyGroup.Terms(kind, "zone", new Selection(List.of()), 1, 0, NodeFilter.ANY, wish));
    }

    private static Membership owner(Kind kind, boolean wish) {
        return Membership.of(List.of(group(kind, wish)), List.of());
    }

    @Test
    void staysUnlessSaidOtherwise() {
        Place plain = new Place() {
            @Override
            protected @Nullable String label(String key) {
                return null;
            }

            @Override
            protected Set<String> possible(String key) {
                return Set.of();
            }

            @Override
            protected List<Taint> taints() {
                return List.of();
            }
        };
        assertThat(plain.stays()).isTrue();
    }

    @Test
    void addsUpThePodsAlike() {
        Membership web = owner(Kind.SPREAD, false);
        assertThat(place.hasPods()).isFalse();
        place.add(web, 3);
        place.add(web, -1);
        place.add(Membership.NONE, 1);

        Map<Membership, Integer> seen = new HashMap<>();
        place.forEachPod(seen::put);
        assertThat(seen).containsExactlyInAnyOrderEntriesOf(Map.of(web, 2, Membership.NONE, 1));
        assertThat(place.hasPods()).isTrue();
    }

    @Test
    void hasSpreadWhileAPodIsThereThatInsistsOnIt() {
        place.add(owner(Kind.SPREAD, true), 1);
        place.add(owner(Kind.AFFINITY, false), 1);
        place.add(Membership.of(List.of(), List.of(group(Kind.SPREAD, false))), 1);
        assertThat(place.hasSpread()).isFalse();

        Membership spread = owner(Kind.SPREAD, false);
        place.add(spread, 1);
        assertThat(place.hasSpread()).isTrue();
        place.add(spread, -1);
        assertThat(place.hasSpread()).as("it has left").isFalse();
    }
}
