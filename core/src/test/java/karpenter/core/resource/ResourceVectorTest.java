package karpenter.core.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongBinaryOperator;
import karpenter.api.Quantity;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("utils: resources")
class ResourceVectorTest {
    private static final List<String> NAMES =
            List.of("cpu", "memory", "pods", "ephemeral-storage", "nvidia.com/gpu", "hugepages-2Mi", "a");

    @Test
    void roundsUpAsKubeSchedulerDoes() {
        ResourceVector vector = ResourceVector.of(Map.of(
                "cpu", Quantity.parse("1.0001"), "memory", Quantity.parse("100m"), "nvidia.com/gpu", Quantity.of(2)));
        assertThat(vector.milliCpu()).isEqualTo(1001);
        assertThat(vector.memoryBytes()).isEqualTo(1);
        assertThat(vector.get("nvidia.com/gpu")).isEqualTo(2);
        assertThat(vector.get("missing")).isZero();
    }

    @Test
    void writesCanonicalQuantities() {
        ResourceVector vector = ResourceVector.builder()
                .set("cpu", 1500)
                .set("memory", 3L << 30)
                .set("hugepages-2Mi", 4L << 20)
                .set("pods", 7)
                .build();
        assertThat(vector.quantities().toString()).isEqualTo("{cpu=1500m, hugepages-2Mi=4Mi, memory=3Gi, pods=7}");
        assertThat(vector)
                .hasToString("{\"cpu\":\"1500m\",\"hugepages-2Mi\":\"4Mi\",\"memory\":\"3Gi\",\"pods\":\"7\"}");
    }

    @Test
    void zeroAmountsDontCount() {
        ResourceVector vector = ResourceVector.of(Map.of("cpu", Quantity.ZERO, "x", Quantity.ZERO));
        assertThat(vector).isEqualTo(ResourceVector.ZERO).hasSameHashCodeAs(ResourceVector.ZERO);
        assertThat(vector.names()).isEmpty();
        assertThat(vector.isZero()).isTrue();
    }

    @Test
    void onlyMemoryAndItsLikeAreWrittenInBinaryUnits() {
        assertThat(ResourceVector.quantityOf("memory", 1024).text()).isEqualTo("1Ki");
        assertThat(ResourceVector.quantityOf("ephemeral-storage", 2048).text()).isEqualTo("2Ki");
        assertThat(ResourceVector.quantityOf("nvidia.com/gpu", 1024).text()).isEqualTo("1024");
        assertThat(ResourceVector.quantityOf("pods", 1024).text()).isEqualTo("1024");
    }

    @Test
    void givesEachAmountByItsName() {
        ResourceVector vector = ResourceVector.of(1, 2).with("pods", 3).with("ephemeral-storage", 4);
        assertThat(vector.pods()).isEqualTo(3);
        assertThat(vector.ephemeralStorageBytes()).isEqualTo(4);
        assertThat(vector.names()).containsExactly("cpu", "ephemeral-storage", "memory", "pods");
        assertThat(vector.isZero()).isFalse();
    }

    @Test
    void aDifferenceInAnyAmountTellsVectorsApart() {
        ResourceVector vector = ResourceVector.of(1, 2).with("x", 3);
        for (String name : List.of("cpu", "memory", "pods", "ephemeral-storage", "x", "y")) {
            ResourceVector other = vector.with(name, 7);
            assertThat(other).as(name).isNotEqualTo(vector);
            assertThat(other.hashCode()).as(name).isNotEqualTo(vector.hashCode());
        }
    }

    @Test
    void anyNegativeAmountIsNegative() {
        assertThat(ResourceVector.of(1, 2).with("x", 3).hasNegative()).isFalse();
        assertThat(ResourceVector.ZERO.hasNegative()).isFalse();
        for (String name : List.of("cpu", "memory", "pods", "ephemeral-storage", "x")) {
            assertThat(ResourceVector.of(1, 2).with(name, -1).hasNegative())
                    .as(name)
                    .isTrue();
        }
    }

