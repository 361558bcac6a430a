package karpenter.core.requirement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelSyntaxTest {
    private static final String LONGEST_NAME = "n".repeat(63);
    private static final String LONGEST_PREFIX = ("p".repeat(62) + ".").repeat(4) + "p";

    static String[] keys() {
        return new String[] {
            "a",
            "A9",
            "a-b_c.d",
            "example.com/team",
            "x/Y",
            "9.x-y.z/a",
            LONGEST_NAME,
            LONGEST_PREFIX + "/" + LONGEST_NAME
        };
    }

    static String[] noKeys() {
        return new String[] {
            "",
            "/",
            "/a",
            "a/",
            "-a",
            "a-",
            "a b",
            "Example.com/a",
            "a..b/c",
            "-a/b",
            "a/b/c",
            LONGEST_NAME + "n",
            LONGEST_PREFIX + "p/a",
            "example.com/-a"
        };
    }

    @ParameterizedTest
    @MethodSource("keys")
    void takesNamesWithAndWithoutADomain(String key) {
        assertThat(LabelSyntax.isKey(key)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("noKeys")
    void refusesOtherKeys(String key) {
        assertThat(LabelSyntax.isKey(key)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "1.5", "a_b-c.D"})
    void takesNamesAndNothingAsValues(String value) {
        assertThat(LabelSyntax.isValue(value)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-", "a/b", " ", "a.", "_a"})
    void refusesOtherValues(String value) {
        assertThat(LabelSyntax.isValue(value)).isFalse();
    }
}
