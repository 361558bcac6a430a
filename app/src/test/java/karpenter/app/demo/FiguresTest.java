package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import karpenter.app.demo.Figures.Figure;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FiguresTest {
    private static Figures complete() {
        Figures figures = new Figures();
        figures.put(Figure.FIRST_NODE_CLAIM, 2.9);
        figures.put(Figure.ALL_PODS_READY, 6.5);
        figures.put(Figure.NODES_GONE, 40.25);
        figures.put(Figure.NODES, 2);
        figures.put(Figure.PRICE, 0.1234);
        figures.put(Figure.SECOND_ROUND, 0);
        figures.put(Figure.PEAK_RSS, 120L);
        figures.put(Figure.CONTROLLER_READY, 0.9);
        figures.put(new Placement(200, 0, 0));
        return figures;
    }

    @Test
    void jsonIsOneLineWithTheAgreedNames() {
        assertThat(complete().toJson(null))
                .startsWith("{\"firstNodeClaimSeconds\":2.9,\"allPodsReadySeconds\":6.5,\"nodesGoneSeconds\":40.25,"
                        + "\"nodes\":2,\"pricePerHourUsd\":0.1234,\"secondRoundNodeClaims\":0,"
                        + "\"controllerPeakRssMiB\":120,\"controllerReadySeconds\":0.9")
                .doesNotContain("\n", "failed");
    }

    @Test
    void whatWasNotReachedIsNullAndTheFailedStepNamed() {
        Figures figures = new Figures();
        figures.put(Figure.FIRST_NODE_CLAIM, 2.9);
        figures.put(Figure.ALL_PODS_READY, null);

        JsonNode json = new JsonMapper().readTree(figures.toJson("pods get Ready"));

        assertThat(json.path("firstNodeClaimSeconds").asDouble()).isEqualTo(2.9);
        assertThat(json.path("allPodsReadySeconds").isNull()).isTrue();
        assertThat(json.path("nodesGoneSeconds").isNull()).isTrue();
        assertThat(json.path("failed").asString()).isEqualTo("pods get Ready");
    }

    @Test
    void nothingIsMissingWhenEverythingHappened() {
        assertThat(complete().missing(true)).isEmpty();
    }

    @Test
    void missingMomentsAreNamed() {
        Figures figures = new Figures();
        figures.put(Figure.FIRST_NODE_CLAIM, 2.9);

        assertThat(figures.missing(true)).containsExactly("allPodsReadySeconds", "nodesGoneSeconds");
        assertThat(figures.missing(false)).containsExactly("allPodsReadySeconds");
    }

    @Test
    void summaryTellsEveryTopic() {
        Figures figures = complete();
        figures.put(Figure.IDLE_CPU, 0.31);

        assertThat(figures.summary(200))
                .contains("200 pods on 2 nodes for $0.1234 per hour")
                .containsPattern("first NodeClaim +2\\.90 s")
                .containsPattern("all pods Ready +6\\.50 s")
                .containsPattern("last node gone +40\\.25 s")
                .contains("NodeClaims of a second round: 0")
                .contains("0 of 200 pods bound elsewhere than planned; each node got the number planned for it")
                .contains("ready 0.90 s after its start, 120 MiB")
                .contains("0.31 % of a core");
    }

    @Test
    void summaryLeavesOutWhatWasNotMeasured() {
        assertThat(new Figures().summary(200)).isEmpty();
    }
}
