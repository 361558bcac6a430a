package karpenter.core.requirement;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

class RequirementsTest {
    private static final Requirements POOL =
            Requirements.of(Requirement.in(Labels.ARCH, "amd64", "arm64"), Requirement.notIn("team", "red"));

    @Test
    void severalEntriesForOneKeyAreIntersected() {
        Requirements read = Requirements.of(List.of(
                NodeSelectorRequirement.of("k", "In", "a", "b"), NodeSelectorRequirement.of("k", "NotIn", "b")));
        assertThat(read.get("k")).isEqualTo(Requirement.in("k", "a"));
    }

    @Test
    void oldLabelKeysReadAsTheirSuccessors() {
        Map<String, String> normalized = Map.of("beta.kubernetes.io/arch", Labels.ARCH);
        Requirements read = Requirements.of(
                List.of(
                        NodeSelectorRequirement.of("beta.kubernetes.io/arch", "In", "arm64", "amd64"),
                        NodeSelectorRequirement.of(Labels.ARCH, "In", "arm64")),
                normalized);
        assertThat(read).isEqualTo(Requirements.of(Requirement.in(Labels.ARCH, "arm64")));
        assertThat(Requirements.ofLabels(Map.of("beta.kubernetes.io/arch", "arm64"), normalized))
                .isEqualTo(read);
    }

    @Test
    @Covers("pkg/scheduling: compatibility")
    void undefinedWellKnownLabelIsAllowedAndUndefinedCustomLabelIsNot() {
        Requirements pod = Requirements.of(Requirement.in(Labels.ZONE, "a"), Requirement.in("example.com/gpu", "yes"));
        assertThat(requireNonNull(POOL.compatible(pod, Labels.WELL_KNOWN)).text())
                .isEqualTo("label \"example.com/gpu\" does not have known values");
        assertThat(POOL.compatible(pod.without("example.com/gpu"), Labels.WELL_KNOWN))
                .isNull();
        assertThat(requireNonNull(POOL.compatible(Requirements.of(Requirement.in(Labels.ZONE, "a")), Set.of()))
                        .key())
                .isEqualTo(Labels.ZONE);
    }

    @Test
    @Covers("pkg/scheduling: compatibility")
    void undefinedLabelMayBeAbsentForNotInAndDoesNotExist() {
        Requirements pod = Requirements.of(Requirement.notIn("x", "a"), Requirement.doesNotExist("y"));
        assertThat(POOL.compatible(pod, Set.of())).isNull();
        assertThat(POOL.compatible(pod.and(Requirement.exists("x")), Set.of())).isNotNull();
    }

    @Test
    @Covers("pkg/scheduling: compatibility")
    void disjointValuesAreReportedWithBothSides() {
        Requirements pod = Requirements.of(Requirement.in(Labels.ARCH, "s390x"));
        assertThat(requireNonNull(POOL.compatible(pod, Labels.WELL_KNOWN)).text())
                .isEqualTo("key kubernetes.io/arch, kubernetes.io/arch In [s390x] not in "
                        + "kubernetes.io/arch In [amd64 arm64]");
    }

    @Test
    void absenceOnBothSidesIsCompatible() {
        assertThat(POOL.intersects(Requirements.of(Requirement.doesNotExist("team"))))
                .isNull();
        assertThat(POOL.intersects(Requirements.of(Requirement.in("team", "red"))))
                .isNotNull();
    }

    @Test
    @Covers("pkg/scheduling: typo and truncation hints")
    void hintsAtTheLabelThatWasMeant() {
        for (String typo : List.of("zone", "topology.kubernetesio/zone", "node.kubernetes.io/zone")) {
            Requirements pod = Requirements.of(Requirement.in(typo, "a"));
            assertThat(requireNonNull(POOL.compatible(pod, Labels.WELL_KNOWN)).text())
                    .as(typo)
                    .endsWith(" (typo of \"topology.kubernetes.io/zone\"?)");
        }
        Requirements custom = Requirements.of(Requirement.in("example.com/team", "red"));
        assertThat(requireNonNull(custom.compatible(Requirements.of(Requirement.exists("team")), Set.of()))
                        .text())
                .endsWith(" (typo of \"example.com/team\"?)");
    }

    @Test
    void labelsAreTheKeysWithOneValue() {
        assertThat(POOL.and(Requirement.in(Labels.ARCH, "arm64")).labels())
                .containsExactly(Map.entry(Labels.ARCH, "arm64"));
    }

    @Test
    @Covers("pkg/scheduling: conversion back to NodeSelectorRequirement")
    void isWrittenInKeyOrderAndReadBack() {
        assertThat(POOL.toSpec()).extracting(NodeSelectorRequirement::key).isSorted();
        assertThat(Requirements.of(POOL.toSpec())).isEqualTo(POOL).hasSameHashCodeAs(POOL);
    }

    @Test
    void nothingRequiredChangesNothing() {
        assertThat(POOL.and(Requirements.NONE)).isSameAs(POOL);
        assertThat(Requirements.NONE.and(POOL)).isSameAs(POOL);
        assertThat(Requirements.NONE.isEmpty()).isTrue();
        assertThat(POOL.isEmpty()).isFalse();
    }

    @Test
    void listsItsRequirementsByKey() {
        assertThat(POOL.keys()).containsExactly(Labels.ARCH, "team");
        assertThat(POOL.all()).extracting(Requirement::key).containsExactly(Labels.ARCH, "team");
        assertThat(POOL.find("team")).isEqualTo(Requirement.notIn("team", "red"));
        assertThat(POOL.find("other")).isNull();
        assertThat(POOL).hasToString("kubernetes.io/arch In [amd64 arm64], team NotIn [red]");
    }

    @Test
    void equalsWhatRequiresTheSame() {
        Requirements other = POOL.without("team");
        assertThat(POOL).isNotEqualTo(other).isEqualTo(other.and(Requirement.notIn("team", "red")));
        assertThat(POOL.hashCode()).isNotEqualTo(other.hashCode());
        assertThat(POOL.without("other")).isSameAs(POOL);
    }

    @Test
    void andIsIntersectionByKey() {
        Requirements both = POOL.and(Requirements.of(Requirement.in(Labels.ARCH, "arm64"), Requirement.exists("team")));
        assertThat(both.get(Labels.ARCH)).isEqualTo(Requirement.in(Labels.ARCH, "arm64"));
        assertThat(both.get("team").allowsAbsence()).isFalse();
        assertThat(both.has("other")).isFalse();
        assertThat(both.get("other")).isEqualTo(Requirement.exists("other"));
        assertThat(POOL.with(Requirement.in("team", "red")).get("team")).isEqualTo(Requirement.in("team", "red"));
        assertThat(POOL.hasMinValues()).isFalse();
        assertThat(POOL.and(Requirement.exists(Labels.ZONE).withMinValues(2)).hasMinValues())
                .isTrue();
    }

    @Test
    void isSatisfiedByLabelsThatHaveAnAllowedValueOrLackALabelThatMayBeAbsent() {
        assertThat(POOL.satisfiedBy(Map.of(Labels.ARCH, "arm64", "team", "blue")))
                .isTrue();
        assertThat(POOL.satisfiedBy(Map.of(Labels.ARCH, "arm64"))).isTrue();
        assertThat(POOL.satisfiedBy(Map.of(Labels.ARCH, "arm64", "team", "red")))
                .isFalse();
        assertThat(POOL.satisfiedBy(Map.of("team", "blue"))).isFalse();
    }
}
