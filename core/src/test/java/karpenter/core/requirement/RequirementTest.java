package karpenter.core.requirement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.api.NodeSelectorRequirement;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

class RequirementTest {
    @Test
    @Covers("pkg/scheduling: conversion back to NodeSelectorRequirement")
    void boundsBecomeInclusive() {
        assertThat(Requirement.gt("cpu", 4)).isEqualTo(Requirement.gte("cpu", 5));
        assertThat(Requirement.lt("cpu", 4)).isEqualTo(Requirement.lte("cpu", 3));
    }

    @Test
    void nothingIsGreaterThanTheLargestInteger() {
        assertThat(Requirement.gt("cpu", Long.MAX_VALUE).operator()).isEqualTo("DoesNotExist");
        assertThat(Requirement.gt("cpu", Long.MAX_VALUE).isEmpty()).isTrue();
        assertThat(Requirement.lt("cpu", Long.MIN_VALUE).isEmpty()).isTrue();
    }

    @Test
    void emptyRangeAllowsNothing() {
        Requirement none = Requirement.gt("cpu", 5).intersect(Requirement.lt("cpu", 6));
        assertThat(none.operator()).isEqualTo("DoesNotExist");
        assertThat(none.isEmpty()).isTrue();
        assertThat(none.gte()).isNull();
    }

    @Test
    void concreteValuesForgetTheBoundsTheySatisfy() {
        Requirement some = Requirement.in("cpu", "2", "4", "8", "many").intersect(Requirement.gt("cpu", 2));
        assertThat(some).isEqualTo(Requirement.in("cpu", "4", "8"));
        assertThat(some.contains("16")).isFalse();
    }

    @Test
    @Covers("pkg/scheduling: conversion back to NodeSelectorRequirement")
    void boundsAndExclusionsAreWrittenSideBySide() {
        Requirement range = Requirement.gte("cpu", 2)
                .intersect(Requirement.lte("cpu", 8))
                .intersect(Requirement.notIn("cpu", "4", "none", "16"));
        assertThat(range.values()).containsExactly("4");
        assertThat(range.toSpec())
                .containsExactly(
                        NodeSelectorRequirement.of("cpu", "Gte", "2"),
                        NodeSelectorRequirement.of("cpu", "Lte", "8"),
                        NodeSelectorRequirement.of("cpu", "NotIn", "4"));
    }

    @Test
    void everyWrittenEntryCarriesMinValues() {
        Requirement range =
                Requirement.gte("cpu", 2).intersect(Requirement.lte("cpu", 8)).withMinValues(3);
        assertThat(range.toSpec())
                .allSatisfy(entry -> assertThat(entry.minValues()).isEqualTo(3));
    }

    @Test
    void existsAndNotInTogetherNeedTheLabel() {
        Requirement both = Requirement.exists("team").intersect(Requirement.notIn("team", "a"));
        assertThat(both.operator()).isEqualTo("NotIn");
        assertThat(both.allowsAbsence()).isFalse();
        assertThat(both.intersects(Requirement.doesNotExist("team"))).isFalse();
        assertThat(Requirement.notIn("team", "a").intersects(Requirement.doesNotExist("team")))
                .isTrue();
    }

    @Test
    @Covers("pkg/scheduling: Has, Len, Any, String and operator recovery")
    void representativeIsTheSmallestLegalValue() {
        assertThat(Requirement.in("k", "b", "a").representative()).isEqualTo("a");
        assertThat(Requirement.exists("k").representative()).isEqualTo("0");
        assertThat(Requirement.gt("k", 3)
                        .intersect(Requirement.notIn("k", "4", "5"))
                        .representative())
                .isEqualTo("6");
        assertThat(Requirement.lt("k", 0).representative()).isNull();
        assertThat(Requirement.doesNotExist("k").representative()).isNull();
        assertThat(Requirement.gte("k", Long.MAX_VALUE)
                        .intersect(Requirement.notIn("k", Long.toString(Long.MAX_VALUE)))
                        .representative())
                .isNull();
    }

    @Test
    void representativeLiesWithinTheRange() {
        assertThat(Requirement.gte("k", 3).intersect(Requirement.lte("k", 3)).representative())
                .isEqualTo("3");
        assertThat(Requirement.gte("k", 3)
                        .intersect(Requirement.lte("k", 4))
                        .intersect(Requirement.notIn("k", "3", "4"))
                        .representative())
                .isNull();
        assertThat(Requirement.lte("k", 0).representative()).isEqualTo("0");
    }

    @Test
    @Covers("pkg/scheduling: Has, Len, Any, String and operator recovery")
    void tellsWhetherItAllowsAValue() {
        assertThat(Requirement.in("k", "a").allowsSomeValue()).isTrue();
        assertThat(Requirement.exists("k").allowsSomeValue()).isTrue();
        assertThat(Requirement.notIn("k", "a").allowsSomeValue()).isTrue();
        assertThat(Requirement.doesNotExist("k").allowsSomeValue()).isFalse();
        assertThat(Requirement.impossible("k").allowsSomeValue()).isFalse();
        assertThat(Requirement.in("k", "a").isComplement()).isFalse();
        assertThat(Requirement.notIn("k", "a").isComplement()).isTrue();
    }

    @Test
    void differentRequirementsHashDifferently() {
        assertThat(List.of(
                        Requirement.in("k", "a").hashCode(),
                        Requirement.in("k", "b").hashCode(),
                        Requirement.notIn("k", "a").hashCode(),
                        Requirement.in("l", "a").hashCode()))
                .doesNotHaveDuplicates();
    }

    @Test
    @Covers("pkg/scheduling: Has, Len, Any, String and operator recovery")
    void printsAsUpstreamDoes() {
        assertThat(Requirement.in("zone", "b", "a")).hasToString("zone In [a b]");
        assertThat(Requirement.in("z", List.of("1", "2", "3", "4", "5", "6", "7")))
                .hasToString("z In [1 2 3 4 5 and 2 others]");
        assertThat(Requirement.in("z", List.of("1", "2", "3", "4", "5"))).hasToString("z In [1 2 3 4 5]");
        assertThat(Requirement.exists("zone").withMinValues(2)).hasToString("zone Exists minValues 2");
        assertThat(Requirement.gt("cpu", 2).intersect(Requirement.lt("cpu", 9))).hasToString("cpu Exists >=3 <=8");
    }
}
