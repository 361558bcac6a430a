package karpenter.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.PreferredTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.cluster.PodShape.VolumeReference;
import karpenter.core.cluster.PodShape.WeightedPodAffinityTerm;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** How the shape of a pod is described. */
class PodShapeTest {
    private static PodAffinityTerm term(String key) {
        return new PodAffinityTerm(key, null, List.of(), null, List.of(), List.of());
    }

    /** Says something else about each thing than a spec that says nothing, and of no two things the same. */
    private static PodShape demanding() {
        NodeSelectorTerm fast = new NodeSelectorTerm(List.of(NodeSelectorRequirement.of("disk", "In", "fast")), false);
        return new PodShape(
                "shop",
                Map.of("app", "web"),
                new PodOwner("apps/v1", "ReplicaSet", "web", "uid"),
                ResourceVector.of(100, 1),
                ResourceVector.of(200, 2),
                Map.of("arch", "arm64"),
                List.of(fast),
                List.of(new PreferredTerm(1, fast)),
                List.of(Toleration.EVERYTHING),
                List.of(new HostPort("", 80, "TCP")),
                List.of(new TopologySpreadConstraint(1, "zone", "DoNotSchedule", null, null, null, null, List.of())),
                List.of(term("near")),
                List.of(new WeightedPodAffinityTerm(1, term("rather near"))),
                List.of(term("far")),
                List.of(new WeightedPodAffinityTerm(1, term("rather far"))),
                List.of(new VolumeReference("data", "data", false, null)),
                List.of("gpu"),
                7,
                "high",
                "mine",
                5);
    }

    @Test
    void isItselfAgainWhenNothingMoreIsSaid() {
        assertThat(demanding().toBuilder().build()).isEqualTo(demanding());
    }

    @Test
    void isWhatWasSaidLast() {
        PodShape other = demanding().toBuilder().priority(8).priority(9).build();
        assertThat(other.priority()).isEqualTo(9);
        assertThat(other.toBuilder().priority(7).build()).isEqualTo(demanding());
    }

    @Test
    void asksForItsPlaceAloneUnlessSaidOtherwise() {
        PodShape plain = PodShape.builder("shop").build();
        assertThat(plain.namespace()).isEqualTo("shop");
        assertThat(plain.owner()).isNull();
        assertThat(plain.requests()).isEqualTo(ResourceVector.ZERO.with("pods", 1));
        assertThat(plain.limits()).isEqualTo(ResourceVector.ZERO);
        assertThat(plain.schedulerName()).isEqualTo("default-scheduler");
        assertThat(plain.terminationGracePeriodSeconds()).isEqualTo(30);
    }
}
