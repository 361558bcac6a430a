package karpenter.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import karpenter.app.options.BadArguments;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is wrong with the command line, in whichever command: one line and exit code 1. */
class RootCommandTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|karpenter: which command? controller, demo or solve; see karpenter --help",
                "solv|karpenter: Unmatched argument at index 0: 'solv'. Maybe solve; see karpenter --help",
                "demo --kep|karpenter demo: Unknown option: '--kep'. Maybe --keep; see karpenter demo --help",
                "demo --replicas=0|karpenter demo: --replicas: 0 is not within 1 and 20000; see karpenter demo --help",
                "solve --outptu=json|karpenter solve: Unknown option: '--outptu=json'. Maybe --output; see karpenter solve --help",
                "train|karpenter train: Missing required option: '--output=FILE'; see karpenter train --help",
            })
    void saysWhatIsWrongInOneLine(String arguments, String line) {
        StringWriter errors = new StringWriter();
        int code = BadArguments.commandLine(new RootCommand())
                .setErr(new PrintWriter(errors, true))
                .execute(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
        assertThat(errors.toString()).isEqualTo(line + System.lineSeparator());
        assertThat(code).isEqualTo(1);
    }
}
