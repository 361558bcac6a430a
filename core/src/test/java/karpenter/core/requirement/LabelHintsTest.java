package karpenter.core.requirement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Covers("pkg/scheduling: typo and truncation hints")
class LabelHintsTest {
    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "'', abc, 3",
        "abc, '', 3",
        "abc, abc, 0",
        "kitten, sitting, 3",
        "ab, b, 1",
        "flaw, lawn, 2"
    })
    void countsEdits(String left, String right, int edits) {
        assertThat(LabelHints.editDistance(left, right)).isEqualTo(edits);
    }

    @Test
    void fewerEditsThanAFifthOfTheKnownKeyAreATypo() {
        assertThat(LabelHints.hint("1bcdefghij", List.of("abcdefghij"), List.of()))
                .isEqualTo("abcdefghij");
        assertThat(LabelHints.hint("12cdefghij", List.of("abcdefghij"), List.of()))
                .isNull();
        assertThat(LabelHints.hint("1bcdefghi", List.of("abcdefghi"), List.of()))
                .isNull();
    }

    @Test
    void wellKnownKeysComeFirst() {
        assertThat(LabelHints.hint("zone", List.of("b.com/zone", "a.com/zone"), List.of("0.com/zone")))
                .isEqualTo("a.com/zone");
        assertThat(LabelHints.hint("zone", List.of("b.com/arch"), List.of("0.com/zone")))
                .isEqualTo("0.com/zone");
    }
}
