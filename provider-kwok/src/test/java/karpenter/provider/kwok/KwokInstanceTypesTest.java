package karpenter.provider.kwok;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

class KwokInstanceTypesTest {
    private static final double EXACT = 1e-12;

    private final Map<String, InstanceType> defaults =
            KwokInstanceTypes.defaults().stream().collect(Collectors.toMap(InstanceType::name, Function.identity()));

    private InstanceType type(String name) {
        InstanceType type = defaults.get(name);
        assertThat(type).as(name).isNotNull();
        return java.util.Objects.requireNonNull(type);
    }

    @Test
    void offersUpstreamsHundredAndFortyFourTypesInEightOfferingsEach() {
        assertThat(defaults).hasSize(144);
        assertThat(defaults.values())
                .allSatisfy(type -> assertThat(type.offerings()).hasSize(8).allMatch(Offering::available));
        assertThat(KwokInstanceTypes.defaults())
                .extracting(InstanceType::name)
                .isSorted()
                .contains("c-1x-amd64-linux", "s-48x-arm64-windows", "m-256x-arm64-linux");
    }

    @Test
    void sizesATypeByItsNameAndFamily() {
        ResourceVector capacity = type("s-16x-amd64-linux").capacity();

        assertThat(capacity.milliCpu()).isEqualTo(16_000);
        assertThat(capacity.memoryBytes()).isEqualTo(64L << 30);
        assertThat(capacity.pods()).isEqualTo(256);
        assertThat(capacity.ephemeralStorageBytes()).isEqualTo(20L << 30);
        assertThat(type("c-256x-amd64-linux").capacity().pods()).isEqualTo(1024);
        assertThat(type("c-64x-amd64-linux").capacity().pods()).isEqualTo(1024);
        assertThat(type("c-48x-amd64-linux").capacity().pods()).isEqualTo(768);
    }

    @Test
    void keepsAHundredMilliCoresAndTenMebibytesForTheKubelet() {
        ResourceVector allocatable = type("c-1x-amd64-linux").allocatable();

        assertThat(allocatable.milliCpu()).isEqualTo(900);
        assertThat(allocatable.memoryBytes()).isEqualTo((2L << 30) - (10L << 20));
    }

    @Test
    void pricesByCoresAndGigabytesAndSpotThirtyPercentLower() {
        double onDemand = 0.025 * 4 + 0.001 * ((32L << 30) / 1e9);
        for (Offering offering : type("m-4x-arm64-linux").offerings()) {
            boolean spot = offering.capacityType().equals(Labels.CAPACITY_TYPE_SPOT);
            assertThat(offering.pricePerHourUsd()).isCloseTo(spot ? onDemand * 0.7 : onDemand, within(EXACT));
        }
    }

    @Test
    void labelsATypeWithEverythingPodsMayAskFor() {
        Requirements requirements = type("m-8x-arm64-windows").requirements();

        assertThat(requirements.labels())
                .containsEntry(Labels.INSTANCE_TYPE, "m-8x-arm64-windows")
                .containsEntry(Labels.ARCH, "arm64")
                .containsEntry(Labels.OS, "windows")
                .containsEntry(KwokLabels.INSTANCE_SIZE, "8")
                .containsEntry(KwokLabels.INSTANCE_FAMILY, "m")
                .containsEntry(KwokLabels.INSTANCE_CPU, "8")
                .containsEntry(KwokLabels.INSTANCE_MEMORY, "64Gi");
        assertThat(requirements.get(Labels.ZONE).values())
                .containsExactly("test-zone-a", "test-zone-b", "test-zone-c", "test-zone-d");
        assertThat(requirements.get(Labels.CAPACITY_TYPE).values()).containsExactly("on-demand", "spot");
    }

    @Test
    void takesSizeAndFamilyFromNamesThatLookLikeAws() {
        InstanceType aws = named("m7g.2xlarge");
        assertThat(aws.requirements().get(KwokLabels.INSTANCE_SIZE).singleValue())
                .isEqualTo("2xlarge");
        assertThat(aws.requirements().get(KwokLabels.INSTANCE_FAMILY).singleValue())
                .isEqualTo("m7g");

        InstanceType plain = named("huge");
        assertThat(plain.requirements().get(KwokLabels.INSTANCE_SIZE).singleValue())
                .isEqualTo("4");
        assertThat(plain.requirements().get(KwokLabels.INSTANCE_FAMILY).singleValue())
                .isEqualTo("h");
    }

    private static InstanceType named(String name) {
        Offering offering = new Offering(
                Requirements.of(Requirement.in(Labels.ZONE, "z"), Requirement.in(Labels.CAPACITY_TYPE, "spot")),
                "z",
                "spot",
                1,
                true,
                0,
                null,
                null);
        return KwokInstanceTypes.of(
                name,
                "amd64",
                List.of("linux"),
                Map.of("cpu", Quantity.of(4), "memory", Quantity.parse("8Gi")),
                List.of(offering));
    }
}
