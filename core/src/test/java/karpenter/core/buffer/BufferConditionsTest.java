package karpenter.core.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import karpenter.api.Condition;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.autoscaling.CapacityBuffer.Status;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.RejectionReason;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BufferConditionsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant LATER = NOW.plusSeconds(60);

    private final CapacityBuffer buffer = Buffers.buffer(Buffers.spec(3, null, null));

    private static Condition condition(Status status, String type) {
        return Objects.requireNonNull(status.condition(type), type);
    }

    private static Status resolved(CapacityBuffer buffer, int pods) {
        return BufferConditions.resolved(buffer, new BufferConditions.Template("web", 4), pods, NOW);
    }

    private Status provisioned(int pods, @Nullable BufferOutcome outcome) {
        return BufferConditions.provisioned(resolved(buffer, pods), buffer, outcome, NOW);
    }

    @Test
    void showsWhatWasResolved() {
        Status status = resolved(buffer, 3);
        assertThat(status.replicas()).isEqualTo(3);
        assertThat(status.podTemplateRef()).isEqualTo(new CapacityBuffer.PodTemplateReference("web"));
        assertThat(status.podTemplateGeneration()).isEqualTo(4L);
        assertThat(status.provisioningStrategy()).isEqualTo(CapacityBuffer.ACTIVE_CAPACITY);
        Condition ready = condition(status, CapacityBuffer.READY_FOR_PROVISIONING);
        assertThat(ready.status()).isEqualTo(Condition.TRUE);
        assertThat(ready.reason()).isEqualTo("Resolved");
        assertThat(ready.observedGeneration()).isEqualTo(7);
    }

    @Test
    void showsNoTemplateForAWorkload() {
        Status status = BufferConditions.resolved(buffer.withStatus(resolved(buffer, 3)), null, 2, NOW);
        assertThat(status.podTemplateRef()).isNull();
        assertThat(status.podTemplateGeneration()).isNull();
        assertThat(status.replicas()).isEqualTo(2);
    }

    @Test
    void isReadyForNothingWhenUnresolved() {
        CapacityBuffer before = buffer.withStatus(provisioned(3, new BufferOutcome("uid", 3, 0, 0, "")));
        Status status =
                BufferConditions.unresolved(before, CapacityBuffer.POD_TEMPLATE_NOT_FOUND, "no template", LATER);
        Condition ready = condition(status, CapacityBuffer.READY_FOR_PROVISIONING);
        assertThat(ready.status()).isEqualTo(Condition.FALSE);
        assertThat(ready.reason()).isEqualTo("PodTemplateNotFound");
        assertThat(ready.message()).isEqualTo("no template");
        assertThat(ready.lastTransitionTime()).isEqualTo(LATER);
        assertThat(condition(status, CapacityBuffer.PROVISIONING).reason()).isEqualTo("NotReadyForProvisioning");
    }

    @Test
    @Covers("provisioning/buffers: buffer conditions and pod counts")
    void fitsWhenAllPodsHaveRoom() {
        Condition provisioning =
                condition(provisioned(3, new BufferOutcome("uid", 3, 0, 0, "")), CapacityBuffer.PROVISIONING);
        assertThat(provisioning.status()).isEqualTo(Condition.TRUE);
        assertThat(provisioning.reason()).isEqualTo("FitsExistingCapacity");
    }

    @Test
    @Covers("provisioning/buffers: buffer conditions and pod counts")
    void requiresNewCapacityWhenAnyPodWaits() {
        Condition provisioning =
                condition(provisioned(3, new BufferOutcome("uid", 2, 1, 0, "")), CapacityBuffer.PROVISIONING);
        assertThat(provisioning.status()).isEqualTo(Condition.FALSE);
        assertThat(provisioning.reason()).isEqualTo("RequiresNewCapacity");
        assertThat(provisioning.message()).isEqualTo("1 of 3 pods wait for new nodes");
    }

    @Test
    void saysWhatStandsInTheWay() {
        assertThat(condition(
                                provisioned(3, new BufferOutcome("uid", 1, 1, 1, "no pool takes it")),
                                CapacityBuffer.PROVISIONING)
                        .message())
                .isEqualTo("1 of 3 pods wait for new nodes, 1 have no place: no pool takes it");
    }

    @Test
    void isEmptyWhenItAsksForNothing() {
        Condition provisioning = condition(provisioned(0, null), CapacityBuffer.PROVISIONING);
        assertThat(provisioning.status()).isEqualTo(Condition.FALSE);
        assertThat(provisioning.reason()).isEqualTo("BufferEmpty");
    }

    @Test
    @Covers("provisioning/buffers: buffer conditions and pod counts")
    void leavesTheConditionAloneWhenNoPassSawIt() {
        assertThat(provisioned(3, null).condition(CapacityBuffer.PROVISIONING)).isNull();
    }

    @Test
    void leavesTheConditionAloneWhenThePassSawAnotherBufferOrSize() {
        assertThat(provisioned(3, new BufferOutcome("uid", 2, 0, 0, "")).condition(CapacityBuffer.PROVISIONING))
                .isNull();
        assertThat(provisioned(3, new BufferOutcome("former", 3, 0, 0, "")).condition(CapacityBuffer.PROVISIONING))
                .isNull();
    }

    @Test
    @Covers("provisioning/buffers: buffer conditions and pod counts")
    void tellsOrderedRefusedAndMissingPodsApart() {
        List<Pod> pods = Buffers.demand(3).pods();
        SchedulingResult result = new SchedulingResult(
                List.of(),
                List.of(),
                List.of(
                        new PodRejection(pods.get(1), new RejectionReason.NoPools()),
                        new PodRejection(Buffers.waiting("web-1"), new RejectionReason.KeepsOff())),
                List.of());
        assertThat(BufferOutcome.of(List.of(Buffers.demand(3)), Set.of("uid-1"), result))
                .isEqualTo(
                        Map.of(Buffers.KEY, new BufferOutcome("uid", 0, 1, 2, new RejectionReason.NoPools().text())));
    }

    @Test
    void hasNoOutcomeForABufferThatAsksForNothing() {
        SchedulingResult nothing = new SchedulingResult(List.of(), List.of(), List.of(), List.of());
        assertThat(BufferOutcome.of(List.of(Buffers.demand(0)), Set.of(), nothing))
                .isEmpty();
    }
}
