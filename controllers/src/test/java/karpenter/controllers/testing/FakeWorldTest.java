package karpenter.controllers.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.PodEvictor.EvictionResult;
import karpenter.core.port.WriteResult;
import org.junit.jupiter.api.Test;

final class FakeWorldTest {
    private final FakeWorld world = new FakeWorld();
    private final FakeApiServer.Kind<NodeClaim> claims = world.api.nodeClaims();

    private NodeClaim created(String name) {
        return written(claims.create(
                NodeClaimBuilder.claim(name).finalizer("test/hold").build()));
    }

    private static <T> T written(WriteResult<T> result) {
        assertThat(result).isInstanceOf(WriteResult.Written.class);
        return ((WriteResult.Written<T>) result).object();
    }

    @Test
    void mergesPatchesOfDifferentFieldsAndRefusesThemUnderTheLock() {
        NodeClaim claim = created("a");
        NodeClaim labelled = claim.withMetadata(claim.metadata().withLabel("x", "1"));
        NodeClaim annotated = claim.withMetadata(claim.metadata().withAnnotation("y", "2"));
        written(claims.patch(claim, labelled, Lock.RESOURCE_VERSION));
        assertThat(claims.patch(claim, annotated, Lock.RESOURCE_VERSION)).isInstanceOf(WriteResult.Conflict.class);
        NodeClaim both = written(claims.patch(claim, annotated, Lock.NONE));
        assertThat(both.metadata().labels()).containsEntry("x", "1");
        assertThat(both.metadata().annotations()).containsEntry("y", "2");
    }

    @Test
    void keepsAnObjectUntilItsLastFinalizerIsGone() {
        NodeClaim claim = created("a");
        claims.delete(claim);
        NodeClaim deleting = claims.stored("a");
        assertThat(deleting.metadata().deleting()).isTrue();
        claims.patch(deleting, deleting.withMetadata(deleting.metadata().withoutFinalizer("test/hold")), Lock.NONE);
        assertThat(claims.objects()).isEmpty();
        assertThat(world.state.snapshot().claims()).isEmpty();
    }

    @Test
    void failsTheCallThatWasPlanned() {
        world.faults.at(2, Fault.CONFLICT);
        world.faults.at(3, Fault.LOST_ANSWER);
        world.faults.at(4, Fault.CRASH_AFTER);
        NodeClaim claim = created("a");
        assertThat(claims.delete(claim)).isInstanceOf(WriteResult.Conflict.class);
        assertThat(claims.delete(claim)).isInstanceOf(WriteResult.Unavailable.class);
        assertThat(claims.stored("a").metadata().deleting()).isTrue();
        assertThatThrownBy(() -> created("b")).isInstanceOf(Faults.Crash.class);
        assertThat(claims.find("b")).isNotNull();
        assertThatThrownBy(() -> claims.delete(claim)).isInstanceOf(Faults.Crash.class);
    }

    @Test
    void showsAPodOnItsMachineAndEvictsIt() {
        world.api.nodes().put(NodeBuilder.node("n").build());
        Pod pod = world.api.putPod(PodBuilder.pod("p").on("n").build());
        NodeState machine = Objects.requireNonNull(
                world.state.snapshot().machinesByNodeName().get("n"));
        assertThat(machine.pods()).containsExactly(pod);
        assertThat(world.api.evict(pod.key(), "another")).isInstanceOf(EvictionResult.Gone.class);
        assertThat(world.api.evict(pod.key(), pod.uid())).isInstanceOf(EvictionResult.Accepted.class);
        world.api.stopTerminatingPods();
        assertThat(world.state.snapshot().pods()).isEmpty();
    }

    @Test
    void holdsTheWatchBackAndDeliversItLater() {
        world.api.holdWatch();
        created("a");
        assertThat(world.state.snapshot().claims()).isEmpty();
        world.api.deliverWatch();
        assertThat(world.state.snapshot().claims()).containsKey("a");
    }
}
