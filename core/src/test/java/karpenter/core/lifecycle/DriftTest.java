package karpenter.core.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DriftTest {
    private static final String RESERVATION = "example.com/reservation";
    private static final Set<String> RESERVATION_KEYS = Set.of(RESERVATION, "example.com/reservation-type");

    private static NodeClaim claim(Map<String, String> labels, Map<String, String> annotations) {
        NodeClaim claim = Samples.claim(null, null);
        return claim.withMetadata(claim.metadata().withLabels(labels).withAnnotations(annotations));
    }

    private static NodeClaim claim(Map<String, String> labels) {
        return claim(labels, Map.of());
    }

    private static NodePool pool(Map<String, String> annotations, NodeSelectorRequirement... requirements) {
        NodeClaim.Spec like = Samples.claim(null, null).spec();
        NodePool.TemplateSpec spec = new NodePool.TemplateSpec(
                List.of(), List.of(), List.of(requirements), like.nodeClassRef(), null, like.expireAfter());
        return new NodePool(
                ObjectMeta.named("p").withAnnotations(annotations),
                new NodePool.Spec(
                        new NodePool.Template(new NodePool.TemplateMetadata(null, null), spec),
                        NodePool.Disruption.DEFAULT,
                        Map.of(),
                        null,
                        null),
                NodePool.Status.EMPTY);
    }

    private static NodeSelectorRequirement in(String key, String... values) {
        return NodeSelectorRequirement.of(key, "In", values);
    }

    private static Map<String, String> hash(@Nullable String hash, @Nullable String version) {
        Map<String, String> annotations = new TreeMap<>();
        if (hash != null) {
            annotations.put(Labels.NODE_POOL_HASH, hash);
        }
        if (version != null) {
            annotations.put(Labels.NODE_POOL_HASH_VERSION, version);
        }
        return annotations;
    }

    @ParameterizedTest
    @CsvSource({
        "1,v3,2,v3,NodePoolDrifted",
        "1,v3,1,v3,",
        "1,v3,2,v4,",
        ",v3,2,v3,",
        "1,,2,v3,",
        "1,v3,,v3,",
        "1,v3,2,,",
    })
    @Covers("nodeclaim/disruption: drift by hash")
    void comparesHashesOfOneVersionOnly(
            @Nullable String claimHash,
            @Nullable String claimVersion,
            @Nullable String poolHash,
            @Nullable String poolVersion,
            @Nullable String drift) {
        assertThat(Drift.fromPool(claim(Map.of(), hash(claimHash, claimVersion)), pool(hash(poolHash, poolVersion))))
                .isEqualTo(drift);
    }

    @Test
    @Covers("nodeclaim/disruption: drift by requirements")
    void readsOldLabelKeysAsTheOnesThatReplacedThem() {
        NodeClaim claim = claim(Map.of(Labels.ARCH, "amd64"));
        assertThat(Drift.fromPool(claim, pool(Map.of(), in("beta.kubernetes.io/arch", "amd64"))))
                .isNull();
        assertThat(Drift.fromPool(claim, pool(Map.of(), in("beta.kubernetes.io/arch", "arm64"))))
                .isEqualTo(Drift.REQUIREMENTS_DRIFTED);
        NodeClaim old = claim(Map.of("failure-domain.beta.kubernetes.io/zone", "a"));
        assertThat(Drift.fromPool(old, pool(Map.of(), in(Labels.ZONE, "a")))).isNull();
    }

    @Test
    @Covers("nodeclaim/disruption: drift by requirements")
    void aRequirementForALabelThatTheClaimLacksIsDrift() {
        assertThat(Drift.fromPool(claim(Map.of()), pool(Map.of(), in("team", "a"))))
                .isEqualTo(Drift.REQUIREMENTS_DRIFTED);
    }

    private static Offering offering(String capacityType, String zone, String... extra) {
        Requirements requirements =
                Requirements.of(Requirement.in(Labels.CAPACITY_TYPE, capacityType), Requirement.in(Labels.ZONE, zone));
        for (int i = 0; i < extra.length; i += 2) {
            requirements = requirements.and(Requirement.in(extra[i], extra[i + 1]));
        }
        return new Offering(requirements, zone, capacityType, 1, false, 0, null, null);
    }

    private static List<InstanceType> types(Offering... offerings) {
        return List.of(
                new InstanceType("m", Requirements.NONE, List.of(offerings), ResourceVector.ZERO, ResourceVector.ZERO));
    }

    private static NodeClaim machine(String capacityType, String... extra) {
        Map<String, String> labels = new TreeMap<>();
        labels.put(Labels.INSTANCE_TYPE, "m");
        labels.put(Labels.CAPACITY_TYPE, capacityType);
        labels.put(Labels.ZONE, "a");
        for (int i = 0; i < extra.length; i += 2) {
            labels.put(extra[i], extra[i + 1]);
        }
        return claim(labels);
    }

    private static boolean gone(NodeClaim claim, List<InstanceType> types) {
        return Drift.typeGone(claim, types, Labels.WELL_KNOWN, RESERVATION_KEYS);
    }

    @Test
    @Covers("nodeclaim/disruption: drift of instance types")
    void aTypeThatIsNoLongerListedOrNotWhereTheClaimIsIsGone() {
        NodeClaim claim = machine("on-demand");
        assertThat(gone(claim, types(offering("on-demand", "a")))).isFalse();
        assertThat(gone(claim, types(offering("on-demand", "b")))).isTrue();
        assertThat(gone(claim, types(offering("spot", "a")))).isTrue();
        assertThat(gone(claim, List.of())).isTrue();
        assertThat(gone(claim(Map.of(Labels.INSTANCE_TYPE, "n")), types(offering("on-demand", "a"))))
                .isTrue();
    }

    @Test
    @Covers("nodeclaim/disruption: drift of reserved machines")
    void aMachineWhoseReservationIsOverStaysWhileItsTypeIsSoldOnDemand() {
        NodeClaim reserved = machine("reserved", RESERVATION, "r-1");
        assertThat(gone(reserved, types(offering("reserved", "a", RESERVATION, "r-1"))))
                .isFalse();
        assertThat(gone(reserved, types(offering("reserved", "a", RESERVATION, "r-2"))))
                .isFalse();
        assertThat(gone(reserved, types(offering("on-demand", "a")))).isFalse();
        assertThat(gone(reserved, types(offering("on-demand", "b")))).isTrue();
        assertThat(gone(reserved, types(offering("spot", "a")))).isTrue();
    }

    @Test
    @Covers("nodeclaim/disruption: drift of reserved machines")
    void whatIsLeftOfAReservationsLabelsOnADowngradedMachineDoesNotMatter() {
        NodeClaim downgraded = machine("on-demand", RESERVATION, "r-1", "example.com/reservation-type", "block");
        Offering onDemand = offering("on-demand", "a");
        Offering without = new Offering(
                onDemand.requirements().and(Requirement.doesNotExist(RESERVATION)),
                "a",
                "on-demand",
                1,
                true,
                0,
                null,
                null);
        assertThat(gone(downgraded, types(without))).isFalse();
        assertThat(gone(downgraded, types(offering("reserved", "a", RESERVATION, "r-1"))))
                .as("an on-demand machine is not kept by a reservation")
                .isTrue();
    }

    @Test
    void judgesTypesOnlyOfClaimsThatAreOlderThanAnHour() {
        NodeClaim claim = claim(Map.of());
        assertThat(Drift.isTypeJudged(claim, Samples.T0.plus(Duration.ofHours(1))))
                .isFalse();
        assertThat(Drift.isTypeJudged(
                        claim, Samples.T0.plus(Duration.ofHours(1)).plusMillis(1)))
                .isTrue();
        NodeClaim unborn = claim.withMetadata(ObjectMeta.named("a"));
        assertThat(Drift.isTypeJudged(unborn, Samples.T0)).isFalse();
    }
}
