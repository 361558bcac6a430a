package karpenter.controllers.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.controllers.launch.MachineTerminations.Progress;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeClaimBuilder;
import org.junit.jupiter.api.Test;

final class MachineTerminationsTest {
    private static final String ID = "fake:///a";

    private final FakeWorld world = new FakeWorld();
    private final MachineTerminations machines = new MachineTerminations(world.cloud, world.state, world.time);
    private final NodeClaim claim = world.api
            .nodeClaims()
            .put(NodeClaimBuilder.claim("a").providerId(ID).build());

    private void machineThatTakes(int calls) {
        world.cloud.putMachine(new Machine(ID, "", "a", Map.of(), Map.of(), Map.of(), Map.of(), false));
        world.cloud.terminationTakes(calls);
    }

    @Test
    void asksNoMoreOftenThanTheCloudLikes() {
        machineThatTakes(10);
        assertThat(machines.end(claim)).isEqualTo(new Progress.Ending(Duration.ofSeconds(1)));
        world.time.advance(Duration.ofMillis(400));
        assertThat(machines.end(claim)).isEqualTo(new Progress.Ending(Duration.ofMillis(600)));
        assertThat(world.cloud.terminateCalls(ID)).isEqualTo(1);
        world.time.advance(Duration.ofMillis(600));
        assertThat(machines.end(claim)).isEqualTo(new Progress.Ending(Duration.ofSeconds(5)));
        assertThat(world.cloud.terminateCalls(ID)).isEqualTo(2);
    }

    @Test
    void asksAtOnceAgainAfterAFailure() {
        machineThatTakes(1);
        world.cloud.failTerminations("away");
        assertThat(machines.end(claim)).isEqualTo(new Progress.Failed("away"));
        world.cloud.failTerminations(null);
        assertThat(machines.end(claim)).isInstanceOf(Progress.Ending.class);
    }

    @Test
    void remembersThatAMachineIsGoneUntilItsClaimIs() {
        assertThat(machines.end(claim)).isEqualTo(new Progress.Gone());
        assertThat(machines.end(claim)).isEqualTo(new Progress.Gone());
        assertThat(world.cloud.terminateCalls(ID)).isEqualTo(1);
        world.api.nodeClaims().remove("a");
        machines.end(claim);
        assertThat(world.cloud.terminateCalls(ID)).isEqualTo(2);
    }
}
