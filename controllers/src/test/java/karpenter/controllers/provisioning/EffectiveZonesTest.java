package karpenter.controllers.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.runtime.TestingScrape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("scheduling: metrics with effective zone")
final class EffectiveZonesTest {
    private static final String NAME = "karpenter_scheduler_pending_pods_by_effective_zone_count";
    private static final String TYPE = "# TYPE " + NAME + " gauge";
    private static final String SERIES = NAME + "{controller=\"provisioner\",";

    private static String zone(PodBuilder pod) {
        Map<String, Integer> counts = EffectiveZones.count(List.of(pod.build()));
        assertThat(counts).hasSize(1).containsValue(1);
        return counts.keySet().iterator().next();
    }

    private static PodBuilder requiring(NodeSelectorRequirement... expressions) {
        return PodBuilder.pod("web").requireNode(expressions);
    }

    private static NodeSelectorRequirement zones(String operator, String... values) {
        return NodeSelectorRequirement.of(Labels.ZONE, operator, values);
    }

    @Test
    void isTheOneZoneThatThePodAllows() {
        assertThat(zone(PodBuilder.pod("web").nodeSelector(Labels.ZONE, "a"))).isEqualTo("a");
        assertThat(zone(PodBuilder.pod("web").nodeSelector("failure-domain.beta.kubernetes.io/zone", "a")))
                .isEqualTo("a");
        assertThat(zone(requiring(zones("In", "a")))).isEqualTo("a");
        assertThat(zone(requiring(zones("In", "a", "b"), zones("NotIn", "b")))).isEqualTo("a");
        assertThat(zone(requiring(zones("In", "a", "b")).nodeSelector(Labels.ZONE, "b")))
                .isEqualTo("b");
    }

    @Test
    void isFlexibleWhereSeveralZonesWillDo() {
        assertThat(zone(PodBuilder.pod("web"))).isEqualTo("flexible");
        assertThat(zone(requiring(zones("In", "a", "b")))).isEqualTo("flexible");
        assertThat(zone(requiring(zones("NotIn", "a")))).isEqualTo("flexible");
        assertThat(zone(requiring(zones("Exists")))).isEqualTo("flexible");
        assertThat(zone(requiring(zones("In", "a"))
                        .requireNode(NodeSelectorRequirement.of("example.com/rack", "Exists"))))
                .as("the second alternative leaves the zone open")
                .isEqualTo("flexible");
    }

    @Test
    void joinsTheZonesOfAlternatives() {
        assertThat(zone(requiring(zones("In", "a")).requireNode(zones("In", "b"))))
                .isEqualTo("flexible");
        assertThat(zone(requiring(zones("In", "a")).requireNode(zones("In", "a"))))
                .isEqualTo("a");
    }

    @Test
    void isNoneWhereNoZoneWillDo() {
        assertThat(zone(requiring(zones("In", "a")).nodeSelector(Labels.ZONE, "b")))
                .isEqualTo("none");
    }

    @Test
    void countsPodsOfOneZoneTogether() {
        Pod first = PodBuilder.pod("first").nodeSelector(Labels.ZONE, "a").build();
        Pod second = PodBuilder.pod("second").nodeSelector(Labels.ZONE, "a").build();
        Pod third = PodBuilder.pod("third").build();
        assertThat(EffectiveZones.count(List.of(first, second, third))).isEqualTo(Map.of("a", 2, "flexible", 1));
    }

    @Test
    void showsWhatWaitsAndForgetsWhatWaitsNoMore() {
        ProvisioningWorld cluster = new ProvisioningWorld();
        FakeWorld world = cluster.world;
        Pod picky = world.api.putPod(PodBuilder.pod("picky")
                .request("cpu", "64")
                .nodeSelector(Labels.ZONE, "a")
                .build());
        cluster.waiting(2, "64");
        cluster.pass(2);
        assertThat(pending(world)).containsExactly(TYPE, SERIES + "zone=\"a\"} 1", SERIES + "zone=\"flexible\"} 2");
        world.api.removePod(picky.key());
        cluster.pass(11);
        assertThat(pending(world)).containsExactly(TYPE, SERIES + "zone=\"flexible\"} 2");
    }

    private static List<String> pending(FakeWorld world) {
        return TestingScrape.family(world.context.metrics(), NAME);
    }
}
