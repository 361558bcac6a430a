package karpenter.app.demo;

import static karpenter.app.demo.Records.claim;
import static karpenter.app.demo.Records.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacementTest {
    @Test
    void podsOnTheNodeOfTheirClaimAreAsPlanned() {
        Placement placement = Placement.of(
                List.of(pod("a", "n1", true), pod("b", "n2", true)),
                List.of(claim("c1", "n1", 1), claim("c2", "n2", 1)),
                Map.of("uid-a", List.of("c1"), "uid-b", List.of("c2", "n2")));

        assertThat(placement).isEqualTo(new Placement(2, 0, 0));
    }

    @Test
    void podsThatChangedPlacesAreElsewhereWithoutCrowding() {
        Placement placement = Placement.of(
                List.of(pod("a", "n2", true), pod("b", "n1", true)),
                List.of(claim("c1", "n1", 1), claim("c2", "n2", 1)),
                Map.of("uid-a", List.of("c1"), "uid-b", List.of("c2")));

        assertThat(placement).isEqualTo(new Placement(2, 2, 0));
    }

    @Test
    void podsBeyondThePlannedNumberCrowd() {
        Placement placement = Placement.of(
                List.of(pod("a", "n1", true), pod("b", "n1", true), pod("c", "n1", true), pod("d", null, false)),
                List.of(claim("c1", "n1", 1), claim("c2", "n2", 2)),
                Map.of());

        assertThat(placement).isEqualTo(new Placement(0, 0, 2));
        assertThat(placement.describe(4)).contains("2 more than planned").contains("no pod has a Nominated event");
    }

    @Test
    void saysWhenOnlySomePodsHaveAPlan() {
        assertThat(new Placement(10, 1, 0).describe(200))
                .isEqualTo("1 of 10 pods bound elsewhere than planned (the others have no Nominated event); "
                        + "each node got the number planned for it");
    }
}
