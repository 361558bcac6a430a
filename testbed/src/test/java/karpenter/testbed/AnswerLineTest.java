package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerLineTest {
    @Test
    void readsStringsNumbersAndNestedObjects() {
        assertThat(AnswerLine.parse(
                        "{\"server\":\"https://127.0.0.1:1\",\"pids\":{\"etcd\":12,\"kwok\":13},\"startSeconds\":3.2}"))
                .containsEntry("server", "https://127.0.0.1:1")
                .containsEntry("pids.etcd", "12")
                .containsEntry("pids.kwok", "13")
                .containsEntry("startSeconds", "3.2")
                .hasSize(4);
        assertThat(AnswerLine.parse("{}")).isEmpty();
    }

    @Test
    void readsEscapes() {
        assertThat(AnswerLine.parse("{\"error\":\"a \\\"b\\\" \\\\ \\n \\u0026 \\u00e9\"}"))
                .containsEntry("error", "a \"b\" \\ \n & é");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ready",
                "{",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\":true}",
                "{\"a\":\"b}",
                "{} ",
                "{\"a\":\"\\u12\"}",
                "{\"a\":\"\\q\"}"
            })
    void refusesWhatIsNoAnswer(String line) {
        assertThatThrownBy(() -> AnswerLine.parse(line))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected");
    }
}
