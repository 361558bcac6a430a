package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher against shell scripts that behave like {@code oracle}, or don't. */
class SchedulerOracleTest {
    private static final String ECHO = "while read -r line; do echo \"{\\\"asked\\\":$line}\"; done";
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    @Test
    void answersCasesInTheirOrder() throws IOException {
        try (SchedulerOracle oracle = SchedulerOracle.start(script(ECHO), 1, LONG)) {
            assertThat(oracle.answer("{\"id\":1}")).isEqualTo("{\"asked\":{\"id\":1}}");
            assertThat(oracle.answers(List.of("2", "3"))).containsExactly("{\"asked\":2}", "{\"asked\":3}");
            assertThat(oracle.answers(List.of())).isEmpty();
        }
    }

    @Test
    void takesMoreThanThePipesHold() throws IOException {
        List<String> cases = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            cases.add("\"" + "x".repeat(2000) + i + "\"");
        }
        try (SchedulerOracle oracle = SchedulerOracle.start(script(ECHO), 1, LONG)) {
            assertThat(oracle.answers(cases)).hasSize(300).last().asString().endsWith("x299\"}");
        }
    }

    @Test
    void passesTheNumberOfWorkersOn() throws IOException {
        try (SchedulerOracle oracle = SchedulerOracle.start(script("read -r line; echo \"$*\""), 3, LONG)) {
            assertThat(oracle.answer("{}")).isEqualTo("--workers 3");
        }
    }

    @Test
    void refusesWhatIsNotOneLine() throws IOException {
        try (SchedulerOracle oracle = SchedulerOracle.start(script(ECHO), 1, LONG)) {
            for (String text : List.of("", " ", "{\n}", "{\r}")) {
                assertThatThrownBy(() -> oracle.answers(List.of("1", text)))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(oracle.answer("2")).isEqualTo("{\"asked\":2}");
        }
    }

    @Test
    void endOfTheProgramTellsWhatItSaid() throws IOException {
        Path program = script("read -r line; echo 'oracle: out of memory' >&2; exit 1");
        try (SchedulerOracle oracle = SchedulerOracle.start(program, 1, LONG)) {
            assertThatThrownBy(() -> oracle.answers(List.of("1", "2")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("oracle: out of memory");
        }
    }

    @Test
    void lateAnswerIsNotTakenForThatOfTheNextCase() throws IOException {
        Path program = script("read -r line; read -r next; echo late; echo next");
        try (SchedulerOracle oracle = SchedulerOracle.start(program, 1, Duration.ofMillis(200))) {
            assertThatThrownBy(() -> oracle.answer("1"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("case 1 of 1");
            assertThatThrownBy(() -> oracle.answer("2")).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void closesTwice() throws IOException {
        SchedulerOracle oracle = SchedulerOracle.start(script(ECHO), 1, LONG);
        oracle.close();
        oracle.close();
        assertThatThrownBy(() -> oracle.answer("1")).isInstanceOf(IllegalStateException.class);
    }

    private Path script(String text) throws IOException {
        Path script = folder.resolve("oracle");
        Files.writeString(script, "#!/bin/sh\n" + text + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }
}
