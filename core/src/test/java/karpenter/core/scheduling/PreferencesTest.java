package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.core.requirement.Requirement;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** Required alternatives and preferences, and what is given up when they are in the way. */
class PreferencesTest {
    private static Requirement zone(Problem problem) {
        SchedulingResult result = problem.solve();
        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans()).hasSize(1);
        return result.plans().getFirst().requirements().get(Labels.ZONE);
    }

    private static Problem problem() {
        return new Problem().pool(List.of(type("x").build()));
    }

    @Test
    @Covers("scheduling: preferential fallback")
    void triesRequiredTermsOneAfterAnother() {
        assertThat(zone(problem()
                        .waiting(pod("a").require(in(Labels.ZONE, "nowhere"))
                                .require(in(Labels.ZONE, "zone-2"))
                                .require(in(Labels.ZONE, "zone-3"))
                                .build())))
                .isEqualTo(Requirement.in(Labels.ZONE, "zone-2"));
    }

    @Test
    @Covers("scheduling: preferential fallback")
    void followsTheHeaviestPreference() {
        assertThat(zone(problem()
                        .waiting(pod("a").prefer(1, in(Labels.ZONE, "zone-1"))
                                .prefer(50, in(Labels.ZONE, "zone-3"))
                                .build())))
                .isEqualTo(Requirement.in(Labels.ZONE, "zone-3"));
    }

    @Test
    @Covers({"scheduling: preferential fallback", "provisioning: preferential fallback"})
    void givesUpPreferencesOneAtATime() {
        assertThat(zone(problem()
                        .waiting(pod("a").prefer(1, in(Labels.ZONE, "zone-1"))
                                .prefer(50, in(Labels.ZONE, "nowhere"))
                                .build())))
                .isEqualTo(Requirement.in(Labels.ZONE, "zone-1"));
    }

    @Test
    void triesEachRequiredTermBeforeItGivesUpAPreference() {
        assertThat(zone(problem()
                        .waiting(pod("a").require(in(Labels.ZONE, "zone-1"))
                                .require(in(Labels.ZONE, "zone-2"))
                                .prefer(1, in(Labels.ZONE, "zone-2"))
                                .build())))
                .isEqualTo(Requirement.in(Labels.ZONE, "zone-2"));
    }

    @Test
    void keepsEarlierTermsWhenAPreferenceIsGivenUp() {
        assertThat(zone(problem()
                        .waiting(pod("a").require(in(Labels.ZONE, "zone-1"))
                                .require(in(Labels.ZONE, "nowhere"))
                                .prefer(1, in(Labels.ZONE, "elsewhere"))
                                .build())))
                .isEqualTo(Requirement.in(Labels.ZONE, "zone-1"));
    }

    @Test
    @Covers("provisioning: Ignore preference policy")
    void disregardsPreferencesWhenThatIsThePolicy() {
        SchedulingResult result = problem()
                .options(options -> new SchedulingOptions(options.wellKnownLabels(), false, false, true, 600))
                .waiting(pod("a").prefer(1, in(Labels.ZONE, "zone-1")).build())
                .solve();

        assertThat(result.plans().getFirst().requirements().has(Labels.ZONE)).isFalse();
    }

    @Test
    void avoidsSoftTaintsUntilNothingElseIsLeft() {
        Problem problem = new Problem()
                .pool(
                        "soft",
                        List.of(type("x").build()),
                        pool -> pool.weight(10).taint("slow", "", Taint.PREFER_NO_SCHEDULE))
                .pool("clean", List.of(type("y").build()), pool -> pool.limit("nodes", "1"))
                .waiting(pod("a").cpu(3000).times(2));
        SchedulingResult result = problem.solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans().stream().map(plan -> plan.pool().name())).containsExactly("soft", "clean");
    }

    @Test
    void putsUpWithASoftTaintWhenThereIsNothingElse() {
        Problem problem = new Problem()
                .pool("soft", List.of(type("x").build()), pool -> pool.taint("slow", "", Taint.PREFER_NO_SCHEDULE))
                .waiting(
                        pod("a").build(),
                        pod("b").tolerate("slow", "Exists", "", "PreferNoSchedule")
                                .build());
        SchedulingResult result = problem.solve();

        assertThat(result.rejections()).isEmpty();
    }

    @Test
    void splitsAClassBetweenPreferenceAndTheRestWhenALimitBinds() {
        Problem problem = new Problem()
                .pool(
                        "preferred",
                        List.of(type("x").size(2, 8, 110).build()),
                        pool -> pool.labels(java.util.Map.of("tier", "gold")).limit("cpu", "4"))
                .pool(
                        "other",
                        List.of(type("y").size(2, 8, 110).build()),
                        pool -> pool.labels(java.util.Map.of("tier", "tin")))
                .waiting(pod("a").cpu(1900).prefer(1, in("tier", "gold")).times(3));
        SchedulingResult result = problem.solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans().stream().map(plan -> plan.pool().name()))
                .containsExactly("preferred", "preferred", "other");
    }

    @Test
    void ignoresTermsThatMatchNoNodeAsTheyAreEmpty() {
        assertThat(zone(problem()
                        .waiting(pod("a").require()
                                .require(in(Labels.ZONE, "zone-2"))
                                .build())))
                .isEqualTo(Requirement.in(Labels.ZONE, "zone-2"));
    }

    @Test
    void combinesSelectorAndTerm() {
        SchedulingResult result = problem()
                .waiting(pod("a").selector(Labels.ZONE, "zone-1")
                        .require(NodeSelectorRequirement.of(Labels.ZONE, "NotIn", "zone-1"))
                        .build())
                .solve();

        assertThat(result.rejections()).hasSize(1);
    }
}
