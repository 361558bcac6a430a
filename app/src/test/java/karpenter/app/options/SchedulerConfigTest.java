package karpenter.app.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Covers("options: validation")
class SchedulerConfigTest {
    @Test
    void readsDefaultConstraints() {
        SchedulerConfig config = SchedulerConfig.parse("""
                podTopologySpread:
                  defaultConstraints:
                    - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway}
                    - {maxSkew: 2, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, minDomains: 3,
                       nodeAffinityPolicy: Honor, nodeTaintsPolicy: Ignore}
                """);

        assertThat(config.defaultConstraints())
                .containsExactly(
                        new TopologySpreadConstraint(
                                1, "topology.kubernetes.io/zone", "ScheduleAnyway", null, null, null, null, List.of()),
                        new TopologySpreadConstraint(
                                2, "kubernetes.io/hostname", "DoNotSchedule", null, 3, "Honor", "Ignore", List.of()));
    }

    @Test
    void nothingWrittenMeansNothing() {
        assertThat(SchedulerConfig.parse("")).isEqualTo(SchedulerConfig.NONE);
        assertThat(SchedulerConfig.parse("{}")).isEqualTo(SchedulerConfig.NONE);
        assertThat(SchedulerConfig.parse("{\"podTopologySpread\":{\"defaultConstraints\":[]}}"))
                .isEqualTo(SchedulerConfig.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|the text must be an object",
                "{podTopologySpread: {x: 1}}|podTopologySpread.x is not allowed here; allowed are [defaultConstraints]",
                "{spread: 1}|spread is not allowed here; allowed are [podTopologySpread]",
                "{podTopologySpread: {defaultConstraints: [{maxSkew: 0, topologyKey: z, whenUnsatisfiable: DoNotSchedule}]}}|defaultConstraints[0].maxSkew: 0 must be a whole number above 0",
                "{podTopologySpread: {defaultConstraints: [{maxSkew: 1, whenUnsatisfiable: DoNotSchedule}]}}|topologyKey: is missing; it must be a label key",
                "{podTopologySpread: {defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: Never}]}}|whenUnsatisfiable: \"Never\" must be one of [DoNotSchedule, ScheduleAnyway]",
                "{podTopologySpread: {defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}]}}|labelSelector is not allowed here",
                "{podTopologySpread: {defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule},{maxSkew: 2, topologyKey: z, whenUnsatisfiable: DoNotSchedule}]}}|keep one of them",
                "{a: [|neither YAML nor JSON"
            })
    void saysWhatIsWrong(String text, String expected) {
        assertThatThrownBy(() -> SchedulerConfig.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expected);
    }
}
