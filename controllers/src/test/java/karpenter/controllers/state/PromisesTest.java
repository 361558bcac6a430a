package karpenter.controllers.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import karpenter.controllers.state.ClusterState.PlannedPod;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Machines that were promised to pods are protected for as long as such a pod is on its way, wherever others end up. */
final class PromisesTest {
    private final FakeWorld world = new FakeWorld();

    @BeforeEach
    void twoMachinesForTwoPods() {
        for (String name : new String[] {"a", "b"}) {
            world.joined(name);
            world.api.putPod(PodBuilder.pod("for-" + name).build());
            world.state.planned(pod("for-" + name).uid(), name);
            world.state.nominate("fake:///" + name, Duration.ofSeconds(20));
        }
    }

    private Pod pod(String name) {
        return Objects.requireNonNull(world.api.pod(new PodKey("default", name)), name);
    }

    private void bind(String pod, String node) {
        world.api.putPod(PodBuilder.pod(pod).uid(pod(pod).uid()).on(node).build());
    }

    private boolean protects(String claim) {
        return Objects.requireNonNull(
                        world.state.snapshot().machinesByClaimName().get(claim))
                .nominated(world.now());
    }

    private @Nullable String target(String pod) {
        PlannedPod plan = world.state.plannedFor(pod(pod).uid());
        return plan == null ? null : plan.targetName();
    }

    @Test
    void endsWhenThePodComes() {
        bind("for-a", "node-a");
        assertThat(protects("a")).isFalse();
        assertThat(protects("b")).isTrue();
    }

    @Test
    void passesToThePodWhosePlaceWasTaken() {
        bind("for-a", "node-b");
        assertThat(protects("a")).as("the other pod needs it").isTrue();
        assertThat(target("for-b")).isEqualTo("a");
        assertThat(protects("b")).isFalse();
        bind("for-b", "node-a");
        assertThat(protects("a")).isFalse();
    }

    @Test
    void endsWhenThePodGoesWhereNobodyElseIsExpected() {
        bind("for-b", "node-b");
        bind("for-a", "node-b");
        assertThat(protects("a")).isFalse();
    }

    @Test
    void endsWhenThePodGoesAway() {
        world.api.removePod(pod("for-a").key());
        assertThat(protects("a")).isFalse();
        assertThat(protects("b")).isTrue();
    }
}
