package karpenter.controllers.nodeoverlay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import karpenter.api.Condition;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.cloudprovider.OverlaidCloudProvider;
import karpenter.controllers.testing.FakeInstanceTypes;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.core.catalog.InstanceType;
import karpenter.core.validation.LabelRules;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NodeOverlayControllerTest {
    private final FakeWorld world = new FakeWorld();
    private OverlaidCloudProvider cloud = new OverlaidCloudProvider(world.cloud);

    @BeforeEach
    void start() {
        cloud = new OverlaidCloudProvider(world.cloud);
        world.cloud.setInstanceTypes(List.of(FakeInstanceTypes.type("four", 4)));
        world.run(NodeOverlayController.controller(
                world.state,
                world.cloud,
                cloud,
                world.api.nodeOverlays(),
                LabelRules.with(Set.of(), Set.of("karpenter.test.sh")),
                world.context));
    }

    @Test
    void tellsNoTypesBeforeThePoolIsJudged() {
        NodePool unknown = NodePoolBuilder.pool("default").build();
        assertThat(cloud.instanceTypes(unknown)).isInstanceOf(InstanceTypesResult.NotEvaluated.class);
        NodePool stored = world.api.nodePools().put(unknown);
        world.pass(Duration.ofSeconds(1));
        assertThat(price(stored)).isEqualTo(0.4);
    }

    @Test
    void putsAnOverlayToUseAndSaysSo() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.pass(Duration.ofSeconds(1));
        long topology = world.state.snapshot().topologyRevision();
        world.api.nodeOverlays().put(overlay("cheap", 1, "0.3"));
        world.pass(Duration.ofSeconds(1));
        assertThat(price(pool)).isEqualTo(0.3);
        assertThat(condition("cheap", NodeOverlay.READY).isTrue()).isTrue();
        assertThat(condition("cheap", NodeOverlay.VALIDATION_SUCCEEDED).isTrue())
                .isTrue();
        assertThat(world.state.snapshot().topologyRevision()).isGreaterThan(topology);
    }

    @Test
    @Covers("nodeoverlay: conflicts")
    void theOverlayThatLosesAConflictComesIntoForceWhenTheOtherGoes() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.api.nodeOverlays().put(overlay("b", 1, "0.3"));
        world.api.nodeOverlays().put(overlay("a", 1, "0.2"));
        world.pass(Duration.ofSeconds(1));
        assertThat(price(pool)).isEqualTo(0.3);
        assertThat(condition("a", NodeOverlay.VALIDATION_SUCCEEDED).reason()).isEqualTo(NodeOverlay.CONFLICT);
        assertThat(condition("a", NodeOverlay.READY).isTrue()).isFalse();
        world.api.nodeOverlays().remove("b");
        world.pass(Duration.ofSeconds(1));
        assertThat(price(pool)).isEqualTo(0.2);
        assertThat(condition("a", NodeOverlay.READY).isTrue()).isTrue();
    }

    @Test
    @Covers("nodeoverlay: validation")
    void anInvalidOverlayLeavesTheOthersAlone() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.api.nodeOverlays().put(overlay("wrong", 1, "cheap"));
        world.api.nodeOverlays().put(overlay("right", 1, "0.3"));
        world.pass(Duration.ofSeconds(1));
        assertThat(price(pool)).isEqualTo(0.3);
        assertThat(condition("wrong", NodeOverlay.VALIDATION_SUCCEEDED).reason())
                .isEqualTo(NodeOverlay.RUNTIME_VALIDATION);
        assertThat(condition("wrong", NodeOverlay.VALIDATION_SUCCEEDED).message())
                .contains("price \"cheap\" is no price");
    }

    @Test
    void judgesAgainWhenTypesOfAPoolCanBeHadAgain() {
        world.cloud.answerInstanceTypes(new InstanceTypesResult.Failed("throttled"));
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.api.nodeOverlays().put(overlay("cheap", 1, "0.3"));
        world.pass(Duration.ofSeconds(1));
        assertThat(cloud.instanceTypes(pool)).isInstanceOf(InstanceTypesResult.Failed.class);
        world.cloud.answerInstanceTypes(null);
        assertThat(cloud.instanceTypes(pool)).isInstanceOf(InstanceTypesResult.NotEvaluated.class);
        world.pass(Duration.ofSeconds(11));
        assertThat(price(pool)).isEqualTo(0.3);
    }

    @Test
    void writesTheStatusAgainAfterAConflict() {
        world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.faults.next(Fault.CONFLICT);
        world.api.nodeOverlays().put(overlay("cheap", 1, "0.3"));
        world.pass(Duration.ofSeconds(5));
        assertThat(condition("cheap", NodeOverlay.READY).isTrue()).isTrue();
    }

    private double price(NodePool pool) {
        if (cloud.instanceTypes(pool) instanceof InstanceTypesResult.Found(List<InstanceType> types)) {
            return types.getFirst().offerings().getFirst().pricePerHourUsd();
        }
        throw new AssertionError("the types of " + pool.name() + " aren't told: " + cloud.instanceTypes(pool));
    }

    private Condition condition(String overlay, String type) {
        @Nullable
        Condition found = world.api.nodeOverlays().stored(overlay).status().conditions().stream()
                .filter(condition -> condition.type().equals(type))
                .findFirst()
                .orElse(null);
        return Objects.requireNonNull(found, () -> overlay + " has no condition " + type);
    }

    private static NodeOverlay overlay(String name, int weight, String price) {
        return new NodeOverlay(
                ObjectMeta.named(name),
                new NodeOverlay.Spec(
                        List.of(NodeSelectorRequirement.of("node.kubernetes.io/instance-type", "In", "four")),
                        price,
                        null,
                        Map.of(),
                        weight),
                NodeOverlay.Status.EMPTY);
    }
}
