package karpenter.core.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import karpenter.api.Quantity;
import karpenter.core.resource.ResourceVector;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Covers("capacitybuffer: replica math")
class BufferSizeTest {
    private static final ResourceVector REQUESTS = Buffers.template().requests();

    private static int pods(
            @Nullable Integer replicas,
            @Nullable Integer percentage,
            @Nullable Map<String, Quantity> limits,
            @Nullable Integer workloadReplicas) {
        return BufferSize.pods(Buffers.spec(replicas, percentage, limits), REQUESTS, workloadReplicas);
    }

    private static Map<String, Quantity> cpu(String quantity) {
        return Map.of("cpu", Quantity.parse(quantity));
    }

    @Test
    void isTheFixedNumber() {
        assertThat(pods(3, null, null, null)).isEqualTo(3);
        assertThat(pods(0, null, null, null)).isZero();
    }

    @Test
    void isNothingWithoutAnySize() {
        assertThat(pods(null, null, null, 10)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"10, 20, 2", "10, 25, 3", "1, 1, 1", "3, 150, 5", "10, 0, 0", "2147483647, 100, 50000"})
    void isTheShareOfTheWorkloadRoundedUp(int workloadReplicas, int percentage, int expected) {
        assertThat(pods(null, percentage, null, workloadReplicas)).isEqualTo(expected);
    }

    @Test
    void leavesTheShareOfAWorkloadWithoutPodsOutOfAccount() {
        assertThat(pods(null, 50, null, 0)).isZero();
        assertThat(pods(2, 50, null, 0)).isEqualTo(2);
        assertThat(pods(null, 50, cpu("2"), 0)).isEqualTo(4);
    }

    @Test
    void isTheLargerOfNumberAndShare() {
        assertThat(pods(3, 50, null, 10)).isEqualTo(5);
        assertThat(pods(8, 50, null, 10)).isEqualTo(8);
    }

    @Test
    void isAsManyAsTheLimitsHoldWhenTheyStandAlone() {
        assertThat(pods(null, null, cpu("1700m"), null)).isEqualTo(3);
        assertThat(pods(null, null, Map.of("cpu", Quantity.parse("4"), "memory", Quantity.parse("2.5Gi")), null))
                .isEqualTo(2);
        assertThat(pods(null, null, cpu("400m"), null)).isZero();
    }

    @Test
    void neverExceedsTheLimits() {
        assertThat(pods(5, null, cpu("1"), null)).isEqualTo(2);
        assertThat(pods(1, null, cpu("4"), null)).isEqualTo(1);
        assertThat(pods(5, null, Map.of("pods", Quantity.parse("2")), null)).isEqualTo(2);
    }

    @Test
    void passesOverLimitsOfResourcesThatThePodsDoNotAskFor() {
        Map<String, Quantity> gpus = Map.of("nvidia.com/gpu", Quantity.parse("0"));
        assertThat(pods(5, null, gpus, null)).isEqualTo(5);
        assertThat(pods(null, null, gpus, null)).isZero();
    }

    @Test
    void hasAnEnd() {
        assertThat(pods(null, null, cpu("1000000000"), null)).isEqualTo(BufferSize.MOST_PODS);
    }
}
