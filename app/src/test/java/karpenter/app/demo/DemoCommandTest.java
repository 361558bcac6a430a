package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import karpenter.app.options.BadArguments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoCommandTest {
    private final StringWriter errors = new StringWriter();
    private final StringWriter output = new StringWriter();

    private int run(Object command, String... arguments) {
        return BadArguments.commandLine(command)
                .setErr(new PrintWriter(errors, true))
                .setOut(new PrintWriter(output, true))
                .execute(arguments);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--replicas=0|--replicas: 0 is not within 1 and 20000",
                "--replicas=30000|--replicas: 30000 is not within",
                "--replicas=many|Invalid value for option '--replicas'",
                "--cpu=lots|--cpu: ",
                "--cpu=-1|--cpu: \"-1\" is negative",
                "--memory=1Gib|--memory: ",
                "--idle=-1|--idle: -1 is not within 0 and 3600 seconds",
                "--kubeconfig=/no/such/file|--kubeconfig: no file /no/such/file that can be read",
                "--kepp|Unknown option: '--kepp'. Maybe --keep; see demo --help",
                "nginx|Unmatched argument",
            })
    void wrongArgumentIsNamedInOneLineAndExitCodeIsOne(String argument, String message) {
        assertThat(run(new DemoCommand(), argument)).isEqualTo(1);
        assertThat(errors.toString().lines())
                .singleElement()
                .asString()
                .startsWith("demo: ")
                .contains(message);
    }

    @Test
    void keepingNeedsAControlPlaneOfItsOwn() {
        assertThat(run(new DemoCommand(), "--keep", "--kubeconfig=/dev/null")).isEqualTo(1);
        assertThat(errors.toString()).contains("--keep", "--kubeconfig");
    }

    @Test
    void helpNamesTheOptionsAndExitCodes() {
        assertThat(run(new DemoCommand(), "--help")).isZero();
        assertThat(output.toString())
                .contains("--replicas", "--cpu", "--memory", "--keep", "--stop", "--fast", "--json", "--idle", "--yes")
                .contains("Exit code 0")
                .doesNotContain("--start-only");
    }

    @Test
    void trainingNeedsToKnowWhereTheCacheGoes() {
        assertThat(run(new TrainCommand())).isEqualTo(1);
        assertThat(errors.toString()).contains("--output");
    }
}
