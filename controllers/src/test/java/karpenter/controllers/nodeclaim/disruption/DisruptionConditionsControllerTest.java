package karpenter.controllers.nodeclaim.disruption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider.DriftResult;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

final class DisruptionConditionsControllerTest {
    private final FakeWorld world = new FakeWorld();

    DisruptionConditionsControllerTest() {
        world.run(DisruptionConditionsController.controller(
                world.state, world.api.nodeClaims(), world.cloud, world.context, 1_000));
        world.cloud.setInstanceTypes(List.of(type("fake-4x", "zone-a")));
    }

    private static InstanceType type(String name, String zone) {
        Requirements requirements = Requirements.of(
                Requirement.in(Labels.ZONE, zone),
                Requirement.in(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_ON_DEMAND));
        Offering offering = new Offering(requirements, zone, Labels.CAPACITY_TYPE_ON_DEMAND, 1, false, 0, null, null);
        return new InstanceType(name, requirements, List.of(offering), ResourceVector.ZERO, ResourceVector.ZERO);
    }

    private NodePool pool(NodePoolBuilder pool) {
        return world.api
                .nodePools()
                .put(pool.annotation(Labels.NODE_POOL_HASH, "1")
                        .annotation(Labels.NODE_POOL_HASH_VERSION, "v3")
                        .build());
    }

    private NodeClaimBuilder running(NodePool pool) {
        return NodeClaimBuilder.claim("a")
                .pool(pool)
                .label(Labels.INSTANCE_TYPE, "fake-4x")
                .label(Labels.ZONE, "zone-a")
                .label(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_ON_DEMAND)
                .initialized("fake:///a", "a", world.now());
    }

    private void put(NodeClaimBuilder claim) {
        world.api.nodeClaims().put(claim.build());
        world.settle();
    }

    private String consolidatable() {
        return world.conditionStatus("a", NodeClaim.CONSOLIDATABLE);
    }

    private void assertDrifted(String reason) {
        Condition drifted = world.condition("a", NodeClaim.DRIFTED);
        assertThat(drifted.status()).isEqualTo(Condition.TRUE);
        assertThat(drifted.reason()).isEqualTo(reason);
        assertThat(drifted.message()).isEqualTo(reason);
    }

    private void assertNotDrifted() {
        assertThat(world.conditionStatus("a", NodeClaim.DRIFTED)).isEqualTo("absent");
    }

    @Test
    void writesTheFirstConditionsOfAClaim() {
        put(NodeClaimBuilder.claim("a"));
        assertThat(world.claim("a").status().conditions())
                .extracting(Condition::type, Condition::status)
                .contains(
                        tuple(NodeClaim.LAUNCHED, Condition.UNKNOWN),
                        tuple(NodeClaim.REGISTERED, Condition.UNKNOWN),
                        tuple(NodeClaim.INITIALIZED, Condition.UNKNOWN),
                        tuple(NodeClaim.READY, Condition.UNKNOWN));
    }

    @Test
    @Covers("nodeclaim/disruption: consolidatable timing")
    void letsANodeBeConsolidatedWhenItWasLeftAloneLongEnough() {
        put(running(pool(NodePoolBuilder.pool("default").consolidateAfter("30s"))));
        assertThat(consolidatable()).isEqualTo("absent");
        world.pass(Duration.ofSeconds(29));
        assertThat(consolidatable()).isEqualTo("absent");
        world.pass(Duration.ofSeconds(1));
        assertThat(consolidatable()).isEqualTo(Condition.TRUE);
    }

    @Test
    @Covers("nodeclaim/disruption: consolidatable timing")
    void countsFromTheLastPodEvent() {
        put(running(pool(NodePoolBuilder.pool("default").consolidateAfter("30s"))));
        world.pass(Duration.ofSeconds(30));
        assertThat(consolidatable()).isEqualTo(Condition.TRUE);
        world.api
                .nodeClaims()
                .change("a", claim -> claim.withStatus(claim.status().withLastPodEventTime(world.now())));
        world.settle();
        assertThat(consolidatable()).isEqualTo("absent");
        world.pass(Duration.ofSeconds(30));
        assertThat(consolidatable()).isEqualTo(Condition.TRUE);
    }

    @Test
    void followsThePoolsRules() {
        put(running(pool(NodePoolBuilder.pool("default"))));
        assertThat(consolidatable()).isEqualTo(Condition.TRUE);
        pool(NodePoolBuilder.pool("default").consolidateAfter("Never"));
        world.settle();
        assertThat(consolidatable()).isEqualTo("absent");
    }

