package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How many values of a label are left to the provider. */
class MinValuesTest {
    private static final List<InstanceType> TYPES = List.of(
            type("a.1").price(1).zones("zone-1").build(),
            type("a.2").price(2).zones("zone-1").build(),
            type("b.1").price(3).zones("zone-1", "zone-2").build(),
            type("c.1").price(4).zones("zone-3").build());

    private static PoolTemplate pool(UnaryOperator<Problem.Pool> change) {
        return new SchedulingPass(
                        new Problem()
                                .pool("default", TYPES, change)
                                .waiting(pod("a").build())
                                .input(),
                        new Cutoff(() -> false))
                .pools()
                .getFirst();
    }

    private static BitSet rowsOf(PoolTemplate pool, String... types) {
        BitSet rows = new BitSet();
        for (int row = 0; row < pool.offerings().rowCount(); row++) {
            rows.set(
                    row,
                    List.of(types).contains(pool.offerings().row(row).type().name()));
        }
        return rows;
    }

    private static List<String> types(PoolTemplate pool, BitSet rows) {
        return rows.stream()
                .mapToObj(row -> pool.offerings().row(row).type().name())
                .distinct()
                .toList();
    }

    private static PoolTemplate families(int least) {
        return pool(pool -> pool.require(Types.FAMILY, "Exists", least));
    }

    @Test
    void areMetByAsManyValuesAndNoFewer() {
        PoolTemplate pool = families(2);
        MinValues minValues = pool.minValues();
        int[] least = minValues.asWritten();
        assertThat(least).containsExactly(2);
        assertThat(minValues.unmet(pool.untouched(), rowsOf(pool, "a.1", "b.1"), least))
                .isNull();
        assertThat(minValues.unmet(pool.untouched(), rowsOf(pool, "a.1", "a.2"), least))
                .isEqualTo(new MinValues.Unmet(Types.FAMILY, 2, 1));
        assertThat(minValues.unmet(pool.untouched(), new BitSet(), least))
                .isEqualTo(new MinValues.Unmet(Types.FAMILY, 2, 0));
    }

    static Stream<Arguments> operators() {
        return Stream.of(
                Arguments.of("Exists", List.of(), 3),
                Arguments.of("In", List.of("a", "b"), 2),
                Arguments.of("NotIn", List.of("a"), 2),
                Arguments.of("NotIn", List.of("a", "b"), 1));
    }

    @ParameterizedTest
    @MethodSource("operators")
    @Covers("scheduling/instance_selection: minValues with every operator")
    void countTheValuesThatTheOperatorLeaves(String operator, List<String> values, int left) {
        for (int least = 1; least <= 4; least++) {
            int asked = least;
            PoolTemplate pool =
                    pool(each -> each.require(Types.FAMILY, operator, asked, values.toArray(String[]::new)));
            assertThat(pool.isEmptyByMinValues()).as("%d of %d", least, left).isEqualTo(least > left);
        }
    }

    @Test
    void countNumbersWithinBounds() {
        List<InstanceType> sized = Stream.of("2", "4", "8", "16")
                .map(size -> type("t-" + size).label("example.com/size", size).build())
                .toList();
        for (String operator : List.of("Gt", "Gte", "Lt", "Lte")) {
            SchedulingResult three = sized(sized, operator, 3).solve();
            SchedulingResult four = sized(sized, operator, 4).solve();
            assertThat(three.plans()).as(operator).hasSize(operator.equals("Gte") || operator.equals("Lte") ? 1 : 0);
            assertThat(four.plans()).as(operator).isEmpty();
        }
    }

    private static Problem sized(List<InstanceType> types, String operator, int least) {
        String bound = operator.startsWith("G") ? "4" : "8";
        return new Problem()
                .pool("default", types, pool -> pool.require("example.com/size", operator, least, bound))
                .options(options -> new SchedulingOptions(
                        Stream.concat(options.wellKnownLabels().stream(), Stream.of("example.com/size"))
                                .collect(Collectors.toSet()),
                        true,
                        false,
                        true,
                        600))
                .waiting(pod("a").build());
    }

    @Test
    void takeTheCheapestTypesThatBringWhatIsMissing() {
        PoolTemplate pool = families(2);
        int[] least = pool.minValues().asWritten();
        BitSet all = pool.offerings().all();
        BitSet two = Objects.requireNonNull(pool.minValues().needed(pool.untouched(), all, least, 9));
        assertThat(types(pool, two)).containsExactly("a.1", "b.1");
        assertThat(two.cardinality()).as("all rows of these types").isEqualTo(6);
        assertThat(pool.minValues().needed(pool.untouched(), all, least, 2)).isEqualTo(two);
        assertThat(pool.minValues().needed(pool.untouched(), all, least, 1))
                .as("too many types")
                .isNull();
        assertThat(pool.minValues().needed(pool.untouched(), rowsOf(pool, "a.1", "a.2"), least, 9))
                .isNull();
        assertThat(types(
                        pool,
                        Objects.requireNonNull(pool.minValues()
                                .needed(pool.untouched(), rowsOf(pool, "a.2", "c.1", "b.1"), least, 9))))
                .containsExactly("a.2", "b.1");
    }

    @Test
    void bindEachOfSeveralLabels() {
        PoolTemplate pool = pool(each -> each.require(Types.FAMILY, "Exists", 2).require(Labels.ZONE, "Exists", 3));
        MinValues minValues = pool.minValues();
        int[] least = minValues.asWritten();
        assertThat(types(
                        pool,
                        Objects.requireNonNull(minValues.needed(
                                pool.untouched(), pool.offerings().all(), least, 9))))
                .containsExactly("a.1", "b.1", "c.1");
        assertThat(Objects.requireNonNull(minValues.unmet(pool.untouched(), rowsOf(pool, "a.1", "b.1"), least))
                        .key())
                .isEqualTo(Labels.ZONE);
    }

    @Test
    void areLoweredToWhatIsLeft() {
        PoolTemplate pool = families(3);
        MinValues minValues = pool.minValues();
        assertThat(minValues.lowered(pool.untouched(), pool.offerings().all())).containsExactly(3);
        int[] two = minValues.lowered(pool.untouched(), rowsOf(pool, "a.1", "c.1"));
        assertThat(two).containsExactly(2);
        assertThat(minValues.isLowered(two)).isTrue();
        assertThat(minValues.isLowered(minValues.asWritten())).isFalse();
        assertThat(minValues.applied(pool.requirements(), two).get(Types.FAMILY).minValues())
                .isEqualTo(2);
        assertThat(minValues
                        .applied(pool.requirements(), new int[] {0})
                        .get(Types.FAMILY)
                        .minValues())
                .isNull();
    }

    @Test
    void areNoneWithoutAnyWritten() {
        PoolTemplate pool = pool(each -> each);
        assertThat(pool.minValues().isEmpty()).isTrue();
        assertThat(families(1).minValues().isEmpty()).isFalse();
        assertThat(pool.minValues().needed(pool.untouched(), pool.offerings().all(), new int[0], 0))
                .isEqualTo(new BitSet());
    }

    @Test
    void countMoreValuesThanAWordHasBits() {
        List<InstanceType> many = Types.ladder(130);
        SchedulingResult result = new Problem()
                .pool("default", many, pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 130))
                .waiting(pod("a").build())
                .solve();
        assertThat(result.plans()).hasSize(1);
        assertThat(new Problem()
                        .pool("default", many, pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 131))
                        .waiting(pod("a").build())
                        .solve()
                        .plans())
                .isEmpty();
    }
}
