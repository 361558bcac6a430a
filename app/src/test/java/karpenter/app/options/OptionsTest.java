package karpenter.app.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Covers("options: flags and environment")
class OptionsTest {
    @Test
    void defaultsAreUpstreams() {
        Options options = Options.parse(List.of(), Map.of());

        assertThat(options.metricsPort()).isEqualTo(8080);
        assertThat(options.healthProbePort()).isEqualTo(8081);
        assertThat(options.kubeClientQps()).isEqualTo(200);
        assertThat(options.kubeClientBurst()).isEqualTo(300);
        assertThat(options.batchIdleDuration()).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.batchMaxDuration()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.preferencePolicy()).isEqualTo("Respect");
        assertThat(options.minValuesPolicy()).isEqualTo("Strict");
        assertThat(options.ignoreDraRequests()).isTrue();
        assertThat(options.disableControllerWarmup()).isTrue();
        assertThat(options.disableLeaderElection()).isFalse();
        assertThat(options.leaderElectionName()).isEqualTo("karpenter-leader-election");
        assertThat(options.memoryLimitBytes()).isEqualTo(-1);
        assertThat(options.cpuRequestsMilli()).isEqualTo(1000);
        assertThat(options.logLevel()).isEqualTo("info");
        assertThat(options.featureGates()).isEqualTo(new FeatureGates(false, true, false, false, false, false));
        assertThat(options.warnings()).isEmpty();
    }

    @Test
    void flagWinsOverEnvironmentWinsOverDefault() {
        Map<String, String> environment = Map.of("METRICS_PORT", "9000", "HEALTH_PROBE_PORT", "9001");

        Options options = Options.parse(List.of("--metrics-port=9100"), environment);

        assertThat(options.metricsPort()).isEqualTo(9100);
        assertThat(options.healthProbePort()).isEqualTo(9001);
    }

    @Test
    void flagsComeInEveryFormThatGoTakes() {
        Options options = Options.parse(
                List.of(
                        "-metrics-port",
                        "1",
                        "--health-probe-port=2",
                        "--enable-profiling",
                        "-disable-leader-election=true"),
                Map.of());

        assertThat(options.metricsPort()).isEqualTo(1);
        assertThat(options.healthProbePort()).isEqualTo(2);
        assertThat(options.enableProfiling()).isTrue();
        assertThat(options.disableLeaderElection()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--metrics-port=many|--metrics-port: \"many\" is not a whole number",
                "--batch-max-duration=ten|--batch-max-duration: \"ten\" is not a duration",
                "--enable-profiling=1|--enable-profiling: \"1\" is neither true nor false",
                "--log-level=loud|--log-level: \"loud\" is not one of debug, error, info",
                "--preference-policy=Maybe|--preference-policy: \"Maybe\" is not one of Ignore, Respect",
                "--min-values-policy=Some|--min-values-policy: \"Some\" is not one of BestEffort, Strict",
                "--feature-gates=NodeRepair=maybe|--feature-gates: NodeRepair: \"maybe\" is neither true nor false",
                "--feature-gates=NodeRepair|--feature-gates: \"NodeRepair\" is not of the form Gate=true",
                "--no-such-flag=1|flag provided but not defined: --no-such-flag",
                "--metrics-port|--metrics-port needs a value",
                "stray|unexpected argument \"stray\"",
            })
    void badFlagIsOneLineThatNamesFlagAndValue(String argument, String message) {
        assertThatThrownBy(() -> Options.parse(List.of(argument), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .satisfies(thrown -> assertThat(thrown.getMessage()).doesNotContain("\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "METRICS_PORT,many,8080",
        "BATCH_MAX_DURATION,ten,10s",
        "DISABLE_LEADER_ELECTION,perhaps,false",
        "MEMORY_LIMIT,1Gi,-1"
    })
    void unreadableVariableIsWarnedAboutAndTheDefaultUsed(String variable, String value, String fallback) {
        Options options = Options.parse(List.of(), Map.of(variable, value));

        assertThat(options.warnings()).singleElement().asString().contains(variable, value, fallback);
        assertThat(options.withoutWarnings())
                .isEqualTo(Options.parse(List.of(), Map.of()).withoutWarnings());
    }

    @Test
    void variablesTakeEverySpellingOfGosBooleans() {
        assertThat(Options.parse(List.of(), Map.of("ENABLE_PROFILING", "T")).enableProfiling())
                .isTrue();
        assertThat(Options.parse(List.of(), Map.of("IGNORE_DRA_REQUESTS", "0")).ignoreDraRequests())
                .isFalse();
    }

    @Test
    @Covers("options: validation")
    void badChoiceInAVariableIsAnError() {
        assertThatThrownBy(() -> Options.parse(List.of(), Map.of("LOG_LEVEL", "loud")))
                .hasMessageContaining("LOG_LEVEL")
                .hasMessageContaining("loud");
    }

    @Test
    void emptyVariableReplacesADefaultText() {
        Options options = Options.parse(List.of(), Map.of("LEADER_ELECTION_NAME", ""));

        assertThat(options.leaderElectionName()).isEmpty();
    }

    @Test
    void unknownGateIsWarnedAbout() {
        Options options = Options.parse(List.of("--feature-gates=Teleport=true,NodeRepair=true"), Map.of());

        assertThat(options.featureGates().nodeRepair()).isTrue();
        assertThat(options.featureGates().reservedCapacity()).isTrue();
        assertThat(options.warnings()).singleElement().asString().contains("Teleport", "NodeRepair");
    }

    @Test
    void cpuRequestsBelowOneCountAsOneCore() {
        assertThat(Options.parse(List.of("--cpu-requests=0"), Map.of()).cpuRequestsMilli())
                .isEqualTo(1000);
    }

    @Test
    void helpNamesEveryFlagAndVariable() {
        String help = Options.help();

        for (Flag<?> flag : Options.FLAGS) {
            assertThat(help).contains("--" + flag.name(), flag.environment());
        }
    }
}