    @Test
    void neverConsolidatesNodesThatAreStaticOrNotInitialized() {
        put(running(pool(NodePoolBuilder.pool("default").replicas(1))));
        assertThat(consolidatable()).isEqualTo("absent");
        world.api.nodeClaims().remove("a");
        NodePool dynamic = pool(NodePoolBuilder.pool("dynamic"));
        put(NodeClaimBuilder.claim("a")
                .pool(dynamic)
                .providerId("fake:///a")
                .trueSince(NodeClaim.LAUNCHED, world.now()));
        assertThat(consolidatable()).isEqualTo("absent");
    }

    @Test
    @Covers("nodeclaim/disruption: drift by hash")
    void seesATemplateChangeByTheHash() {
        put(running(pool(NodePoolBuilder.pool("default"))));
        assertNotDrifted();
        world.api
                .nodePools()
                .change(
                        "default",
                        pool -> pool.withMetadata(pool.metadata().withAnnotation(Labels.NODE_POOL_HASH, "2")));
        world.settle();
        assertDrifted("NodePoolDrifted");
        world.api
                .nodePools()
                .change(
                        "default",
                        pool -> pool.withMetadata(pool.metadata().withAnnotation(Labels.NODE_POOL_HASH_VERSION, "v4")));
        world.settle();
        assertNotDrifted();
    }

    @Test
    void doesNotAskForDriftBeforeTheLaunch() {
        NodePool pool = pool(NodePoolBuilder.pool("default"));
        world.cloud.setDrift("a", new DriftResult.Drifted("ImageDrift"));
        put(NodeClaimBuilder.claim("a").pool(pool));
        assertNotDrifted();
    }

    @Test
    @Covers("nodeclaim/disruption: drift by requirements")
    void seesRequirementsThatNoLongerHold() {
        put(running(pool(NodePoolBuilder.pool("default").requirement(Labels.ZONE, "In", "zone-a", "zone-b"))));
        assertNotDrifted();
        pool(NodePoolBuilder.pool("default").requirement(Labels.ZONE, "NotIn", "zone-a"));
        world.settle();
        assertDrifted("RequirementsDrifted");
        pool(NodePoolBuilder.pool("default").requirement("team", "DoesNotExist"));
        world.settle();
        assertNotDrifted();
    }

    @Test
    @Covers("nodeclaim/disruption: drift of instance types")
    void seesAnInstanceTypeThatIsOfferedNoLongerAfterAnHour() {
        put(running(pool(NodePoolBuilder.pool("default"))));
        world.cloud.setInstanceTypes(List.of(type("fake-4x", "zone-b")));
        world.pass(Duration.ofMinutes(59));
        assertNotDrifted();
        world.pass(Duration.ofMinutes(7));
        assertDrifted("InstanceTypeNotFound");
        world.cloud.setInstanceTypes(List.of(type("fake-4x", "zone-a")));
        world.pass(Duration.ofMinutes(5));
        assertNotDrifted();
    }

    @Test
    void keepsQuietAboutTypesThatTheProviderCannotTell() {
        put(running(pool(NodePoolBuilder.pool("default"))));
        world.cloud.answerInstanceTypes(new InstanceTypesResult.Failed("away"));
        world.pass(Duration.ofMinutes(70));
        assertNotDrifted();
    }

    @Test
    void believesTheProviderAndKeepsItsWordWhileItCannotTell() {
        NodePool pool = pool(NodePoolBuilder.pool("default"));
        world.cloud.setDrift("a", new DriftResult.Drifted("ImageDrift"));
        put(running(pool));
        assertDrifted("ImageDrift");
        world.cloud.setDrift("a", new DriftResult.Failed("away"));
        world.pass(Duration.ofMinutes(6));
        assertDrifted("ImageDrift");
        world.cloud.setDrift("a", new DriftResult.NotDrifted());
        world.pass(Duration.ofMinutes(5));
        assertNotDrifted();
    }

    @Test
    void doesNotLookAtClaimsWhenOnlyAPoolsStatusChanges() {
        put(running(pool(NodePoolBuilder.pool("default"))));
        world.cloud.setDrift("a", new DriftResult.Drifted("ImageDrift"));
        world.api
                .nodePools()
                .change("default", pool -> pool.withStatus(pool.status().withResources(Map.of(), 1)));
        world.settle();
        assertNotDrifted();
    }
}
