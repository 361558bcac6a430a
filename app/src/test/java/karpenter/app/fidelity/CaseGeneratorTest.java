package karpenter.app.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class CaseGeneratorTest {
    private static final Set<Feature> ALL = EnumSet.allOf(Feature.class);

    @Test
    void drawsTheSameForTheSameSeed() {
        assertThat(CaseGenerator.generate(7, ALL)).isEqualTo(CaseGenerator.generate(7, ALL));
        assertThat(CaseGenerator.generate(7, ALL).objects())
                .isNotEqualTo(CaseGenerator.generate(8, ALL).objects());
    }

    @Test
    void drawsEachFeatureOften() {
        Map<Feature, Integer> counts = new EnumMap<>(Feature.class);
        for (int seed = 0; seed < 400; seed++) {
            for (ObjectNode pod : CaseGenerator.generate(seed, ALL).waiting()) {
                for (Feature feature : Feature.values()) {
                    if (feature.shows(pod)) {
                        counts.merge(feature, 1, Integer::sum);
                    }
                }
            }
        }
        assertThat(counts).containsOnlyKeys(Feature.values());
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isGreaterThan(100));
    }

    @Test
    void leavesOutFeaturesThatAreNotAllowed() {
        // Without the toleration that some pods have anyway, tainted pools would be of no use.
        for (Feature left : EnumSet.complementOf(EnumSet.of(Feature.TOLERATIONS))) {
            Set<Feature> others = EnumSet.complementOf(EnumSet.of(left));
            for (int seed = 0; seed < 30; seed++) {
                assertThat(CaseGenerator.generate(seed, others).waiting()).noneMatch(left::shows);
            }
        }
    }

    @Test
    void drawsCasesThatTheSchedulerAccepts() {
        for (int seed = 0; seed < 50; seed++) {
            SolvedCase solved = SolvedCase.solve(CaseGenerator.generate(seed, ALL));
            assertThat(solved.result()).isNotNull();
        }
    }

    @Test
    void readsBackWhatItWrote() {
        FidelityCase written = CaseGenerator.generate(3, ALL);
        assertThat(FidelityCase.parse(written.text()).text()).isEqualTo(written.text());
    }

    @Test
    void showsTheControllerClaimsBesideItsNodes() {
        ObjectNode node = Trees.named("v1", "Node", "", "n");
        Trees.within(node, "metadata", "annotations").put(FidelityCase.POOL, "pool-0");
        Trees.within(node, "metadata", "labels").put("karpenter.sh/initialized", "true");
        Trees.within(node, "spec").put("providerID", "kwok://n");
        assertThat(Booting.seen(node)).extracting(Trees::kind).containsExactly("NodeClaim", "Node");

        Trees.within(node, "metadata", "annotations").put(FidelityCase.BOOTING, "registered");
        ObjectNode seen = Booting.seen(node).getLast();
        assertThat(seen.path("metadata").path("labels").has("karpenter.sh/initialized"))
                .isFalse();
        assertThat(seen.path("spec").path("taints")).hasSize(2);

        Trees.within(node, "metadata", "annotations").put(FidelityCase.BOOTING, "launched");
        assertThat(Booting.seen(node)).extracting(Trees::kind).containsExactly("NodeClaim");
    }
}
