package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Taint;
import karpenter.core.cluster.Toleration;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.junit.jupiter.api.Test;

/** Which nodes a spread constraint counts. */
class NodeFilterTest {
    private static final Map<String, String> LABELS = Map.of("zone", "a", "disk", "fast");
    private static final Taint HARD = Taint.of("team", "blue", Taint.NO_SCHEDULE);

    @Test
    void countsNodesThatMeetOneOfTheAlternatives() {
        Requirements slow = Requirements.of(Requirement.in("disk", "slow"));
        Requirements fast = Requirements.of(Requirement.in("disk", "fast"));
        assertThat(filter(slow, fast).counts(LABELS, List.of())).isTrue();
        assertThat(filter(slow).counts(LABELS, List.of())).isFalse();
        assertThat(filter(fast).counts(Map.of("zone", "a"), List.of())).isFalse();
        assertThat(filter().counts(Map.of(), List.of())).isTrue();
    }

    private static NodeFilter filter(Requirements... alternatives) {
        return new NodeFilter(List.of(alternatives), false, List.of(), Set.of());
    }

    @Test
    void countsNodesThatHaveTheLabelsOfAllConstraints() {
        NodeFilter filter = new NodeFilter(List.of(), false, List.of(), Set.of("zone", "disk"));
        assertThat(filter.counts(LABELS, List.of())).isTrue();
        assertThat(filter.counts(Map.of("zone", "a"), List.of())).isFalse();
    }

    @Test
    void countsTaintedNodesUnlessTaintsAreHonored() {
        assertThat(filter().counts(LABELS, List.of(HARD))).isTrue();
        NodeFilter honoring = new NodeFilter(List.of(), true, List.of(), Set.of());
        assertThat(honoring.counts(LABELS, List.of(HARD))).isFalse();
        assertThat(honoring.toleratesAll(List.of(HARD))).isFalse();
        assertThat(honoring.counts(LABELS, List.of())).isTrue();
    }

    @Test
    void countsNodesWhoseTaintsAreAllTolerated() {
        Toleration blue = new Toleration("team", "Equal", "blue", "");
        NodeFilter tolerant =
                new NodeFilter(List.of(), true, List.of(new Toleration("other", "Exists", "", ""), blue), Set.of());
        assertThat(tolerant.counts(LABELS, List.of(HARD))).isTrue();
        assertThat(tolerant.counts(LABELS, List.of(HARD, Taint.of("team", "red", Taint.NO_EXECUTE))))
                .isFalse();
        assertThat(tolerant.counts(LABELS, List.of(Taint.of("team", "red", Taint.PREFER_NO_SCHEDULE))))
                .as("a taint that is only a preference keeps nobody off")
                .isTrue();
    }
}
