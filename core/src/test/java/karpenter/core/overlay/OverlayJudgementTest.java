package karpenter.core.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.overlay.OverlayJudgement.Sold;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.core.validation.LabelRules;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OverlayJudgementTest {
    private static final LabelRules RULES = LabelRules.with(Set.of(), Set.of());
    private static final String GPU = "example.com/gpu";

    private final NodePool pool = pool("default", Map.of());
    private final InstanceType small = type("small", 0.1);
    private final InstanceType large = type("large", 0.4);
    private final List<InstanceType> types = List.of(small, large);

    @ParameterizedTest
    @CsvSource({"0.25,,0.25", "0,,0", ",+0.05,0.15", ",-0.05,0.05", ",-1,0", ",+50%,0.15", ",-10%,0.09", ",-100%,0"})
    void setsAndAdjustsPricesButNeverBelowZero(@Nullable String price, @Nullable String adjustment, double expected) {
        List<InstanceType> overlaid = apply(overlay("one", 0, price, adjustment, Map.of(), of("small")));
        assertThat(overlaid.getFirst().offerings())
                .allSatisfy(offering -> assertThat(offering.pricePerHourUsd()).isCloseTo(expected, within(1e-12)));
        assertThat(overlaid.getFirst().priceOverlaid()).isTrue();
        assertThat(overlaid.getLast()).isSameAs(large);
    }

    @Test
    void changesOnlyTheOfferingsItIsAbout() {
        InstanceType overlaid = apply(overlay(
                        "spot",
                        0,
                        "0.01",
                        null,
                        Map.of(),
                        of("small"),
                        in(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_SPOT)))
                .getFirst();
        assertThat(price(overlaid, Labels.CAPACITY_TYPE_SPOT)).isEqualTo(0.01);
        assertThat(price(overlaid, Labels.CAPACITY_TYPE_ON_DEMAND)).isEqualTo(0.1);
    }

    @Test
    void addsResourcesToATypeAsSoonAsOneOfferingMatches() {
        InstanceType overlaid = apply(overlay(
                        "gpu",
                        0,
                        null,
                        null,
                        Map.of(GPU, Quantity.parse("2")),
                        of("small"),
                        in(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_SPOT)))
                .getFirst();
        assertThat(overlaid.capacity().get(GPU)).isEqualTo(ResourceVector.amountOf(GPU, Quantity.parse("2")));
        assertThat(overlaid.allocatable().get(GPU))
                .isEqualTo(overlaid.capacity().get(GPU));
        assertThat(overlaid.capacity().milliCpu()).isEqualTo(small.capacity().milliCpu());
        assertThat(overlaid.capacityOverlaid()).isTrue();
        assertThat(overlaid.priceOverlaid()).isFalse();
    }

    @Test
    @Covers("nodeoverlay: weights")
    void theHeavierOverlayCountsResourceByResourceWithoutConflict() {
        OverlayJudgement judgement = judge(
                overlay(
                        "light",
                        1,
                        "0.5",
                        null,
                        Map.of(GPU, Quantity.parse("1"), "example.com/nic", Quantity.parse("1"))),
                overlay("heavy", 2, "0.3", null, Map.of(GPU, Quantity.parse("8"))));
        assertThat(judgement.verdicts().values()).allMatch(OverlayVerdict.InForce.class::isInstance);
        InstanceType overlaid = judgement.overlays().apply(pool, types).getFirst();
        assertThat(price(overlaid, Labels.CAPACITY_TYPE_SPOT)).isEqualTo(0.3);
        assertThat(overlaid.capacity().get(GPU)).isEqualTo(ResourceVector.amountOf(GPU, Quantity.parse("8")));
        assertThat(overlaid.capacity().get("example.com/nic")).isPositive();
    }

    @Test
    @Covers({"nodeoverlay: conflicts", "apis/v1alpha1: overlay weight ordering"})
    void ofEqualWeightTheOneJudgedLaterIsRejectedAsAWhole() {
        OverlayJudgement judgement = judge(
                overlay("b", 3, "0.2", null, Map.of(), of("small")),
                overlay("a", 3, "0.2", null, Map.of(GPU, Quantity.parse("1"))));
        assertThat(judgement.verdicts().get("b")).isInstanceOf(OverlayVerdict.InForce.class);
        assertThat(judgement.verdicts().get("a"))
                .isInstanceOfSatisfying(
                        OverlayVerdict.Conflict.class,
                        conflict -> assertThat(conflict.message())
                                .contains("overlay b", "weight 3", "price of small", "pool default"));
        assertThat(judgement.overlays().apply(pool, types).getLast()).isSameAs(large);
    }

    @Test
    @Covers({"nodeoverlay: conflicts", "nodeoverlay: weights"})
    void equalWeightsConflictUnderAHeavierOverlayToo() {
        OverlayJudgement judgement = judge(
                overlay("heaviest", 5, "0.1", null, Map.of(GPU, Quantity.parse("1"))),
                overlay("b", 3, "0.2", null, Map.of()),
                overlay("a", 3, "0.3", null, Map.of()),
                overlay("d", 2, null, null, Map.of(GPU, Quantity.parse("2"))),
                overlay("c", 2, null, null, Map.of(GPU, Quantity.parse("3"))));
        assertThat(judgement.verdicts().entrySet().stream()
                        .filter(verdict -> verdict.getValue() instanceof OverlayVerdict.Conflict)
                        .map(Map.Entry::getKey))
                .containsExactlyInAnyOrder("a", "c");
    }

    @Test
    @Covers("nodeoverlay: conflicts")
    void equalWeightsAboutDifferentThingsAreNoConflict() {
        assertThat(judge(
                                overlay("price", 3, "0.2", null, Map.of()),
                                overlay("capacity", 3, null, null, Map.of(GPU, Quantity.parse("1"))),
                                overlay("nic", 3, null, null, Map.of("example.com/nic", Quantity.parse("1"))))
                        .verdicts()
                        .values())
                .allMatch(OverlayVerdict.InForce.class::isInstance);
        assertThat(judge(
                                overlay("small", 3, "0.2", null, Map.of(), of("small")),
                                overlay("large", 3, "0.2", null, Map.of(), of("large")))
                        .verdicts()
                        .values())
                .allMatch(OverlayVerdict.InForce.class::isInstance);
    }

    @Test
    @Covers("nodeoverlay: conflicts")
    void twoResourcesOfTheSameNameConflictEvenWithTheSameAmount() {
        OverlayJudgement judgement = judge(
                overlay("one", 0, null, null, Map.of(GPU, Quantity.parse("1"))),
                overlay("two", 0, null, null, Map.of(GPU, Quantity.parse("1"))));
        assertThat(judgement.verdicts().get("two")).isInstanceOf(OverlayVerdict.InForce.class);
        assertThat(judgement.verdicts().get("one"))
                .isInstanceOfSatisfying(
                        OverlayVerdict.Conflict.class,
                        conflict -> assertThat(conflict.message()).contains("capacity of " + GPU));
    }

    @Test
    @Covers("nodeoverlay: isolation")
    void appliesToThePoolsItNamesOnly() {
        NodePool other = pool("other", Map.of("example.com/team", "blue"));
        List<Sold> sold = List.of(new Sold(pool, types), new Sold(other, types));
        Overlays byName = OverlayJudgement.of(
                        List.of(overlay("o", 0, "0.2", null, Map.of(), in(Labels.NODE_POOL, "other"))), sold, RULES)
                .overlays();
        assertThat(byName.apply(pool, types)).isSameAs(types);
        assertThat(byName.apply(other, types).getFirst().priceOverlaid()).isTrue();
        Overlays byLabel = OverlayJudgement.of(
                        List.of(overlay("o", 0, "0.2", null, Map.of(), in("example.com/team", "blue"))), sold, RULES)
                .overlays();
        assertThat(byLabel.apply(pool, types)).isSameAs(types);
        assertThat(byLabel.apply(other, types).getFirst().priceOverlaid()).isTrue();
    }

    @Test
    void coversOnlyPoolsWhoseTypesWereKnown() {
        Overlays overlays = judge().overlays();
        assertThat(overlays.covers(pool)).isTrue();
        assertThat(overlays.covers(pool("late", Map.of()))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "NaN,,price \"NaN\"",
        "-1,,price \"-1\"",
        ",5%,priceAdjustment \"5%\"",
        ",+0x1%,priceAdjustment \"+0x1%\"",
        "1,+1,exclude each other"
    })
    @Covers("nodeoverlay: validation")
    void refusesPricesThatAreNone(@Nullable String price, @Nullable String adjustment, String message) {
        NodeOverlay wrong = overlay("wrong", 9, price, adjustment, Map.of());
        NodeOverlay right = overlay("right", 9, "0.2", null, Map.of());
        OverlayJudgement judgement = judge(wrong, right);
        assertThat(judgement.verdicts().get("wrong"))
                .isInstanceOfSatisfying(
                        OverlayVerdict.Invalid.class,
                        invalid -> assertThat(invalid.message()).contains(message));
        assertThat(judgement.verdicts().get("right")).isInstanceOf(OverlayVerdict.InForce.class);
    }

    @Test
    @Covers("nodeoverlay: validation")
    void refusesRequirementsAndResourcesThatMeanNothing() {
        OverlayJudgement judgement = judge(
                overlay("restricted", 1, "1", null, Map.of(), in("karpenter.sh/initialized", "true")),
                overlay("cpu", 2, null, null, Map.of("cpu", Quantity.parse("1"))));
        assertThat(judgement.verdicts().get("restricted"))
                .isInstanceOfSatisfying(
                        OverlayVerdict.Invalid.class,
                        invalid -> assertThat(invalid.message()).contains("karpenter.sh/initialized"));
        assertThat(judgement.verdicts().get("cpu"))
                .isInstanceOfSatisfying(
                        OverlayVerdict.Invalid.class,
                        invalid -> assertThat(invalid.message()).contains("capacity: cpu"));
    }

    private List<InstanceType> apply(NodeOverlay overlay) {
        OverlayJudgement judgement = judge(overlay);
        assertThat(judgement.verdicts().get(overlay.name())).isInstanceOf(OverlayVerdict.InForce.class);
        return judgement.overlays().apply(pool, types);
    }

    private OverlayJudgement judge(NodeOverlay... overlays) {
        return OverlayJudgement.of(List.of(overlays), List.of(new Sold(pool, types)), RULES);
    }

    private static double price(InstanceType type, String capacityType) {
        return type.offerings().stream()
                .filter(offering -> offering.capacityType().equals(capacityType))
                .findFirst()
                .orElseThrow()
                .pricePerHourUsd();
    }

    private static NodeSelectorRequirement of(String typeName) {
        return in(Labels.INSTANCE_TYPE, typeName);
    }

    private static NodeSelectorRequirement in(String key, String value) {
        return new NodeSelectorRequirement(key, "In", List.of(value), null);
    }

    private static NodeOverlay overlay(
            String name,
            int weight,
            @Nullable String price,
            @Nullable String adjustment,
            Map<String, Quantity> capacity,
            NodeSelectorRequirement... requirements) {
        return new NodeOverlay(
                ObjectMeta.named(name),
                new NodeOverlay.Spec(List.of(requirements), price, adjustment, capacity, weight == 0 ? null : weight),
                NodeOverlay.Status.EMPTY);
    }

    private static InstanceType type(String name, double price) {
        List<Offering> offerings = new ArrayList<>();
        for (String capacityType : List.of(Labels.CAPACITY_TYPE_SPOT, Labels.CAPACITY_TYPE_ON_DEMAND)) {
            Requirements where = Requirements.of(
                    Requirement.in(Labels.ZONE, "zone-1"), Requirement.in(Labels.CAPACITY_TYPE, capacityType));
            offerings.add(new Offering(where, "zone-1", capacityType, price, true, 0, null, null));
        }
        return new InstanceType(
                name,
                Requirements.of(
                        Requirement.in(Labels.INSTANCE_TYPE, name),
                        Requirement.in(Labels.ZONE, "zone-1"),
                        Requirement.in(
                                Labels.CAPACITY_TYPE,
                                List.of(Labels.CAPACITY_TYPE_SPOT, Labels.CAPACITY_TYPE_ON_DEMAND))),
                offerings,
                ResourceVector.of(2000, 4L << 30),
                ResourceVector.ZERO);
    }

    private static NodePool pool(String name, Map<String, String> labels) {
        NodePool.Template template = new NodePool.Template(
                new NodePool.TemplateMetadata(new TreeMap<>(labels), Map.of()),
                new NodePool.TemplateSpec(
                        List.of(),
                        List.of(),
                        List.of(),
                        new NodeClassReference("example.com", "ExampleNodeClass", "default"),
                        null,
                        NillableDuration.parse("720h")));
        return new NodePool(
                ObjectMeta.named(name),
                new NodePool.Spec(template, NodePool.Disruption.DEFAULT, null, null, null),
                NodePool.Status.EMPTY);
    }

    @Test
    @Covers("nodeoverlay: memory scaling")
    void copiesNothingThatNoOverlayIsAbout() {
        List<NodeOverlay> overlays = new ArrayList<>();
        List<Sold> sold = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            NodePool each = pool("pool-" + i, Map.of());
            sold.add(new Sold(each, types));
            overlays.add(overlay(
                    "o-" + i,
                    i + 1,
                    "0.2",
                    null,
                    Map.of(),
                    in(Labels.NODE_POOL, each.name()),
                    of("small"),
                    in(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_SPOT)));
        }
        Overlays inForce = OverlayJudgement.of(overlays, sold, RULES).overlays();
        for (Sold each : sold) {
            List<InstanceType> overlaid = inForce.apply(each.pool(), types);
            assertThat(overlaid.getLast()).isSameAs(large);
            assertThat(overlaid.getFirst().requirements()).isSameAs(small.requirements());
            assertThat(overlaid.getFirst().capacity()).isSameAs(small.capacity());
            assertThat(overlaid.getFirst().offerings().getFirst())
                    .isNotSameAs(small.offerings().getFirst());
            assertThat(overlaid.getFirst().offerings().getLast())
                    .isSameAs(small.offerings().getLast());
        }
        assertThat(inForce.apply(pool("plain", Map.of()), types)).isSameAs(types);
    }
}
