package karpenter.core.requirement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import karpenter.api.NodeSelectorRequirement;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The algebra against sets written out over a small universe: words, integers in odd spellings, extremes, and absence. */
class RequirementPropertyTest {
    private static final String KEY = "k";
    private static final String ABSENT = "<absent>";
    private static final List<String> UNIVERSE = List.of(
            "",
            "a",
            "b",
            "0",
            "1",
            "2",
            "3",
            "02",
            "5",
            "-1",
            "2x",
            "٢",
            "9223372036854775806",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775807");

    private record Case(
            Requirement requirement,
            Set<String> model,
            @Nullable Integer minValues) {}

    private static Set<String> model(boolean absence, Predicate<String> allows) {
        Set<String> model = new HashSet<>();
        if (absence) {
            model.add(ABSENT);
        }
        UNIVERSE.stream().filter(allows).forEach(model::add);
        return model;
    }

    private static Set<String> model(Requirement requirement) {
        return model(requirement.allowsAbsence(), requirement::contains);
    }

    private static boolean number(String value, Predicate<Long> allows) {
        return value.matches("-?[0-9]{1,19}")
                && new java.math.BigInteger(value).bitLength() < 64
                && allows.test(Long.valueOf(value));
    }

    private static List<Case> everyOperator() {
        List<Case> cases = new ArrayList<>();
        for (Integer minValues : new Integer[] {null, 1, 2}) {
            for (List<String> values : List.of(
                    List.of("a"),
                    List.of("b", "a"),
                    List.of("1", "3", "a"),
                    List.of("02"),
                    List.of("2"),
                    List.of("9223372036854775807"))) {
                cases.add(read("In", values, minValues, model(false, values::contains)));
                cases.add(read("NotIn", values, minValues, model(true, value -> !values.contains(value))));
            }
            cases.add(read("Exists", List.of(), minValues, model(false, value -> true)));
            cases.add(read("DoesNotExist", List.of(), minValues, Set.of(ABSENT)));
            cases.add(read("Near", List.of("a"), minValues, Set.of()));
            cases.add(read("Gt", List.of("many"), minValues, Set.of()));
            for (String bound : List.of("0", "1", "2", "3", "9223372036854775807", "-9223372036854775808")) {
                long edge = Long.parseLong(bound);
                List<String> one = List.of(bound);
                cases.add(read("Gt", one, minValues, model(false, value -> number(value, n -> n > edge))));
                cases.add(read("Lt", one, minValues, model(false, value -> number(value, n -> n < edge))));
                cases.add(read("Gte", one, minValues, model(false, value -> number(value, n -> n >= edge))));
                cases.add(read("Lte", one, minValues, model(false, value -> number(value, n -> n <= edge))));
            }
        }
        return cases;
    }

    private static Case read(String operator, List<String> values, @Nullable Integer minValues, Set<String> model) {
        return new Case(
                Requirement.of(new NodeSelectorRequirement(KEY, operator, values, minValues)), model, minValues);
    }

    private static @Nullable Integer larger(@Nullable Integer left, @Nullable Integer right) {
        return left == null ? right : right == null ? left : Integer.valueOf(Math.max(left, right));
    }

    @Test
    @Covers("pkg/scheduling: Has, Len, Any, String and operator recovery")
    void readsEachOperatorAsTheModelDoes() {
        for (Case each : everyOperator()) {
            assertThat(model(each.requirement)).as(each.requirement.toString()).isEqualTo(each.model);
            assertThat(each.requirement.isEmpty()).isEqualTo(each.model.isEmpty());
        }
    }

    @Test
    @Covers({"pkg/scheduling: operator pair intersections", "pkg/scheduling: operator pair intersections with minValues"
    })
    void intersectsEveryPairAsTheModelDoes() {
        List<Case> cases = everyOperator();
        for (Case left : cases) {
            for (Case right : cases) {
                Requirement both = left.requirement.intersect(right.requirement);
                Set<String> expected = new HashSet<>(left.model);
                expected.retainAll(right.model);
                String name = left.requirement + " and " + right.requirement + " give " + both;
                assertThat(model(both)).as(name).isEqualTo(expected);
                assertThat(both.minValues()).as(name).isEqualTo(larger(left.minValues, right.minValues));
                assertThat(both).as(name).isEqualTo(right.requirement.intersect(left.requirement));
                assertThat(both).as(name).hasSameHashCodeAs(right.requirement.intersect(left.requirement));
                boolean share = left.requirement.intersects(right.requirement);
                assertThat(share).as(name).isEqualTo(!both.isEmpty());
                if (!expected.isEmpty()) {
                    assertThat(share).as(name).isTrue();
                }
                assertNormal(both);
                assertRoundTrip(both);
            }
        }
    }

    @Test
    void intersectionIsAssociativeAndIdempotent() {
        List<Case> cases = everyOperator();
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            Requirement a = cases.get(random.nextInt(cases.size())).requirement;
            Requirement b = cases.get(random.nextInt(cases.size())).requirement;
            Requirement c = cases.get(random.nextInt(cases.size())).requirement;
            Requirement all = a.intersect(b).intersect(c);
            assertThat(all).isEqualTo(a.intersect(b.intersect(c)));
            assertThat(all.intersect(all)).isEqualTo(all);
            assertThat(all.intersect(a)).isEqualTo(all);
            assertNormal(all);
            assertRoundTrip(all);
            String some = all.representative();
            if (some != null) {
                assertThat(all.contains(some)).isTrue();
            }
        }
    }

    private static void assertNormal(Requirement requirement) {
        assertThat(requirement.values()).isEqualTo(new TreeSet<>(requirement.values()));
        assertThat(List.copyOf(requirement.values())).isSorted();
        if (!requirement.isComplement()) {
            assertThat(requirement.gte()).isNull();
            assertThat(requirement.lte()).isNull();
        }
    }

    private static void assertRoundTrip(Requirement requirement) {
        List<NodeSelectorRequirement> written = requirement.toSpec();
        assertThat(Requirements.of(written).get(KEY)).as(written.toString()).isEqualTo(requirement);
    }
}
