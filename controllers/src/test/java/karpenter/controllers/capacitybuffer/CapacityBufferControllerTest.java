package karpenter.controllers.capacitybuffer;

import static karpenter.controllers.testing.BufferBuilder.buffer;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import karpenter.api.Condition;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.controllers.testing.BufferBuilder;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.buffer.BufferOutcome;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** What becomes of buffers before a pass looks at them. */
class CapacityBufferControllerTest {
    private static final PodKey KEY = BufferBuilder.key("spare");
    private static final PodKey WEB = BufferBuilder.key("web");

    private final FakeWorld world = new FakeWorld();
    /** What passes were asked for. */
    private final List<String> passes = new ArrayList<>();

    CapacityBufferControllerTest() {
        start();
        world.listAgain();
    }

    private void start() {
        world.restart();
        world.run(CapacityBufferController.controller(
                world.state, world.workloads, world.api.capacityBuffers(), world.context));
        world.state.buffers().listenForPasses(passes::add);
    }

    private static PodShape shape(String cpu) {
        return PodBuilder.pod("template")
                .owner(null)
                .request("cpu", cpu)
                .build()
                .shape();
    }

    private CapacityBuffer put(BufferBuilder builder) {
        CapacityBuffer stored = world.api.capacityBuffers().put(builder.build());
        world.settle();
        return stored;
    }

    private CapacityBuffer.Status status() {
        return world.api.capacityBuffers().stored("spare").status();
    }

    private Condition condition(String type) {
        return Objects.requireNonNull(status().condition(type), () -> "no " + type + " in " + status());
    }

    private String ready() {
        Condition ready = condition(CapacityBuffer.READY_FOR_PROVISIONING);
        return ready.status() + " " + ready.reason();
    }

    private List<String> pods() {
        return world.state.buffers().pods().stream()
                .map(pod -> pod.key().name())
                .toList();
    }

    private void settle(int onMachines, int onNewNodes) {
        String uid = world.api.capacityBuffers().stored("spare").metadata().uid();
        world.state.settleBuffers(Map.of(), Map.of(KEY, new BufferOutcome(uid, onMachines, onNewNodes, 0, "")));
        world.settle();
    }

    @Test
    @Covers("capacitybuffer: resolution")
    void resolvesAPodTemplate() {
        world.api.putPodTemplate("web", shape("1"));
        CapacityBuffer stored = put(buffer("spare").template("web").replicas(2));
        assertThat(ready()).isEqualTo("True Resolved");
        assertThat(status().replicas()).isEqualTo(2);
        assertThat(status().podTemplateGeneration()).isEqualTo(1L);
        assertThat(pods()).containsExactly("capacity-buffer-spare-1", "capacity-buffer-spare-2");
        assertThat(passes).containsExactly(stored.metadata().uid());
    }

    @Test
    @Covers("capacitybuffer: resolution")
    void resolvesAWorkloadAndAShareOfIt() {
        world.workloads.put("Deployment", WEB, shape("1"), 10);
        put(buffer("spare").workload("Deployment", "web").percentage(30));
        assertThat(ready()).isEqualTo("True Resolved");
        assertThat(status().replicas()).isEqualTo(3);
        assertThat(status().podTemplateRef()).isNull();
        assertThat(pods()).hasSize(3);
    }

    @Test
    @Covers({"capacitybuffer: resolution", "capacitybuffer: watches"})
    void saysThatATemplateIsMissingAndServesTheBufferWhenItComes() {
        put(buffer("spare").template("web").replicas(1));
        assertThat(ready()).isEqualTo("False PodTemplateNotFound");
        assertThat(condition(CapacityBuffer.PROVISIONING).reason()).isEqualTo("NotReadyForProvisioning");
        assertThat(pods()).isEmpty();
        world.api.putPodTemplate("web", shape("1"));
        world.settle();
        assertThat(ready()).isEqualTo("True Resolved");
        assertThat(pods()).hasSize(1);
    }

    @Test
    void saysThatAWorkloadIsMissingAndServesTheBufferWithinHalfAMinuteOfItsComing() {
        put(buffer("spare").workload("StatefulSet", "web").replicas(1));
        assertThat(ready()).isEqualTo("False ScalableRefNotFound");
        world.workloads.put("StatefulSet", WEB, shape("1"), 1);
        world.pass(Duration.ofSeconds(30));
        assertThat(ready()).isEqualTo("True Resolved");
    }

    @Test
    @Covers("capacitybuffer: resolution")
    void refusesWhatItCanNotServe() {
        put(buffer("spare").workload("Job", "web").replicas(1));
        assertThat(ready()).isEqualTo("False ResolutionFailed");
        put(buffer("spare").template("web").replicas(1).strategy("example.com/hibernated"));
        assertThat(ready()).isEqualTo("False ResolutionFailed");
        assertThat(status().provisioningStrategy()).isEqualTo("example.com/hibernated");
        assertThat(passes).isEmpty();
    }

    @Test
    @Covers({"capacitybuffer: watches", "capacitybuffer: cache"})
    void followsItsTemplate() {
        world.api.putPodTemplate("web", shape("1"));
        put(buffer("spare").template("web").limit("cpu", "4"));
        assertThat(pods()).hasSize(4);
        world.api.putPodTemplate("web", shape("2"));
        world.settle();
        assertThat(pods()).hasSize(2);
        assertThat(status().replicas()).isEqualTo(2);
        assertThat(status().podTemplateGeneration()).isEqualTo(2L);
        assertThat(passes).hasSize(2);
    }