    @Test
    void multiplesSaturate() {
        ResourceVector large = ResourceVector.of(Long.MAX_VALUE, Long.MIN_VALUE);
        assertThat(large.times(1)).isEqualTo(large);
        assertThat(large.times(2)).isEqualTo(large);
        assertThat(large.times(0)).isEqualTo(ResourceVector.ZERO);
        assertThat(large.times(-2)).isEqualTo(ResourceVector.of(Long.MIN_VALUE, Long.MAX_VALUE));
        assertThat(ResourceVector.of(1L << 62, -1L << 62).times(2))
                .isEqualTo(ResourceVector.of(Long.MAX_VALUE, Long.MIN_VALUE));
    }

    @Test
    void nothingFitsWhereAnyAmountIsNegative() {
        ResourceVector node = ResourceVector.of(1000, 1000).with("x", -1);
        assertThat(ResourceVector.ZERO.fitsIn(node)).isFalse();
        assertThat(ResourceVector.of(1, 1).fitsIn(node)).isFalse();
        assertThat(ResourceVector.of(1, 1).fitsIn(node.with("x", 0))).isTrue();
    }

    @Test
    void missingResourceHoldsOnlyZero() {
        assertThat(ResourceVector.ZERO.with("gpu", 1).fitsIn(ResourceVector.of(1, 1)))
                .isFalse();
        assertThat(ResourceVector.ZERO.fitsIn(ResourceVector.ZERO)).isTrue();
        assertThat(ResourceVector.of(5, 5).fitsIn(ResourceVector.of(5, 5))).isTrue();
        assertThat(ResourceVector.of(5, 6).fitsIn(ResourceVector.of(5, 5))).isFalse();
    }

    @Test
    void sumsSaturate() {
        ResourceVector most = ResourceVector.of(Long.MAX_VALUE, Long.MIN_VALUE);
        assertThat(most.plus(ResourceVector.of(1, -1))).isEqualTo(most);
        assertThat(most.minus(ResourceVector.of(-1, 1))).isEqualTo(most);
        assertThat(ResourceVector.of(Long.MAX_VALUE / 2, -3).times(3)).isEqualTo(ResourceVector.of(Long.MAX_VALUE, -9));
        assertThat(ResourceVector.of(0, 0)
                        .minus(ResourceVector.of(Long.MIN_VALUE, 0))
                        .milliCpu())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void combinesEveryResourceAsTheModelDoes() {
        Random random = new Random(11);
        for (int i = 0; i < 5_000; i++) {
            Map<String, Long> left = randomAmounts(random);
            Map<String, Long> right = randomAmounts(random);
            ResourceVector l = vector(left);
            ResourceVector r = vector(right);
            assertThat(l.plus(r)).isEqualTo(combined(left, right, Long::sum));
            assertThat(l.minus(r)).isEqualTo(combined(left, right, (a, b) -> a - b));
            assertThat(l.max(r)).isEqualTo(combined(left, right, Math::max));
            assertThat(l.min(r)).isEqualTo(combined(left, right, Math::min));
            assertThat(l.isAtMost(r)).isEqualTo(NAMES.stream().allMatch(n -> l.get(n) <= r.get(n)));
            assertThat(l.toBuilder().build()).isEqualTo(l);
            assertThat(ResourceVector.of(l.quantities())).isEqualTo(l);
            assertThat(l.clampedAtZero().hasNegative()).isFalse();
        }
    }

    private static Map<String, Long> randomAmounts(Random random) {
        Map<String, Long> amounts = new TreeMap<>();
        for (String name : NAMES) {
            amounts.put(name, (long) random.nextInt(-2, 3));
        }
        return amounts;
    }

    private static ResourceVector vector(Map<String, Long> amounts) {
        ResourceVector vector = ResourceVector.ZERO;
        for (var entry : amounts.entrySet()) {
            vector = vector.with(entry.getKey(), entry.getValue());
        }
        return vector;
    }

    private static ResourceVector combined(
            Map<String, Long> left, Map<String, Long> right, LongBinaryOperator operator) {
        Map<String, Long> combined = new TreeMap<>();
        left.forEach((name, amount) -> combined.put(name, operator.applyAsLong(amount, right.getOrDefault(name, 0L))));
        return vector(combined);
    }
}
