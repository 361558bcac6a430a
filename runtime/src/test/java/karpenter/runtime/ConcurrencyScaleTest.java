package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ConcurrencyScaleTest {
    @Test
    void growsLinearlyBetweenOneAndSixtyCores() {
        assertThat(ConcurrencyScale.of(10, 1000, 1_000)).isEqualTo(10);
        assertThat(ConcurrencyScale.of(10, 1000, 30_500)).isEqualTo(505);
        assertThat(ConcurrencyScale.of(10, 1000, 60_000)).isEqualTo(1000);
    }

    @Test
    void staysWithinItsEnds() {
        assertThat(ConcurrencyScale.of(10, 1000, 0)).isEqualTo(10);
        assertThat(ConcurrencyScale.of(10, 1000, 500_000)).isEqualTo(1000);
        assertThatThrownBy(() -> ConcurrencyScale.of(5, 4, 1_000)).hasMessageContaining("5 and 4");
    }
}