    @Test
    @Covers("capacitybuffer: watches")
    void passesOverTemplatesOfOtherNames() {
        world.api.putPodTemplate("web", shape("1"));
        put(buffer("spare").template("web").replicas(1));
        List<String> before = world.faults.calls();
        world.api.putPodTemplate("other", shape("1"));
        world.settle();
        assertThat(world.faults.calls()).isEqualTo(before);
    }

    @Test
    @Covers("capacitybuffer: watches")
    void followsItsWorkload() {
        world.workloads.put("Deployment", WEB, shape("1"), 10);
        put(buffer("spare").workload("Deployment", "web").percentage(50));
        world.workloads.put("Deployment", WEB, shape("1"), 4);
        world.pass(Duration.ofSeconds(30));
        assertThat(pods()).hasSize(2);
        assertThat(status().replicas()).isEqualTo(2);
    }

    @Test
    void keepsTheRoomWhileItsWorkloadCanNotBeRead() {
        world.workloads.put("Deployment", WEB, shape("1"), 10);
        put(buffer("spare").workload("Deployment", "web").replicas(2));
        world.workloads.unavailable(true);
        world.pass(Duration.ofMinutes(2));
        assertThat(ready()).isEqualTo("True Resolved");
        assertThat(pods()).hasSize(2);
    }

    @Test
    void saysThatItsWorkloadCouldNeverBeRead() {
        world.workloads.unavailable(true);
        put(buffer("spare").workload("Deployment", "web").replicas(2));
        assertThat(ready()).isEqualTo("False ResolutionFailed");
        world.workloads.put("Deployment", WEB, shape("1"), 10);
        world.workloads.unavailable(false);
        world.pass(Duration.ofMinutes(2));
        assertThat(ready()).isEqualTo("True Resolved");
    }

    @Test
    void givesTheRoomUpWhenItsTemplateGoes() {
        world.api.putPodTemplate("web", shape("1"));
        put(buffer("spare").template("web").replicas(1));
        world.api.removePodTemplate(WEB);
        world.settle();
        assertThat(ready()).isEqualTo("False PodTemplateNotFound");
        assertThat(pods()).isEmpty();
        assertThat(passes).hasSize(2);
    }

    @Test
    @Covers("capacitybuffer: cache")
    void givesTheRoomUpAtOnceWhenTheBufferGoes() {
        world.api.putPodTemplate("web", shape("1"));
        put(buffer("spare").template("web").replicas(1));
        world.api.capacityBuffers().remove("spare");
        world.settle();
        assertThat(pods()).isEmpty();
        assertThat(passes).hasSize(2);
    }

    @Test
    void tellsWhatPassesFound() {
        world.api.putPodTemplate("web", shape("1"));
        put(buffer("spare").template("web").replicas(3));
        settle(1, 2);
        assertThat(condition(CapacityBuffer.PROVISIONING).reason()).isEqualTo("RequiresNewCapacity");
        settle(3, 0);
        assertThat(condition(CapacityBuffer.PROVISIONING).status()).isEqualTo(Condition.TRUE);
        assertThat(condition(CapacityBuffer.PROVISIONING).reason()).isEqualTo("FitsExistingCapacity");
    }

    @Test
    void writesNothingWhenNothingIsNew() {
        world.api.putPodTemplate("web", shape("1"));
        put(buffer("spare").template("web").replicas(3));
        settle(3, 0);
        List<String> before = world.faults.calls();
        settle(3, 0);
        world.pass(Duration.ofMinutes(5));
        assertThat(world.faults.calls()).isEqualTo(before);
    }

    @Test
    void asksForAPassEveryHalfMinuteAndNotForItsOwnNews() {
        world.api.putPodTemplate("web", shape("1"));
        put(buffer("spare").template("web").replicas(3));
        settle(0, 3);
        settle(3, 0);
        assertThat(passes).hasSize(1);
        world.pass(Duration.ofSeconds(95));
        assertThat(passes).hasSize(4);
    }

    @Test
    void saysThatABufferOfNoPodsIsEmpty() {
        world.workloads.put("Deployment", WEB, shape("1"), 0);
        put(buffer("spare").workload("Deployment", "web").percentage(50));
        assertThat(condition(CapacityBuffer.PROVISIONING).reason()).isEqualTo("BufferEmpty");
        assertThat(status().replicas()).isZero();
    }

    @Test
    void triesAgainWhenSomebodyElseWroteTheStatus() {
        world.api.putPodTemplate("web", shape("1"));
        world.faults.at(1, Fault.CONFLICT);
        put(buffer("spare").template("web").replicas(3));
        world.pass(Duration.ofSeconds(5));
        assertThat(ready()).isEqualTo("True Resolved");
    }

    @Test
    void waitsForTheListBeforeItMissesATemplate() {
        world.api.putPodTemplate("web", shape("1"));
        put(buffer("spare").template("web").replicas(3));
        start();
        List<String> before = world.faults.calls();
        world.state.apply(new ClusterDelta.CapacityBufferChanged(
                world.api.capacityBuffers().stored("spare")));
        world.settle();
        assertThat(world.faults.calls()).isEqualTo(before);
        world.listAgain();
        world.settle();
        assertThat(pods()).hasSize(3);
        assertThat(world.faults.calls()).isEqualTo(before);
    }
}
